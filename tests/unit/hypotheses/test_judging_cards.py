"""What cards are judged by: tables, sheets, small groups, and kinds from elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from exports import workbook
from made_cards import card_text, outcome_of, write_card
from test_criteria import fill_labels, measure, write_labelled

from fitcheck.annotation.plan import load_plan
from fitcheck.errors import DataError
from fitcheck.hypotheses.board import board_json, html_board, plain_board
from fitcheck.hypotheses.criterion import CRITERIA, Bounded, register
from fitcheck.hypotheses.entries import Count
from fitcheck.hypotheses.evaluate import evaluate_hypotheses
from fitcheck.hypotheses.outcome import Measure, Outcome, Part
from fitcheck.hypotheses.source import Source
from fitcheck.report.texts import Texts


def said(outcome: Outcome, lang: Literal["de", "en"] = "en") -> str:
    """Return everything that is said of a card."""
    texts = Texts(lang)
    parts = [part.says(texts) for part in outcome.parts]
    needs = [need.says(texts) for need in outcome.needs]
    return "\n".join([*parts, *needs, *(caveat(texts) for caveat in outcome.caveats)])


@pytest.fixture
def longest() -> Iterator[type[Bounded]]:
    """Make a kind of criterion known that is not fitcheck's own."""

    @register
    class Streak(Bounded):
        """At least so many months in a row."""

        kind: Literal["streak"] = "streak"
        months: Count
        target: Count

        def evaluate(self, source: Source) -> Outcome:
            """Return whether there were enough."""
            words = {"de": "{n} Monate am Stück", "en": "{n} months in a row"}
            return Outcome(
                self.claim(self.months, self.months, self.target),
                parts=(Part(lambda texts: words[texts.lang].format(n=self.months)),),
                measures=(Measure("streak", float(self.months), "counted"),),
            )

    yield Streak
    del CRITERIA["streak"]


def test_a_kind_from_elsewhere_is_one_class(longest: type[Bounded], tmp_path: Path) -> None:
    """It is read, judged and shown as the others are, with its own words."""
    board = evaluate_hypotheses(write_card(tmp_path, kind="streak", months=7, target=6))
    for lang, words in (("de", "7 Monate am Stück"), ("en", "7 months in a row")):
        texts = Texts(lang)  # type: ignore[arg-type]
        assert words in plain_board(board, texts)
        assert words in html_board(board, texts)
    (card,) = board_json(board, Texts("en"))["cards"]
    assert (card["kind"], card["claim"], card["measures"][0]["value"]) == ("streak", "supported", 7)


def test_its_entries_are_checked(longest: type[Bounded], tmp_path: Path) -> None:
    """As those of the built-in ones are."""
    with pytest.raises(
        DataError, match=r"hypotheses\[karte\]\.criterion\.months: input should be 0"
    ):
        evaluate_hypotheses(write_card(tmp_path, kind="streak", months=-7, target=6))


@pytest.mark.parametrize("n", [1, 4, 5, 9])
@pytest.mark.parametrize("floor", [5, 30])
def test_few_people_show_nothing(n: int, floor: int, tmp_path: Path) -> None:
    """No count, no share and no verdict, in no form of the board."""
    n = n if floor == 5 else 20 + n
    small, large = {"signed_up": n, "reached": n}, {"signed_up": 77, "reached": 531}
    cards = [
        card_text("a", kind="uplift", with_=small, without=large),
        card_text("b", kind="share_above", limit=0.5, counts={"found": n, "of": n}),
    ]
    path = tmp_path / "k.toml"
    path.write_text("\n".join(cards), encoding="utf-8")
    board = evaluate_hypotheses(path, min_group=floor)
    assert [result.outcome.claim for result in board.results] == ["undecided"] * 2
    for result in board.results:
        assert result.outcome.measures == result.outcome.parts == ()
    texts = Texts("en")
    shown = [plain_board(board, texts), json.dumps(board_json(board, texts)["cards"])]
    assert all("531" not in text and f" {n} of" not in text for text in shown)


