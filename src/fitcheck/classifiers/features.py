"""Features of a segment under its question: words, alone and with the kind of question; vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from fitcheck.classifiers.negations import negated_words
from fitcheck.classifiers.tokens import Remembered, Tokens, joined, tokens_of
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
        cls, words: Tokens, tokens: Tokens, kinds: Sequence[QuestionKind], encoder: Encoder | None
    ) -> SegmentFeatures:
        """Learn the words of texts, which are given as `transform` gets them."""
        return cls(WordFeatures.learn(_marked(words, tokens, kinds)), encoder)

    def transform(
        self, words: Tokens, tokens: Tokens, kinds: Sequence[QuestionKind]
    ) -> sparse.csr_matrix:
        """Return features of words, shape (n_texts, n_terms).

        `tokens` are the same texts as `words`, as words are counted.
        """
        return self.words.transform(_marked(words, tokens, kinds)).astype(np.float32)

    def with_vectors(self, rows: sparse.csr_matrix, asked: Sequence[str]) -> sparse.csr_matrix:
        """Return rows with the vectors of what the encoder gets: each text under its question.

        Raises
        ------
        DataError
            If the encoder gives vectors of another length than those learned from.
        """
        if self.encoder is None:
            return rows
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
        parts = [rows, sparse.csr_matrix(_VECTOR_WEIGHT * vectors)]
        return sparse.hstack(parts, format="csr", dtype=np.float32)


def _marked(words: Tokens, tokens: Tokens, kinds: Sequence[QuestionKind]) -> Tokens:
    """Return the tokens of each text, with some of its words repeated in another form.

    Under a telling kind every word is repeated with the kind; what is negated is repeated as
    that, so that "relevant" and "not really relevant" have less in common.
    """
    parts, kind_of = [tokens], np.array(kinds)
    for kind in _TELLING_KINDS & set(kinds):
        parts.append(words.of_texts(kind_of == kind).divided(_MARKED[kind]))
    turned = negated_words(words)
    with_negation = np.unique(turned.texts)
    parts += [
        Tokens(["neg"], np.zeros_like(with_negation), with_negation, words.n_texts),
        turned.divided(_MARKED["neg"]),
    ]
    return joined(*parts)


def _with_mark(mark: str) -> Remembered[list[str]]:
    return Remembered(lambda word: tokens_of(f"{mark}_{word}"))


_MARKED = {mark: _with_mark(mark) for mark in (*_TELLING_KINDS, "neg")}
