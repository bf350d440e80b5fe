"""Labels the texts of a csv with llm-classifier. Usage: SCRIPT IN.csv OUT.csv URL."""

import csv
import sys
from pathlib import Path
from typing import Literal

from llm_classifier import LLMClassifier
from pydantic import BaseModel


class Coding(BaseModel):
    """What is asked for."""

    label: Literal["fit", "not_fit", "no_signal"]


source, target, url = sys.argv[1:]
with Path(source).open(encoding="utf-8", newline="") as stream:
    texts = [row["text"] for row in csv.DictReader(stream)]
classifier = LLMClassifier(model="openai/fake", api_key="none", base_url=url)
found = classifier.batch_predict(texts, output_schema=Coding, max_parallel=8)
with Path(target).open("w", encoding="utf-8", newline="") as stream:
    writer = csv.writer(stream)
    writer.writerow(["text", "label"])
    writer.writerows(
        [text, coding.label if coding else ""]
        for text, coding in zip(texts, found.values(), strict=True)
    )