def test_small_personas_are_not_shown(tmp_path: Path) -> None:
    """And then not all are known to meet the target."""
    write_labelled(tmp_path, {"Pflege": (0, 80), "Labor": (0, 4), "Küche": (0, 60)})
    card: dict[str, Any] = {"answers": "answers.csv", "labels": ["sheet.xlsx"]}
    outcome = outcome_of(tmp_path, kind="not_fit_below", **card)
    assert outcome.claim == "undecided"
    assert "Labor" not in said(outcome)
    assert "not shown" in said(outcome)
    assert [m.group for m in outcome.measures] == ["Pflege"]  # Küche would tell of Labor
    named = outcome_of(tmp_path, kind="not_fit_below", personas=["Pflege"], **card)
    assert named.claim == "supported"
    hidden = outcome_of(tmp_path, kind="not_fit_below", personas=["Labor"], **card)
    assert (hidden.claim, hidden.parts, hidden.measures) == ("undecided", (), ())


def test_without_labels_there_is_no_verdict(tmp_path: Path) -> None:
    """Nor any count that could be read as one, but what is needed."""
    write_labelled(tmp_path, {"Pflege": (0, 80)})
    outcome = outcome_of(tmp_path, kind="not_fit_below", answers="answers.csv")
    assert (outcome.claim, outcome.parts, outcome.measures) == ("undecided", (), ())
    assert outcome.needs[0].n == 59
    assert "59" in said(outcome, "de")


@pytest.mark.parametrize(
    ("written", "share"), [("5 %", 0.05), ("1,1 %", 0.011), ("2.3%", 0.023), (0.07, 0.07)]
)
def test_shares_are_those_that_were_written(
    written: str | float, share: float, tmp_path: Path
) -> None:
    """To the last digit, for a plan's limit must be the same."""
    write_labelled(tmp_path, {"Pflege": (0, 80)}, limit=share)
    card = {"answers": "answers.csv", "labels": ["sheet.xlsx"], "limit": written}
    assert outcome_of(tmp_path, kind="not_fit_below", **card).measures[0].target == share


def test_a_limit_that_was_not_planned_is_refused(tmp_path: Path) -> None:
    """The plan fixes it before labels are read."""
    write_labelled(tmp_path, {"Pflege": (0, 80)})
    card = {"answers": "answers.csv", "labels": ["sheet.xlsx"], "limit": "10 %"}
    with pytest.raises(DataError, match=r"criterion\.labels: The sample was planned for .* 0.05"):
        outcome_of(tmp_path, kind="not_fit_below", **card)


