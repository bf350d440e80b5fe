"""Finds themes, where they are spoken of, and with which polarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from fitcheck.classifiers.features import fit_words, fold_words, word_vectorizer
from fitcheck.classifiers.linear import OneVsRest
from fitcheck.classifiers.segments import Segment
from fitcheck.records import POLARITIES, Polarity, ThemeHit

_THRESHOLD = 0.35
_MAX_THEMES = 4
_MIN_EXAMPLES = 5
_FALLBACK = "general_sentiment"
"""Praise or blame without a topic: dropped as soon as a topic is found."""


class ThemeTagger:
    """Tags answers with themes; each has the segment that speaks of it as its quote.

    One logistic regression per theme over words, and one for the polarity over words and theme.
    """

    def fit(self, texts: Sequence[str], themes: Sequence[Sequence[ThemeHit]]) -> ThemeTagger:
        """Learn from whole answers and the themes of each."""
        folded = [fold_words(text) for text in texts]
        self.words = word_vectorizer(min_df=2)
        fit_words(self.words, folded)
        rows = self.words.transform(folded)
        found = [{hit.theme for hit in hits} for hits in themes]
        counts = {name: sum(name in names for names in found) for name in set().union(*found)}
        self.names = sorted(name for name, n in counts.items() if n >= _MIN_EXAMPLES)
        marks = np.array([[name in names for name in self.names] for names in found])
        self.model = OneVsRest(self.names, balance=0.5).fit(
            rows, marks.reshape(len(texts), len(self.names))
        )
        self._fit_polarity(rows, themes)
        return self

    def _fit_polarity(self, rows: sparse.csr_matrix, themes: Sequence[Sequence[ThemeHit]]) -> None:
        pairs = [
            (i, self.names.index(hit.theme), hit.polarity)
            for i, hits in enumerate(themes)
            for hit in hits
            if hit.theme in self.names
        ]
        said = {polarity for _, _, polarity in pairs}
        self.polarities: list[Polarity] = [p for p in POLARITIES if p in said]
        sample = self._with_theme(rows[[i for i, _, _ in pairs]], [t for _, t, _ in pairs])
        marks = np.array([[p == polarity for polarity in self.polarities] for _, _, p in pairs])
        self.polarity_model = OneVsRest(self.polarities, balance=0.5)
        self.polarity_model.fit(sample, marks.reshape(len(pairs), len(self.polarities)))

    def _with_theme(self, rows: sparse.csr_matrix, themes: Sequence[int]) -> sparse.csr_matrix:
        marks = sparse.csr_matrix(np.eye(len(self.names))[themes])
        return sparse.hstack([rows, marks], format="csr")

    def tag(
        self, texts: Sequence[str], segments: Sequence[Sequence[Segment]]
    ) -> list[tuple[ThemeHit, ...]]:
        """Return the themes of each answer, most certain first, at most four."""
        if not self.names:
            return [()] * len(texts)
        parts = [[*(s.text for s in own), text] for own, text in zip(segments, texts, strict=True)]
        rows = self.words.transform([fold_words(part) for own in parts for part in own])
        scores = self.model.score(rows)
        hits, start = [], 0
        for own in parts:
            block = slice(start, start + len(own))
            hits.append(self._hits(own, rows[block], scores[block]))
            start += len(own)
        return hits

    def _hits(
        self, parts: Sequence[str], rows: sparse.csr_matrix, scores: np.ndarray
    ) -> tuple[ThemeHit, ...]:
        certain = scores.max(axis=0)
        chosen = [int(t) for t in np.argsort(-certain, kind="stable") if certain[t] >= _THRESHOLD]
        if len(chosen) > 1:
            chosen = [t for t in chosen if self.names[t] != _FALLBACK]
        chosen = chosen[:_MAX_THEMES]
        if not chosen:
            return ()
        where = [int(np.argmax(scores[: max(1, len(parts) - 1), t])) for t in chosen]
        signs = self.polarity_model.score(self._with_theme(rows[where], chosen))
        best = np.argmax(signs, axis=1)
        return tuple(
            ThemeHit(self.names[t], self.polarities[k], parts[w])
            for t, w, k in zip(chosen, where, best.tolist(), strict=True)
        )
