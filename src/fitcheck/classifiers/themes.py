"""Finds themes and their polarity: one regression per theme, one for the polarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from fitcheck.records import Polarity, ThemeHit

_THRESHOLD = 0.35
_MAX_THEMES = 4


class ThemeTagger:
    """Tags answers with themes, each with a polarity."""

    def fit(self, rows: sparse.csr_matrix, themes: Sequence[Sequence[ThemeHit]]) -> ThemeTagger:
        """Learn from feature rows, shape (n_answers, n_features), and the themes of each."""
        self._binarizer = MultiLabelBinarizer()
        marks = self._binarizer.fit_transform([[hit.theme for hit in hits] for hits in themes])
        frequent = marks.sum(axis=0) >= 5
        self._names: list[str] = self._binarizer.classes_[frequent].tolist()
        self._model = OneVsRestClassifier(
            LogisticRegression(C=2.0, max_iter=50, tol=1e-2, class_weight={0: 1, 1: 3})
        ).fit(rows, marks[:, frequent])
        first = [i for i, hits in enumerate(themes) if hits]
        polarities = [themes[i][0].polarity for i in first]
        self._polarity = LogisticRegression(C=2.0, max_iter=50, tol=1e-2, class_weight="balanced")
        self._polarity.fit(rows[first], polarities)
        return self

    def tag(self, rows: sparse.csr_matrix) -> list[tuple[ThemeHit, ...]]:
        """Return the themes of each row, most certain first, at most four."""
        shares = self._model.predict_proba(rows)
        polarities: list[Polarity] = self._polarity.predict(rows).tolist()
        hits: list[tuple[ThemeHit, ...]] = []
        for row, polarity in zip(shares, polarities, strict=True):
            order = np.argsort(-row, kind="stable")[:_MAX_THEMES]
            hits.append(
                tuple(ThemeHit(self._names[i], polarity) for i in order if row[i] >= _THRESHOLD)
            )
        return hits
