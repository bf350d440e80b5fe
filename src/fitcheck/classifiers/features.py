"""Features of a segment under its question: words, alone and with the kind of question; vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from fitcheck.classifiers.negations import negated_words
from fitcheck.classifiers.words import WordFeatures
from fitcheck.errors import DataError
from fitcheck.records import Encoder, QuestionKind

_VECTOR_WEIGHT = 0.5
# Under these kinds the same words mean something else: "using it now" is fit under transfer.
_TELLING_KINDS: frozenset[QuestionKind] = frozenset({"fit", "misfit", "transfer"})


class SegmentFeatures:
    """Turns segments into a sparse matrix of words and pairs of words, and of vectors.

    Parameters
    ----------
    words : WordFeatures
        What `learn` found, or a model file holds.
    encoder : Encoder or None
        Adds the sentence vector of question and segment; None leaves words alone.

    Attributes
    ----------
    n_dimensions : int or None
        Length of the vectors that were learned from.
    """

    def __init__(self, words: WordFeatures, encoder: Encoder | None) -> None:
        self.words = words
        self.encoder = encoder
        self.n_dimensions: int | None = None

    @classmethod
    def learn(
        cls, folded: Sequence[str], kinds: Sequence[QuestionKind], encoder: Encoder | None
    ) -> SegmentFeatures:
        """Learn the words of folded texts."""
        return cls(WordFeatures.learn(_marked(folded, kinds)), encoder)

    def transform(
        self, folded: Sequence[str], kinds: Sequence[QuestionKind], asked: Sequence[str]
    ) -> sparse.csr_matrix:
        """Return features of shape (n_texts, n_features).

        `asked` is what the encoder gets: each text under its question.

        Raises
        ------
        DataError
            If the encoder gives vectors of another length than those learned from.
        """
        parts: list[Any] = [self.words.transform(_marked(folded, kinds))]
        if self.encoder is not None:
            vectors = self.encoder.encode(asked)
            self.n_dimensions = self.n_dimensions or vectors.shape[1]
            if vectors.shape[1] != self.n_dimensions:
                raise DataError(
                    "The classifier learned from vectors of {known} numbers, and {encoder} gives "
                    "{found}.",
                    "Use the embedding model it learned from, or train again with `fitcheck fit`.",
                    known=self.n_dimensions,
                    encoder=self.encoder.id,
                    found=vectors.shape[1],
                )
            parts.append(sparse.csr_matrix(_VECTOR_WEIGHT * vectors))
        return sparse.hstack(parts, format="csr", dtype=np.float32)


def _marked(folded: Sequence[str], kinds: Sequence[QuestionKind]) -> list[str]:
    """Return each text with some of its words repeated in another form.

    Under a telling kind every word is repeated with the kind; what is negated is repeated as
    that, so that "relevant" and "not really relevant" have less in common.
    """
    marked = []
    for text, kind, turned in zip(folded, kinds, negated_words(folded), strict=True):
        parts = [text]
        if kind in _TELLING_KINDS:
            parts += [f"{kind}_{word}" for word in text.split()]
        if turned:
            parts += ["neg", *(f"neg_{word}" for word in turned)]
        marked.append(" ".join(parts))
    return marked