def test_sign_ups_by_person_and_by_count_agree(tmp_path: Path) -> None:
    """A row for each person, or rows with counts, as csv or xlsx, in folders with umlauts."""
    folder = tmp_path / "Übung für März"
    folder.mkdir()
    people = [["A", "Ja "]] * 30 + [["A", "nein"]] * 70 + [["X", "ja"]] * 20 + [["X", "NEIN"]] * 80
    people += [["X", ""]] * 3 + [["anderes", "ja"]] * 9
    with (folder / "Anmeldungen.csv").open("w", encoding="cp1252", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([["Gruppe", "Angemeldet?"], *people])
    counts = [["Gruppe", "Erreicht", "Angemeldet"], ["A", 60, 20], ["A", 40, 10], ["X", 100, 20]]
    (folder / "zahlen.xlsx").write_bytes(workbook({"Tabelle1": counts}))
    groups = {"group": "Gruppe", "with": "A", "without": "X"}
    by_person = {
        "file": "Anmeldungen.csv",
        "signed_up": "Angemeldet?",
        "yes": ["ja"],
        "no": ["nein"],
    }
    by_count = {"file": "zahlen.xlsx", "signed_up": "Angemeldet", "reached": "Erreicht"}
    found = [
        outcome_of(folder, kind="uplift", target="5 %", table={**groups, **table})
        for table in (by_person, by_count)
    ]
    assert found[0].measures == found[1].measures
    assert measure(found[0], "share_with").n == 100
    assert measure(found[0], "difference").value == pytest.approx(0.1)
    assert "association" in said(found[0])
    by_lot = outcome_of(folder, kind="uplift", by_lot=True, table={**groups, **by_count})
    assert "association" not in said(by_lot)


def test_more_sign_ups_than_people_are_refused(tmp_path: Path) -> None:
    """With the row in which they stand."""
    (tmp_path / "a.csv").write_text("G,n,x\nA,50,20\nX,50,51\n", encoding="utf-8")
    table = {"file": "a.csv", "group": "G", "with": "A", "without": "X"}
    table |= {"reached": "n", "signed_up": "x"}
    with pytest.raises(DataError, match=r"criterion\.table\.reached: .*row 3: 51 signed up of 50"):
        outcome_of(tmp_path, kind="uplift", table=table)


def test_groups_of_unlike_size_are_told(tmp_path: Path) -> None:
    """There Newcombe's bounds err more often."""
    sizes = ((100, 151), (151, 100), (100, 150))
    found = [
        said(
            outcome_of(
                tmp_path,
                kind="uplift",
                with_={"signed_up": 5, "reached": a},
                without={"signed_up": 5, "reached": b},
            )
        )
        for a, b in sizes
    ]
    assert ["Newcombe" in text for text in found] == [True, True, False]


def survey(folder: Path, yes: int, no: int, other: int) -> dict[str, Any]:
    """Write a coded survey and return its table."""
    values = ["zu kurz"] * yes + ["genug"] * no + ["weiß nicht"] * other + ["", " "]
    rows = [["Nr.", "Eigenmarketing"], *([i + 1, value] for i, value in enumerate(values))]
    (folder / "umfrage.xlsx").write_bytes(workbook({"Umfrage": rows}))
    return {"file": "umfrage.xlsx", "column": "Eigenmarketing", "yes": ["zu kurz"], "no": ["genug"]}


def test_a_coded_column_is_counted(tmp_path: Path) -> None:
    """What is in neither list is refused; what is ignored or empty is said."""
    table = survey(tmp_path, 40, 20, 7)
    with pytest.raises(DataError, match=r"criterion\.table\.column: .*rows 62, 63"):
        outcome_of(tmp_path, kind="share_above", limit="50 %", table=table)
    table["ignore"] = ["weiß nicht"]
    outcome = outcome_of(tmp_path, kind="share_above", limit="50 %", table=table)
    assert outcome.claim == "supported"
    assert (outcome.measures[0].value, outcome.measures[0].n) == (pytest.approx(40 / 60), 60)
    assert "40 of 60" in said(outcome)
    assert "9 people" in said(outcome)
    assert "not drawn by lot" in said(outcome)


FREE = {"answers": "answers.csv", "labels": ["sheet.xlsx"]}


def free_text(folder: Path, limit: float = 0.5, **text: Any) -> Outcome:
    """Return what a card with free texts says."""
    return outcome_of(folder, kind="share_above", limit=limit, text={**FREE, **text})


def test_free_text_without_labels_is_undecided(tmp_path: Path) -> None:
    """However many a classifier counts, no number is shown."""
    write_labelled(tmp_path, {"Community": (50, 80)})
    outcome = free_text(tmp_path, labels=[], label="not_fit")
    assert (outcome.claim, outcome.parts, outcome.measures) == ("undecided", (), ())
    assert "80 people" in said(outcome)


@pytest.mark.parametrize(
    ("found", "limit", "claim"),
    [(60, 0.5, "supported"), (40, 0.5, "undecided"), (4, 0.5, "refuted")],
)
def test_labels_of_everybody_are_exact(
    found: int, limit: float, claim: str, tmp_path: Path
) -> None:
    """Clopper and Pearson's bounds of the label that counts."""
    from fitcheck.stats.intervals import clopper_pearson

    write_labelled(tmp_path, {"Community": (found, 80)})
    outcome = free_text(tmp_path, limit, label="not_fit")
    (share,) = outcome.measures
    assert (share.low, share.high) == pytest.approx(clopper_pearson(found, 80))
    assert (outcome.claim, share.method) == (claim, "clopper-pearson")
    other = free_text(tmp_path, limit, label="fit")
    assert other.measures[0].value == pytest.approx(1 - found / 80)


def test_groups_are_pooled_only_if_all_are_labelled(tmp_path: Path) -> None:
    """A sample by group has no common bound here."""
    groups = {"A": (20, 40), "B": (30, 60)}
    write_labelled(tmp_path, groups)
    assert free_text(tmp_path, label="not_fit").measures[0].n == 100
    write_labelled(tmp_path, groups, n=20)
    outcome = free_text(tmp_path, label="not_fit")
    assert (outcome.claim, outcome.measures) == ("undecided", ())
    assert "group by group" in said(outcome)


def test_a_theme_proves_one_side_unless_it_was_looked_for(tmp_path: Path) -> None:
    """Where nobody entered it, it may still be."""
    sheet = write_labelled(tmp_path, {"Community": (50, 80)})
    fill_labels(sheet, dict.fromkeys(range(1, 31), "job_relevance"), "theme_1")
    low = free_text(tmp_path, 0.6, theme="job_relevance")
    assert low.claim == "undecided"
    assert low.measures[0].high is None
    assert "themes_complete" in said(low)
    assert free_text(tmp_path, 0.6, theme="job_relevance", themes_complete=True).claim == "refuted"
    assert free_text(tmp_path, 0.2, theme="job_relevance").claim == "supported"
    with pytest.raises(DataError, match=r"criterion\.text\.theme: the codebook has no theme 'x'"):
        free_text(tmp_path, theme="x")


def test_a_free_text_sample_is_looked_at_once(tmp_path: Path) -> None:
    """Other labels afterwards prove nothing, and an unfinished sheet takes no look."""
    sheet = write_labelled(tmp_path, {"Community": (60, 80)})
    plan = sheet.with_name("sheet.plan.json")
    fill_labels(sheet, dict.fromkeys(range(71, 81), ""))
    assert "not labelled to its end" in said(free_text(tmp_path, label="not_fit"))
    assert load_plan(plan).looked == ()
    fill_labels(sheet, dict.fromkeys(range(71, 81), "fit"))
    assert free_text(tmp_path, label="not_fit").measures
    fill_labels(sheet, {1: "no_signal"})
    assert "judged before" in said(free_text(tmp_path, label="not_fit"))


def months(folder: Path, before: list[int], after: list[int]) -> dict[str, Any]:
    """Write bookings by month and return their table."""
    rows = [f"{i};vorher;{n}\n" for i, n in enumerate(before)]
    rows += [f"{i};nachher;{n}\n" for i, n in enumerate(after)]
    text = "Monat;Zeitraum;Buchungen\n" + "".join(rows)
    (folder / "b.csv").write_text(text, encoding="utf-8")
    table = {"file": "b.csv", "period": "Zeitraum", "before": "vorher", "after": "nachher"}
    return {**table, "bookings": "Buchungen"}


def test_bookings_in_bunches_decide_nothing(tmp_path: Path) -> None:
    """The same sums, evenly and in bunches; that a sum cannot be checked is said."""
    calm = outcome_of(tmp_path, kind="demand_growth", table=months(tmp_path, [20] * 6, [40] * 6))
    assert calm.claim == "supported"
    bunched = months(tmp_path, [0, 60, 0, 0, 60, 0], [0, 0, 240, 0, 0, 0])
    outcome = outcome_of(tmp_path, kind="demand_growth", table=bunched)
    assert outcome.claim == "undecided"
    assert measure(outcome, "rate_ratio") == measure(calm, "rate_ratio")
    assert "one by one" in said(outcome)
    periods = {"before": {"bookings": 120, "months": 6}, "after": {"bookings": 240, "months": 6}}
    single = outcome_of(tmp_path, kind="demand_growth", **periods)
    assert "not checked" in said(single)
    assert "not checked" not in said(calm)


def test_months_of_a_row_are_counted(tmp_path: Path) -> None:
    """Half a month is possible, none is not."""
    (tmp_path / "b.csv").write_text("Zeit;n;m\nvor;100;12\nnach;40;2,5\n", encoding="utf-8")
    table = {"file": "b.csv", "period": "Zeit", "before": "vor", "after": "nach"}
    table |= {"bookings": "n", "months": "m"}
    outcome = outcome_of(tmp_path, kind="demand_growth", table=table)
    assert measure(outcome, "rate_ratio").value == pytest.approx((40 / 2.5) / (100 / 12))
    (tmp_path / "b.csv").write_text("Zeit;n;m\nvor;100;12\nnach;40;0\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"criterion\.table\.months: .*row 3: there are no months"):
        outcome_of(tmp_path, kind="demand_growth", table=table)


def test_several_rows_of_a_month_are_added_up(tmp_path: Path) -> None:
    """One for each offer, say."""
    rows = [f"{m};{z};{n}" for z in ("vor", "nach") for m in "123" for n in (5, 15)]
    (tmp_path / "b.csv").write_text("\n".join(["Monat;Zeit;n", *rows, ""]), encoding="utf-8")
    table = {"file": "b.csv", "period": "Zeit", "before": "vor", "after": "nach"}
    table |= {"bookings": "n", "month": "Monat"}
    outcome = outcome_of(tmp_path, kind="demand_growth", table=table)
    assert measure(outcome, "bookings_per_month_before").value == 20
    assert measure(outcome, "p_even").value == 1


def test_groups_that_are_there_are_named(tmp_path: Path) -> None:
    """If they are few and short; else they may be answers."""
    table = {"file": "a.csv", "period": "Z", "before": "1", "after": "2", "amount": "n"}
    (tmp_path / "a.csv").write_text("Z;n\n2025;1\n2026;2\n", encoding="utf-8")
    with pytest.raises(DataError, match="it has: 2025, 2026"):
        outcome_of(tmp_path, kind="amount_increase", table=table)
    answer = "Mein Chef hat mir das Training nie erklärt, leider"
    (tmp_path / "a.csv").write_text(f"Z;n\n{answer};1\n2026;2\n", encoding="utf-8")
    with pytest.raises(DataError, match="it has: other values") as caught:
        outcome_of(tmp_path, kind="amount_increase", table=table)
    assert "Chef" not in str(caught.value)


def test_german_amounts_are_added_up(tmp_path: Path) -> None:
    """Decimal commas, thousands with points, a currency; other years do not matter."""
    rows = ["Jahr;Budget", "2024;", "2025;1.000,10 €", "2025;84.000", "2026;90.000,20"]
    (tmp_path / "budget.csv").write_bytes("\r\n".join([*rows, ""]).encode("cp1252"))
    table = {"file": "budget.csv", "period": "Jahr", "before": "2025", "after": "2026"}
    outcome = outcome_of(tmp_path, kind="amount_increase", table={**table, "amount": "Budget"})
    assert [m.value for m in outcome.measures[:2]] == [85000.1, 90000.2]


def test_an_amount_that_can_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    """Until the card says which sign is the decimal one."""
    (tmp_path / "budget.csv").write_text("Jahr;Budget\n1;1.500\n2;2.500\n", encoding="utf-8")
    table = {
        "file": "budget.csv",
        "period": "Jahr",
        "before": "1",
        "after": "2",
        "amount": "Budget",
    }
    with pytest.raises(DataError, match=r"row 2: 1.500 can be read in two ways"):
        outcome_of(tmp_path, kind="amount_increase", table=table)
    outcome = outcome_of(tmp_path, kind="amount_increase", table={**table, "decimal": ","})
    assert outcome.measures[0].value == 1500


def test_only_judges_the_cards_that_are_named(tmp_path: Path) -> None:
    """Files of the others are not read; an unknown one is refused."""
    missing = {"file": "weg.csv", "period": "a", "before": "b", "after": "c", "amount": "d"}
    text = card_text("a", kind="amount_increase", table=missing)
    text += card_text("b", kind="amount_increase", before=1, after=2)
    path = tmp_path / "k.toml"
    path.write_text(text, encoding="utf-8")
    board = evaluate_hypotheses(path, only=["b"])
    assert (board.claims["supported"], board.not_supported) == (1, ())
    with pytest.raises(DataError, match="no card 'c'; it has: a, b"):
        evaluate_hypotheses(path, only=["c"])
