"""What the added columns mean, for the sheet that explains them."""

from __future__ import annotations

LEGEND: tuple[tuple[str, str, str], ...] = (
    ("Spalte / column", "Bedeutung", "Meaning"),
    (
        "fit_label",
        "fit = passend, not_fit = nicht passend, no_signal = keine Aussage zur Passung; "
        "leer = keine Antwort",
        "fit, not_fit = not fitting, no_signal = says nothing about fit; empty = no answer",
    ),
    (
        "fit_score",
        "Wahrscheinlichkeit des Labels laut Klassifikator, 0 bis 1",
        "the classifier's probability of the label, 0 to 1",
    ),
    (
        "fit_themes",
        "Themen des Codebuchs, mit ; getrennt, je mit positive, negative, wish oder neutral",
        "themes of the codebook, separated by ;, each positive, negative, wish or neutral",
    ),
    (
        "fit_quote",
        "der Teil der Antwort, der das Label getragen hat, wörtlich",
        "the part of the answer that carried the label, verbatim",
    ),
    (
        "fit_source",
        "wer entschieden hat: rule = Regel des Codebuchs, baseline = Modell auf diesem Rechner, "
        "llm = Sprachmodell, human = Mensch",
        "who decided: rule of the codebook, baseline = model on this machine, llm, human",
    ),
    (
        "fit_failure",
        "warum es kein Label gibt; leer, wenn es eines gibt",
        "why there is no label; empty where there is one",
    ),
    (
        "fit_respondent",
        "Label der Person über alle ihre Antworten: die Frage nach der Passung entscheidet; sonst "
        "not_fit, wenn eine Antwort es ist, sonst fit, sonst no_signal",
        "the respondent's label over all answers: the fit question decides; else not_fit if any "
        "answer is, else fit, else no_signal",
    ),
)
"""Rows of the sheet: a column, what it means in German and in English."""
LEGEND_WIDTHS = (20, 70, 70)
"""Of its columns, in characters."""


def is_wide(name: str) -> bool:
    """Return whether an added column holds texts."""
    return name.endswith(("quote", "themes"))


def width_of(name: str) -> int:
    """Return the width of an added column, in characters."""
    return 44 if is_wide(name) else 16
