"""Labels the texts of a csv with openaivec. Usage: SCRIPT IN.csv OUT.csv URL.

Its count of tokens needs a file from the internet; one that needs none stands in for it.
"""

import asyncio
import sys
from typing import Literal

import openaivec
import pandas as pd
import tiktoken
from openai import AsyncOpenAI
from pydantic import BaseModel


class Characters:
    """Counts four characters as a token."""

    def encode_ordinary(self, text: str) -> range:
        """Return as many entries as there are tokens."""
        return range(len(text) // 4)


class Coding(BaseModel):
    """What is asked for."""

    label: Literal["fit", "not_fit", "no_signal"]


source, target, url = sys.argv[1:]
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_: Characters()
frame = pd.read_csv(source, dtype=str, keep_default_na=False)
labels = openaivec.AsyncBatchResponses.of(
    client=AsyncOpenAI(api_key="none", base_url=url),
    model_name="gpt-4.1-mini",
    system_message="Does the answer say that the training was fitting?",
    response_format=Coding,
    batch_size=20,
    max_concurrency=8,
)
found = asyncio.run(labels.parse(frame["text"].tolist()))
frame["label"] = [coding.label if coding else "" for coding in found]
frame.to_csv(target, index=False)
