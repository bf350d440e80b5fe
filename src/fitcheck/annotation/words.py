"""The words of a coding sheet, German and English; a sheet in either language can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fitcheck.codebook import Codebook
from fitcheck.records import LABELS, Label, Language

THEME_COLUMNS = ("theme_1", "theme_2", "theme_3")
COLUMNS: Mapping[str, Mapping[Language, str]] = {
    "number": {"de": "Nr.", "en": "No."},
    "key": {"de": "Schlüssel", "en": "Key"},
    "question": {"de": "Frage", "en": "Question"},
    "text": {"de": "Antwort", "en": "Answer"},
    "label": {"de": "Label", "en": "Label"},
    "theme_1": {"de": "Thema 1", "en": "Theme 1"},
    "theme_2": {"de": "Thema 2", "en": "Theme 2"},
    "theme_3": {"de": "Thema 3", "en": "Theme 3"},
    "doubt": {"de": "Zweifel", "en": "Doubt"},
}
"""Headings of the sheet by column, in their order."""

SHEET: Mapping[Language, str] = {"de": "Antworten", "en": "Answers"}
RULES_SHEET: Mapping[Language, str] = {"de": "fitcheck Anleitung", "en": "fitcheck instructions"}

HOW: Mapping[Language, tuple[str, ...]] = {
    "de": (
        "Lesen Sie Frage und Antwort und wählen Sie in der Spalte Label eines der drei Labels.",
        "Gehen Sie von oben nach unten vor und lassen Sie nichts aus: die Reihenfolge ist "
        "ausgelost. Mehrere Zeilen mit derselben Nummer stammen von einer Person.",
        "Themen sind freiwillig. Wer unsicher ist, wählt das wahrscheinlichere Label und schreibt "
        "in die Spalte Zweifel, warum.",
        "Ändern Sie weder Antworten noch Schlüssel, und fügen Sie keine Zeilen ein. Sortieren und "
        "Spaltenbreiten ändern ist erlaubt.",
        "Codieren Sie für sich: ohne Rücksprache mit anderen und ohne Blick auf das Ergebnis eines "
        "Modells.",
    ),
    "en": (
        "Read question and answer, then choose one of the three labels in the column Label.",
        "Work from top to bottom and leave nothing out: the order was drawn by lot. Several rows "
        "with the same number are from one person.",
        "Themes are optional. If you are unsure, choose the label that is more likely and say why "
        "in the column Doubt.",
        "Change neither answers nor keys, and add no rows. Sorting and other widths are fine.",
        "Code on your own: without talking to others, and without looking at what a model says.",
    ),
}


def fold(text: str) -> str:
    """Return a cell as headings and labels are compared.

    Examples
    --------
    >>> fold(" Not-Fit ")
    'not fit'
    """
    return re.sub(r"[\s_-]+", " ", text.replace("\u00a0", " ")).strip().casefold()


def label_words(codebook: Codebook) -> dict[str, Label]:
    """Return the labels by every word that people may write for them, folded."""
    words: dict[str, Label] = {}
    for label in LABELS:
        words[fold(label)] = label
        for name in codebook.labels[label].name.values():
            words[fold(name)] = label
    return words


def theme_words(codebook: Codebook) -> dict[str, str]:
    """Return the themes' ids by every word that people may write for them, folded."""
    return {
        fold(word): theme.id
        for theme in codebook.themes
        for word in (theme.id, *theme.name.values())
    }
