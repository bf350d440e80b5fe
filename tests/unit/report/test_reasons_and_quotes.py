"""What a page says of reasons, and whose words it shows."""

from __future__ import annotations

from fitcheck.codebook import CHANGES, load_codebook
from fitcheck.rates import not_fit_rates
from fitcheck.records import Answer, Label, Prediction, ThemeHit
from fitcheck.report.content import Report, make_report
from fitcheck.report.quotes import LONGEST, MOST, draw_quotes
from fitcheck.report.reasons import reasons_of

BOOK = load_codebook()


def report_of(*rows: tuple[str, str, str, Label, str]) -> Report:
    """Return a report of rows: persona, respondent, text, label, theme."""
    answers = [Answer(text, "Passte es?", "fit", who, name) for name, who, text, _, _ in rows]
    predictions = [
        Prediction(label, None, (ThemeHit(theme, "negative"),) if theme else (), text)
        for _, _, text, label, theme in rows
    ]
    return make_report(answers, predictions, not_fit_rates(predictions, answers), BOOK)


def people(persona: str, n: int, theme: str = "", text: str = "Wort") -> list[tuple[str, ...]]:
    """Return respondents who all say not_fit."""
    return [(persona, f"{persona}{theme}{i}", f"{text} {i}", "not_fit", theme) for i in range(n)]


def test_every_theme_that_can_be_changed_says_by_what() -> None:
    """Those of the codebook point at something, but for talk without a topic and of trainers."""
    silent = {theme.id for theme in BOOK.themes if not theme.change}
    assert silent == {"trainer_facilitation", "general_sentiment", "other"}
    assert {change for theme in BOOK.themes for change in theme.change} == set(CHANGES)


def test_what_reports_are_told_changes_no_coding() -> None:
    """Recorded runs stay those of this codebook."""
    themes = tuple(theme.model_copy(update={"change": ()}) for theme in BOOK.themes)
    assert BOOK.model_copy(update={"themes": themes}).sha256 == BOOK.sha256


def test_reasons_point_at_what_to_change() -> None:
    """By lever, the most frequent first; one voice, trainers and small groups are left out."""
    rows = people("Lager", 5, "need_timing") + people("Lager", 4, "duration_pace")
    rows += people("Lager", 3, "level_prior_knowledge") + people("Lager", 1, "workplace_support")
    rows += people("Lager", 8, "trainer_facilitation") + people("Neun", 9, "need_timing")
    (lager,) = reasons_of(report_of(*rows))  # type: ignore[arg-type]
    assert (lager.persona, lager.respondents) == ("Lager", 21)
    said = {k: [(r.theme.id, dict(r.counts)) for r in v] for k, v in lager.by_lever.items()}
    assert said == {
        "addressing": [("need_timing", {"negative": 5})],
        "training": [("duration_pace", {"negative": 4})],
        "either": [("level_prior_knowledge", {"negative": 3})],
    }


def test_quotes_are_few_and_of_different_people() -> None:
    """Three of three people at least; nobody who answers twice is heard twice."""
    rows = people("Lager", 12)
    quotes = draw_quotes(report_of(*rows, *rows[:6]))["Lager"]  # type: ignore[arg-type]
    assert len(quotes) == len(set(quotes)) == MOST
    again = draw_quotes(report_of(*reversed(rows)))["Lager"]  # type: ignore[arg-type]
    assert quotes == again  # the order of the file does not show
    one = [("Eine", "x", f"Wort {i}", "not_fit", "") for i in range(9)]
    silent = [("Eine", f"y{i}", "passt", "fit", "") for i in range(12)]
    assert "Eine" not in draw_quotes(report_of(*one, *silent))  # type: ignore[arg-type]


def test_telling_words_are_not_quoted() -> None:
    """Neither names, nor aids, languages or health, nor long stories, nor small groups."""
    rows = people("Namen", 12, text="Frau Müller sagte") + people("Neun", 9)
    rows += people("Sprache", 12, "language_accessibility")
    rows += people("Leib", 12, text="Mit meiner Sehbehinderung ging das nicht")
    rows += people("Lang", 12, text="w" * LONGEST)
    assert draw_quotes(report_of(*rows)) == {}  # type: ignore[arg-type]
