"""Features of a segment under its question: words, alone and with the kind of question; vectors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from fitcheck.classifiers.segments import normalize
from fitcheck.errors import DataError
from fitcheck.records import Encoder, QuestionKind

_VECTOR_WEIGHT = 0.5
# Under these kinds the same words mean something else: "using it now" is fit under transfer.
_TELLING_KINDS: frozenset[QuestionKind] = frozenset({"fit", "misfit", "transfer"})
_WORD = r"(?u)\b\w+\b|[!?]"
_NEGATION = re.compile(
    r"nicht|kein\w*|kaum|wenig\w*|ohne|nie|niemals|nix|nichts"
    r"|not|\w+n't|no|never|hardly|nothing|without|less|few|far"
)
_MAY_NEGATE = re.compile(rf"\b(?:{_NEGATION.pattern}|un\w{{5}})")
_WORDS_AND_STOPS = re.compile(r"[\w']+|[,.;:!?]")
_WORDS_BEFORE, _WORDS_BEHIND = 1, 3


class SegmentFeatures:
    """Learns words and pairs of words from texts and turns segments into a sparse matrix.

    Parameters
    ----------
    encoder : Encoder or None
        Adds the sentence vector of question and segment; None leaves words alone.

    Attributes
    ----------
    n_dimensions : int or None
        Length of the vectors that were learned from.
    """

    def __init__(self, encoder: Encoder | None) -> None:
        self.encoder = encoder
        self.words = word_vectorizer(min_df=2)
        self.n_dimensions: int | None = None

    def fit(self, texts: Sequence[str], kinds: Sequence[QuestionKind]) -> SegmentFeatures:
        """Learn the words of `texts`."""
        fit_words(self.words, _tokens(texts, kinds))
        return self

    def transform(
        self, texts: Sequence[str], kinds: Sequence[QuestionKind], asked: Sequence[str]
    ) -> sparse.csr_matrix:
        """Return features of shape (n_texts, n_features).

        `asked` is what the encoder gets: each text under its question.

        Raises
        ------
        DataError
            If the encoder gives vectors of another length than those learned from.
        """
        parts: list[Any] = [self.words.transform(_tokens(texts, kinds))]
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


def word_vectorizer(min_df: int, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    """Return an unfitted vectorizer of words and pairs of words."""
    return TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=min_df,
        sublinear_tf=True,
        token_pattern=_WORD,
        lowercase=False,
        vocabulary=vocabulary,
    )


def fit_words(vectorizer: TfidfVectorizer, texts: Sequence[str]) -> None:
    """Learn words; where too few texts repeat any, single occurrences count as well."""
    try:
        vectorizer.fit(texts)
    except ValueError:
        vectorizer.set_params(min_df=1).fit([*texts, "?"])


def fold_words(text: str) -> str:
    """Return a text as words are compared: normalized, lower case, ss for ß."""
    return normalize(text).casefold().replace("ß", "ss")


def negated_words(folded: str) -> list[str]:
    """Return the words that a negation turns: the one before it, and three behind it.

    Examples
    --------
    >>> negated_words("passt nicht zu uns, leider unbrauchbar")
    ['passt', 'zu', 'uns', 'brauchbar']
    """
    folded = folded.replace("’", "'")
    if not _MAY_NEGATE.search(folded):
        return []
    words = _WORDS_AND_STOPS.findall(folded)
    turned: list[str] = []
    for i, word in enumerate(words):
        if _NEGATION.fullmatch(word):
            before = reversed(words[max(0, i - _WORDS_BEFORE) : i])
            turned += takewhile(_is_word, before)
            turned += takewhile(_is_word, words[i + 1 : i + 1 + _WORDS_BEHIND])
        elif word.startswith("un") and len(word) > 6:
            turned.append(word.removeprefix("un"))
    return turned


def _is_word(token: str) -> bool:
    return token[0].isalnum()


def _tokens(texts: Sequence[str], kinds: Sequence[QuestionKind]) -> list[str]:
    """Return each text folded, with some of its words repeated in another form.

    Under a telling kind every word is repeated with the kind; what is negated is repeated as
    that, so that "relevant" and "not really relevant" have less in common.
    """
    tokens = []
    for text, kind in zip(texts, kinds, strict=True):
        folded = fold_words(text)
        parts = [folded]
        if kind in _TELLING_KINDS:
            parts += [f"{kind}_{word}" for word in folded.split()]
        if turned := negated_words(folded):
            parts += ["neg", *(f"neg_{word}" for word in turned)]
        tokens.append(" ".join(parts))
    return tokens
