"""Features of a segment under its question: n-grams, sentence vector, the question's kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from fitcheck.classifiers.segments import normalize
from fitcheck.records import QUESTION_KINDS, Encoder, QuestionKind

_DENSE_WEIGHT = 1.0
_KIND_WEIGHT = 0.5


class SegmentFeatures:
    """Learns n-grams from texts and turns segments into a sparse matrix.

    Parameters
    ----------
    encoder : Encoder or None
        Adds sentence vectors; None leaves n-grams alone.
    """

    def __init__(self, encoder: Encoder | None) -> None:
        self.encoder = encoder
        self._words = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b|[!?]",  # noqa: S106
        )
        self._characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 4), min_df=4, sublinear_tf=True, max_features=15_000
        )

    def fit(self, texts: Sequence[str]) -> SegmentFeatures:
        """Learn the n-grams of `texts`."""
        clean = [_for_ngrams(text) for text in texts]
        self._ngrams = []
        for vectorizer in (self._words, self._characters):
            try:
                vectorizer.fit(clean)
            except ValueError:  # too little text for a single frequent n-gram
                continue
            self._ngrams.append(vectorizer)
        return self

    def transform(self, texts: Sequence[str], kinds: Sequence[QuestionKind]) -> sparse.csr_matrix:
        """Return features of shape (n_texts, n_features)."""
        clean = [_for_ngrams(text) for text in texts]
        parts: list[Any] = [vectorizer.transform(clean) for vectorizer in self._ngrams]
        if self.encoder is not None:
            parts.append(sparse.csr_matrix(_DENSE_WEIGHT * self.encoder.encode(texts)))
        parts.append(sparse.csr_matrix(_KIND_WEIGHT * kind_columns(kinds)))
        return sparse.hstack(parts, format="csr", dtype=np.float32)


def kind_columns(kinds: Sequence[QuestionKind]) -> np.ndarray:
    """Return one column per kind of question, shape (n, n_kinds), with a single 1 a row."""
    position = {kind: i for i, kind in enumerate(QUESTION_KINDS)}
    columns = np.zeros((len(kinds), len(QUESTION_KINDS)), dtype=np.float32)
    columns[np.arange(len(kinds)), [position[kind] for kind in kinds]] = 1.0
    return columns


def _for_ngrams(text: str) -> str:
    return normalize(text).casefold().replace("ß", "ss")
