"""Words as arrays: the same rows as scikit-learn's, and no text changes another's."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from fitcheck.classifiers.negations import negated_words
from fitcheck.classifiers.tokens import TOKENS, Tokens, fold_texts, words_between_blanks
from fitcheck.classifiers.words import WordFeatures

VOCABULARY = ["gut", "nicht", "passt", "zu", "uns", "!", "?", "groß", "isn’t", "unpassend", "ﬁt"]
TEXTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join),
        st.text(st.characters(exclude_categories=[]), max_size=30),
    ),
    max_size=8,
)


def tokens(folded: Sequence[str]) -> Tokens:
    """Return the tokens of texts."""
    return words_between_blanks(folded).divided(TOKENS)


def turned_words(folded: Sequence[str]) -> list[list[str]]:
    """Return the words of each text that negations turn."""
    return negated_words(words_between_blanks(folded)).lists()


LEARNED = [" ".join(words) for words in zip(VOCABULARY, [*VOCABULARY[1:], "gut"], strict=True)] * 2


@given(TEXTS)
def test_rows_are_those_of_scikit_learn(texts: list[str]) -> None:
    """Word for word, in whatever order and number."""
    learned, folded = fold_texts(LEARNED), fold_texts(texts)
    theirs = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
        token_pattern=r"(?u)\b\w+\b|[!?]",  # noqa: S106
        lowercase=False,
    ).fit(learned)
    ours = WordFeatures.learn(tokens(learned))
    assert ours.terms == theirs.get_feature_names_out().tolist()
    rows = ours.transform(tokens(folded))
    assert rows.shape == (len(texts), len(ours.terms))
    if texts:
        assert np.allclose(rows.toarray(), theirs.transform(folded).toarray(), atol=1e-6)


@given(TEXTS)
def test_every_text_stands_alone(texts: list[str]) -> None:
    """Together they give what each gives by itself."""
    folded = fold_texts(texts)
    assert folded == [line for text in texts for line in fold_texts([text])]
    assert turned_words(folded) == [own for text in folded for own in turned_words([text])]
    assert tokens(folded).lists() == [re.findall(r"\w+|[!?]", line) for line in folded]
    assert not any(set(line) & set("\n\r\x00") for line in folded)


def test_words_that_stand_once_count_where_none_stands_twice() -> None:
    """Too few texts repeat nothing."""
    assert {"passt", "gar"} <= set(WordFeatures.learn(tokens(["passt genau", "gar nicht"])).terms)


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("passt nicht zu uns", ["passt", "zu", "uns"]),
        ("nicht", []),
        ("nicht. gut", []),
        ("gut, nie unbrauchbar", ["unbrauchbar", "brauchbar"]),
        ("isn’t good", ["good"]),
        ("unter uns", []),
        ("alles gut", []),
        ("nicht zu, leicht", ["zu"]),
        ("kein unbrauchbares nie", ["unbrauchbares", "nie", "brauchbares", "unbrauchbares"]),
    ],
)
def test_what_negations_turn(text: str, turned: list[str]) -> None:
    """One word before, three behind, never past a stop."""
    assert turned_words([text]) == [turned]
