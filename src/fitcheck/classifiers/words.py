"""Words and pairs of words of many texts at once, as weighted sparse rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from fitcheck.classifiers.tokens import Tokens

_UNKNOWN = -1


class WordFeatures:
    """Learns words and pairs of words, and weighs those of texts (tf-idf, logarithmic counts).

    It learns as scikit-learn's ``TfidfVectorizer`` does, and gives the same rows many times faster:
    what differs becomes a number once, and the rest is arithmetic on arrays.

    Attributes
    ----------
    terms : list of str
        The words and pairs, in the order of columns.
    idf : ndarray, shape (n_terms,)
        Their weights.

    Examples
    --------
    >>> from fitcheck.classifiers.tokens import words_between_blanks
    >>> features = WordFeatures(["gut", "nicht", "nicht gut"], np.ones(3))
    >>> words = words_between_blanks(["nicht gut", "gut gut", "?"])
    >>> features.transform(words).toarray().round(2).tolist()
    [[0.58, 0.58, 0.58], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, terms: Sequence[str], idf: np.ndarray) -> None:
        if len(terms) != len(idf):
            raise ValueError("shape")
        self.terms = list(terms)
        self.idf = np.asarray(idf, float)
        parts = [term.split(" ") for term in self.terms]
        words = list(dict.fromkeys(word for own in parts for word in own))
        self._codes = {word: code for code, word in enumerate(words)}
        self._n_words = len(words)
        self._columns = np.full(len(words), _UNKNOWN)
        pairs = []
        for column, own in enumerate(parts):
            codes = [self._codes[word] for word in own]
            if len(codes) == 1:
                self._columns[codes[0]] = column
            else:
                pairs.append((codes[0] * self._n_words + codes[1], column))
        # No pair has the last key: whatever is looked up has a place.
        pairs = [*sorted(pairs), (self._n_words**2 + 1, _UNKNOWN)]
        self._pairs, self._pair_columns = (np.array(part) for part in zip(*pairs, strict=True))

    @classmethod
    def learn(cls, tokens: Tokens) -> WordFeatures:
        """Return the features of texts: terms that stand in two, or in one if none does."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = tokens.lists()
        counting = TfidfVectorizer(
            ngram_range=(1, 2), min_df=2, tokenizer=list, token_pattern=None, lowercase=False
        )
        try:
            counting.fit(texts)
        except ValueError:
            counting.set_params(min_df=1).fit([*texts, ["?"]])
        # As precise as a model file keeps them.
        idf = counting.idf_.astype(np.float32)
        return cls(counting.get_feature_names_out().tolist(), idf)

    def transform(self, tokens: Tokens) -> sparse.csr_matrix:
        """Return rows of length 1, or 0 without a known word, shape (n_texts, n_terms)."""
        codes = tokens.values([self._codes.get(name, _UNKNOWN) for name in tokens.names], np.int64)
        rows, known = tokens.texts, codes >= 0
        single = self._columns[codes[known]]
        both = known[:-1] & known[1:] & (rows[:-1] == rows[1:])
        keys = codes[:-1][both] * self._n_words + codes[1:][both]
        place = np.searchsorted(self._pairs, keys)
        pairs = np.where(self._pairs[place] == keys, self._pair_columns[place], _UNKNOWN)
        columns = np.concatenate([single, pairs])
        rows = np.concatenate([rows[known], rows[:-1][both]])
        there = columns >= 0
        return self._weighed(rows[there], columns[there], tokens.n_texts)

    def _weighed(self, rows: np.ndarray, columns: np.ndarray, n_rows: int) -> sparse.csr_matrix:
        shape = (n_rows, len(self.terms))
        found = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        found.data = (1 + np.log(found.data)) * self.idf[found.indices]
        row_of = np.repeat(np.arange(n_rows), np.diff(found.indptr))
        squares = np.bincount(row_of, found.data**2, minlength=n_rows)
        found.data /= np.sqrt(squares)[row_of]
        return found
