"""Labels the texts of a csv with scikit-llm. Usage: SCRIPT IN.csv OUT.csv URL."""

import sys

import pandas as pd
from skllm.config import SKLLMConfig
from skllm.models.gpt.classification.zero_shot import ZeroShotGPTClassifier

source, target, url = sys.argv[1:]
SKLLMConfig.set_openai_key("none")
SKLLMConfig.set_gpt_url(url)
frame = pd.read_csv(source, dtype=str, keep_default_na=False)
classifier = ZeroShotGPTClassifier(model="custom_url::fake")
classifier.fit(None, ["fit", "not_fit", "no_signal"])
frame["label"] = classifier.predict(frame["text"], num_workers=8)
frame.to_csv(target, index=False)
