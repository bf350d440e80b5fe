"""Finds themes, where they are spoken of, and with which polarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from fitcheck.classifiers.linear import OneVsRest
from fitcheck.classifiers.stretches import first_largest, stretches
from fitcheck.classifiers.tokens import Tokens
from fitcheck.classifiers.words import WordFeatures
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

    def fit(self, tokens: Tokens, themes: Sequence[Sequence[ThemeHit]]) -> ThemeTagger:
        """Learn from whole answers and the themes of each."""
        self.words = WordFeatures.learn(tokens)
        rows = self.words.transform(tokens)
        found = [{hit.theme for hit in hits} for hits in themes]
        counts = {name: sum(name in names for names in found) for name in set().union(*found)}
        self.names = sorted(name for name, n in counts.items() if n >= _MIN_EXAMPLES)
        marks = np.array([[name in names for name in self.names] for names in found])
        self.model = OneVsRest(self.names, balance=0.5).fit(
            rows, marks.reshape(tokens.n_texts, len(self.names))
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
        self,
        parts: Sequence[str],
        tokens: Tokens,
        places: np.ndarray,
        ends: Sequence[int],
    ) -> list[tuple[ThemeHit, ...]]:
        """Return the themes of each answer, most certain first, at most four.

        Parameters
        ----------
        parts : sequence of str
            The segments of each answer and then the whole of it, answer after answer.
        tokens : Tokens
            Those that differ.
        places : ndarray of int
            Where each part stands among those.
        ends : sequence of int
            Where each answer's parts end.
        """
        if not self.names:
            return [()] * len(ends)
        rows = self.words.transform(tokens)
        scores = self.model.score(rows)[places]
        starts = np.array([0, *ends[:-1]])
        answers, themes = self._found(np.maximum.reduceat(scores, starts))
        tagged: list[tuple[ThemeHit, ...]] = [()] * len(ends)
        if answers:
            # The last part is the whole: only segments are quoted.
            n_segments = (np.array(ends) - 1 - starts)[answers]
            own = stretches(starts[answers], n_segments)
            firsts = np.cumsum(n_segments) - n_segments
            where = own[first_largest(scores[own, np.repeat(themes, n_segments)], firsts)]
            signs = self.polarity_model.score(self._with_theme(rows[places[where]], themes))
            polarities = np.argmax(signs, axis=1).tolist()
            for a, t, w, k in zip(answers, themes, where.tolist(), polarities, strict=True):
                tagged[a] += (ThemeHit(self.names[t], self.polarities[k], parts[w]),)
        return tagged

    def _found(self, certain: np.ndarray) -> tuple[list[int], list[int]]:
        """Return pairs of answer and theme, by answer, most certain first.

        `certain` has a row per answer and a column per theme.
        """
        answers, themes = np.nonzero(certain >= _THRESHOLD)
        if _FALLBACK in self.names:
            alone = np.bincount(answers, minlength=len(certain))[answers] == 1
            kept = alone | (themes != self.names.index(_FALLBACK))
            answers, themes = answers[kept], themes[kept]
        order = np.lexsort((themes, -certain[answers, themes], answers))
        answers, themes = answers[order], themes[order]
        nth = np.arange(len(answers)) - np.searchsorted(answers, answers)
        kept = nth < _MAX_THEMES
        return answers[kept].tolist(), themes[kept].tolist()
