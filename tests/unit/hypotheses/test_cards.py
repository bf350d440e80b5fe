"""What is wrong with a card is told by file, line, card and entry, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from made_cards import card_text, write_card

from fitcheck.hypotheses.board import sentence
from fitcheck.hypotheses.cards import Said, load_cards, starter_path
from fitcheck.hypotheses.criterion import CRITERIA
from fitcheck.hypotheses.evaluate import evaluate_hypotheses
from fitcheck.records import Language
from fitcheck.report.texts import LANGUAGES, Texts

GROUP = {"signed_up": 5, "reached": 50}
TABLE = {"file": "daten.csv", "period": "Zeit", "before": "vorher", "after": "nachher"}
AMOUNTS = {"kind": "amount_increase", "table": {**TABLE, "amount": "Betrag"}}
PERSONS = {"file": "daten.csv", "group": "Zeit", "with": "vorher", "without": "nachher"}
SURVEY = {"file": "daten.csv", "column": "Zeit", "yes": ["vorher"], "no": ["nachher"]}
DATA = "Zeit;Betrag;Name\nvorher;1.000,00;a\nnachher;1.100,50;b\nnachher;viel;c\n"

BROKEN: list[tuple[dict[str, Any], str, str, str]] = [
    ({"kind": "hope"}, "criterion", "'hope'", "'hope'"),
    ({"limit": 0.05}, "criterion", "`kind` is missing", "`kind` fehlt"),
    ({"kind": "share_above"}, "criterion.limit", "missing", "fehlt"),
    ({"kind": "share_above", "limit": "halb"}, "criterion.limit", "'5 %'", "'5 %'"),
    ({"kind": "share_above", "limit": True}, "criterion.limit", "number", "Zahl"),
    ({"kind": "share_above", "limit": 50}, "criterion.limit", "5000 %", "5000 %"),
    ({"kind": "share_above", "limit": 5}, "criterion.limit", "write 0.05", "für 5 % 0.05"),
    ({"kind": "share_above", "limit": 0}, "criterion.limit", "greater than 0", "größer als 0"),
    ({"kind": "share_above", "limit": "100 %"}, "criterion.limit", "less than 1", "kleiner als 1"),
    ({"kind": "uplift", "target": -0.1}, "criterion.target", "0", "0"),
    ({"kind": "demand_growth", "target": 20}, "criterion.target", "'20 %'", "'20 %'"),
    (
        {"kind": "share_above", "limit": 0.5, "counts": {"found": -1, "of": 5}},
        "criterion.counts.found", "0 or more", "mindestens 0",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "counts": {"found": 9, "of": 5}},
        "criterion.counts.of", "more than `of`", "mehr als `of`",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "counts": {"found": 2.5, "of": 5}},
        "criterion.counts.found", "whole number", "ganze Zahl",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "counts": {"found": 2}},
        "criterion.counts.of", "missing", "fehlt",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "counts": {"found": 2, "of": 5}, "table": SURVEY},
        "criterion", "once", "einmal",
    ),
    (
        {"kind": "uplift", "with": {"signed_up": 60, "reached": 50}, "without": GROUP},
        "criterion.with.reached", "60", "60",
    ),
    ({"kind": "uplift", "with": GROUP}, "criterion", "`without` is not", "`without` nicht"),
    ({"kind": "uplift", "withh": GROUP}, "criterion.withh", "not permitted", "gibt es nicht"),
    (
        {"kind": "uplift", "table": {**PERSONS, "signed_up": "Betrag"}},
        "criterion.table", "`reached`", "`reached`",
    ),
    (
        {"kind": "demand_growth", "before": {"bookings": 3, "months": 1}},
        "criterion", "after", "after",
    ),
    (
        {
            "kind": "demand_growth",
            "before": {"bookings": "3", "months": 1},
            "after": {"bookings": 3, "months": 0},
        },
        "criterion.before.bookings", "and 1 more", "und 1 weitere",
    ),
    (
        {"kind": "amount_increase", "before": "viel", "after": 3},
        "criterion.before", "number", "Zahl",
    ),
    ({"kind": "amount_increase", "before": -3, "after": 3}, "criterion.before", "0", "0"),
    (
        {"kind": "amount_increase", "table": {**TABLE, "file": "weg.csv", "amount": "Betrag"}},
        "criterion.table.file", "no file", "keine Datei",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "file": "leer.csv", "amount": "Betrag"}},
        "criterion.table.file", "empty", "leer",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "file": ".", "amount": "Betrag"}},
        "criterion.table.file", "folder", "Ordner",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "amount": "Summe"}},
        "criterion.table.amount", "no column 'Summe'", "keine Spalte 'Summe'",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "period": "Monat", "amount": "Betrag"}},
        "criterion.table.period", "no column 'Monat'", "keine Spalte 'Monat'",
    ),
    (AMOUNTS, "criterion.table.amount", "row 4", "Zeile 4"),
    (
        {"kind": "amount_increase", "table": {**TABLE, "after": "später", "amount": "Betrag"}},
        "criterion.table.after", "'später'", "'später'",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "after": "Vorher ", "amount": "Betrag"}},
        "criterion.table", "are the same", "sind gleich",
    ),
    (
        {"kind": "uplift", "table": {**PERSONS, "without": "vorher", "signed_up": "Betrag"}},
        "criterion.table", "are the same", "sind gleich",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "table": {**SURVEY, "no": ["VORHER"]}},
        "criterion.table", "'VORHER' stands in `yes`", "'VORHER' steht in `yes`",
    ),
    (
        {
            "kind": "demand_growth",
            "table": {**TABLE, "bookings": "Betrag", "month": "Name", "months": "Name"},
        },
        "criterion.table", "`month` or `months`", "`month` oder `months`",
    ),
    (
        {"kind": "amount_increase", "table": {**TABLE, "file": "kopf.csv", "amount": "Betrag"}},
        "criterion.table.file", "`header_rows`", "`header_rows`",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "table": {**SURVEY, "column": "Name"}},
        "criterion.table.column", "2, 3, 4", "2, 3, 4",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "text": {"answers": "daten.csv"}},
        "criterion.text", "`label` or `theme`", "`label` oder `theme`",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "text": {"answers": "daten.csv", "label": "nein"}},
        "criterion.text.label", "'not_fit'", "'not_fit'",
    ),
    (
        {"kind": "share_above", "limit": 0.5, "text": {"answers": "daten.csv", "label": "fit"}},
        "criterion.text.answers", "no answers table", "keine Tabelle der Antworten",
    ),
    ({"kind": "not_fit_below", "labels": ["a.xlsx"]}, "criterion", "`answers`", "`answers`"),
    (
        {"kind": "not_fit_below", "answers": "a.csv", "labels": ["1", "2", "3"]},
        "criterion.labels", "2", "2",
    ),
    (
        {"kind": "not_fit_below", "answers": "tabelle.csv", "personas": ["Lager"]},
        "criterion.personas[1]", "no persona 'Lager'", "keine Persona 'Lager'",
    ),
    (
        {"kind": "not_fit_below", "answers": "nirgends.csv", "labels": ["tabelle.csv"]},
        "criterion.answers", "no file", "keine Datei",
    ),
    (
        {"kind": "not_fit_below", "answers": "tabelle.csv", "labels": ["tabelle.csv"]},
        "criterion.labels", "no plan", "kein Plan",
    ),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files that cards may name."""
    (tmp_path / "daten.csv").write_text(DATA, encoding="utf-8")
    (tmp_path / "leer.csv").write_bytes(b"")
    (tmp_path / "kopf.csv").write_text("Zeit;Betrag\n", encoding="utf-8")
    header = "row,id,persona,question,text,label,p_not_fit,themes,quote,flags,source,failure\n"
    rows = "".join(f"{i},{i},Pflege,Passte es?,ja,fit,,,,,rule,\n" for i in range(20))
    (tmp_path / "tabelle.csv").write_text(header + rows, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("criterion", "entry", "english", "german"), BROKEN)
def test_what_is_wrong_is_named(
    criterion: dict[str, Any],
    entry: str,
    english: str,
    german: str,
    folder: Path,
    run: Callable[..., Result],
) -> None:
    """File, line, card and entry, in two sentences; cells that may be answers are not shown."""
    write_card(folder, **criterion)
    for lang, word, line in (("en", english, "line"), ("de", german, "Zeile")):
        result = run("hypotheses", "karten.toml", "--lang", lang)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        assert re.search(
            rf"karten\.toml, {line} \d+, hypotheses\[karte\]\.{re.escape(entry)}", result.stderr
        )
        assert word in result.stderr
        assert "viel" not in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "entry", "english", "german"),
    [
        (card_text(kind="uplift") * 2, "hypotheses[karte].id", "stands twice", "steht zweimal"),
        ("hypotheses = []", "hypotheses", "1 entry", "1 Eintrag"),
        ("", "hypotheses", "missing", "fehlt"),
        ("karten = 1", "hypotheses", "and 1 more", "und 1 weitere"),
        ('[[hypotheses]]\nid = "a"', "hypotheses[a].believe", "missing", "fehlt"),
        (card_text(id="a:b", kind="uplift"), "].id", "characters", "Zeichen"),
        (card_text(kind="uplift").replace("know = ", "know = 7 #"), "].know", "table", "Tabelle"),
        (
            card_text(kind="uplift").replace("Wir glauben, dass es hilft.", ""),
            "].believe.de", "empty", "leer",
        ),
        (
            card_text(kind="uplift").replace('"Wir glauben, dass es hilft."', '{ fr = "Oui" }'),
            "].believe.fr", "not permitted", "gibt es nicht",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_named(
    text: str, entry: str, english: str, german: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    """Ids twice, no cards, missing sentences."""
    (tmp_path / "k.toml").write_text(text, encoding="utf-8")
    for lang, word in (("en", english), ("de", german)):
        result = run("hypotheses", "k.toml", "--lang", lang)
        assert result.exit_code == 1, result.output
        assert entry in result.stderr
        assert word in result.stderr


def test_a_sentence_needs_a_language(tmp_path: Path, run: Callable[..., Result]) -> None:
    """An empty table says nothing."""
    text = card_text(kind="uplift").replace('"Wir glauben, dass es hilft."', "{}")
    (tmp_path / "k.toml").write_text(text, encoding="utf-8")
    result = run("hypotheses", "k.toml", "--lang", "en")
    assert result.exit_code == 1
    assert "hypotheses[karte].believe: say it in `de` or `en`" in result.stderr


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_starter_has_a_card_of_each_kind(lang: Language) -> None:
    """It is valid, names no data, and so decides nothing."""
    cards = load_cards(starter_path(lang)).model.hypotheses
    assert sorted(card.criterion.kind for card in cards) == sorted(CRITERIA)
    board = evaluate_hypotheses(starter_path(lang))
    assert {result.outcome.claim for result in board.results} == {"undecided"}
    assert all(result.outcome.needs for result in board.results)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_starter_comments_out_is_valid(lang: Language, tmp_path: Path) -> None:
    """Each way of giving data, once its # is taken away."""
    lines = starter_path(lang).read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(lines).split("[[hypotheses]]\n")[1:]
    seen = 0
    for block in blocks:
        head, _, rest = block.partition("\n# ")
        options = re.split(r"\n#\n", "\n# " + rest.split("\n\n")[0])
        for option in options:
            kept = [line for line in option.splitlines() if re.match(r"# (\[|\w+ = )", line)]
            data = "\n".join(line.removeprefix("# ") for line in kept)
            if data.startswith("yes"):
                continue  # instead of a line of the table above
            path = tmp_path / "k.toml"
            path.write_text("[[hypotheses]]\n" + head + "\n" + data, encoding="utf-8")
            assert load_cards(path).model.hypotheses
            seen += 1
    assert seen >= 10


def test_sentences_keep_their_language() -> None:
    """With or without the opening, in one language or both."""
    german, english = Texts("de"), Texts("en")
    both = Said(de="Wir glauben, dass A.", en="B.")
    assert sentence("believe", both, german) == ("Wir glauben, dass A.", "de")
    assert sentence("believe", both, english) == ("We believe that B.", "en")
    assert sentence("know", Said(de="es hilft."), english) == (
        "Wir werden wissen, dass es hilft.",
        "de",
    )
    assert sentence("know", Said(en="We’ll know it when X."), german)[1] == "en"
