"""The codebook and the personas: what is shipped is sound, what is broken is told by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fitcheck.codebook import codebook_path, load_codebook
from fitcheck.errors import CodebookError
from fitcheck.labeled import load_labeled
from fitcheck.personas import Personas, assign_by_value, load_personas, similar_spelling

SOURCE = codebook_path().read_text(encoding="utf-8")
PERSONAS = """[[personas]]
id = "a"
name = { de = "A" }
[[personas.assign]]
column = "Rolle"
values = ["x"]
"""


@pytest.mark.parametrize(
    ("pattern", "replacement", "where", "what"),
    [
        (r'fit_relation = "core"', 'fit_relation = "mid"', "].fit_relation", "'core'"),
        (r'(?<=\n)id = "G2"', 'id = "G1"', "rules[G1].id", "stands twice"),
        (r'see = "duration_pace"', 'see = "tempo"', "].exclude", "'tempo' is not a theme"),
        (r"\"unpassend\*\"", '"(unpassend"', "].cues", "is no phrase"),
        (r'(?<=short_answers\]\]\n)rule = "G1"', 'rule = "G99"', "short_answers[1].rule", "'G99'"),
        (r'(?<=kinds = \["fit"\]\n)label = "fit"', 'label = "fits"', "short_answers[1].label", ""),
        (r"fit_relation = .none.", "nonsense = 1", "].nonsense", "not permitted"),
    ],
)
def test_a_broken_codebook_is_told_by_line_and_entry(
    pattern: str, replacement: str, where: str, what: str, tmp_path: Path
) -> None:
    """The message names the entry and the line on which it stands."""
    match = re.search(pattern, SOURCE)
    assert match
    path = tmp_path / "c.toml"
    path.write_text(re.sub(pattern, replacement, SOURCE, count=1), encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        load_codebook(path)
    assert where in str(caught.value)
    assert what in str(caught.value)
    line = SOURCE[: match.start()].count("\n") + 1
    assert abs(caught.value.fields["line"] - line) <= (6 if re.search("exclude|cues", where) else 1)


def test_broken_toml_and_missing_files_are_told(tmp_path: Path) -> None:
    """Not TOML, not UTF-8, not there."""
    path = tmp_path / "c.toml"
    with pytest.raises(CodebookError, match="no file"):
        load_codebook(path)
    path.write_text("id = \n", encoding="utf-8")
    with pytest.raises(CodebookError, match="line 1"):
        load_codebook(path)
    path.write_bytes(b"id = '\xfc'")
    with pytest.raises(CodebookError, match="UTF-8"):
        load_codebook(path)


def test_rules_agree_with_their_own_examples() -> None:
    """Short examples of the rules get the label that the short answers give."""
    codebook = load_codebook()
    for rule in codebook.rules:
        for example in rule.examples:
            kind = codebook.kind_of(example.question)
            entry = codebook.short_answer(example.text, kind)
            assert entry is None or entry.label == example.label, example


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Wie passend war das Training für Sie?", "fit"),
        ("How well did the course fit your job?", "fit"),
        ("Hat das Seminar Ihre Erwartungen erfüllt?", "fit"),
        ("Was hat nicht gepasst?", "misfit"),
        ("What did not fit?", "misfit"),
        ("Was hat Ihnen gefallen?", "liked"),
        ("What did you like most?", "liked"),
        ("Was hat Ihnen nicht gefallen?", "disliked"),
        ("What did you dislike?", "disliked"),
        ("Was sollten wir ändern?", "improve"),
        ("What should we improve?", "improve"),
        ("Was nehmen Sie mit?", "learned"),
        ("What did you learn?", "learned"),
        ("Was hat sich seither in Ihrer Arbeit geändert?", "transfer"),
        ("What held you back from using it?", "transfer"),
        ("Was hat Ihnen gefallen, was sollten wir verbessern?", "open"),
        ("Any other comments?", "open"),
        ("Q12", "open"),
        ("", "open"),
    ],
)
def test_kinds_of_questions(question: str, kind: str) -> None:
    """The wording says what is asked for."""
    assert load_codebook().kind_of(question) == kind


def test_labelled_answers_obey_the_codebook() -> None:
    """Quotes are verbatim, themes and rules exist, at least 600 answers are there."""
    codebook = load_codebook()
    examples = load_labeled("train")
    assert len(examples) >= 600
    assert len({example.answer.id for example in examples}) == len(examples)
    rules = {rule.id for rule in codebook.rules}
    for example in examples:
        assert example.quote in example.answer.text
        assert bool(example.quote) == (example.label != "no_signal")
        assert example.rule in rules
        assert {hit.theme for hit in example.themes} <= set(codebook.theme_ids)


def test_personas_by_rule() -> None:
    """Values, aliases, codes, several columns and one-hot columns assign; the rest does not."""
    personas = Personas.model_validate(
        {
            "personas": [
                {
                    "id": "shift",
                    "name": {"de": "Schicht"},
                    "assign": [
                        {
                            "column": "Rolle",
                            "values": ["Produktion"],
                            "codes": ["A1"],
                            "also": {"Werk": ["1"]},
                        },
                        {"checked": "Rolle: Schicht"},
                    ],
                },
                {
                    "id": "lead",
                    "name": {"de": "Führung"},
                    "assign": [
                        {"column": "Rolle", "values": ["Führungskraft"], "aliases": ["Chef"]},
                        {"checked": "leitet"},
                    ],
                },
            ]
        }
    )
    rows = [
        {"Rolle": "produktion ", "Werk": "1"},
        {"Rolle": "A1", "Werk": "2"},
        {"Rolle": "", "Rolle: Schicht": "x"},
        {"Rolle": "Chef", "leitet": "Nein"},
        {"Rolle": "A1", "Werk": "1", "leitet": "ja"},
        {"Rolle": "Fuehrungskraft"},
    ]
    found = personas.assign(rows)
    assert found.personas == ("shift", "unassigned", "shift", "lead", "unassigned", "unassigned")
    assert found.ambiguous == 1
    assert found.similar == {"Fuehrungskraft": "Führungskraft"}
    assert found.unknown["Fuehrungskraft"] == 1


def test_values_are_personas_and_never_merged() -> None:
    """Without rules each spelling is a group; look-alikes are reported."""
    found = assign_by_value(
        ["Führungskraft", "Führungskraft", "Fuehrungskraft ", "Team 1", "Team 2", ""]
    )
    assert found.personas[2] == "Fuehrungskraft"
    assert found.personas[-1] == "unassigned"
    assert found.similar == {"Fuehrungskraft": "Führungskraft"}
    assert similar_spelling("Verwaltung", ["Verwaltnug"]) == "Verwaltnug"
    assert similar_spelling("Einkauf", ["Verkauf"]) is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('id = "a"', 'id = "unassigned"', "reserved"),
        ('values = ["x"]', "", "no values"),
        ('column = "Rolle"', "", "either `column`"),
        ('id = "a"', 'identifier = "a"', "line"),
    ],
)
def test_broken_personas_are_told(old: str, new: str, what: str, tmp_path: Path) -> None:
    """A personas file is checked like a codebook."""
    path = tmp_path / "p.toml"
    path.write_text(PERSONAS.replace(old, new), encoding="utf-8")
    with pytest.raises(CodebookError, match=what):
        load_personas(path)
    path.write_text(PERSONAS + PERSONAS, encoding="utf-8")
    with pytest.raises(CodebookError, match=r"line 8, personas\[a\]\.id"):
        load_personas(path)


@pytest.mark.parametrize("verb", ["codebook", "personas"])
def test_init_show_check(verb: str, run: Callable[..., Result]) -> None:
    """A starter file is valid, is shown, and is not overwritten."""
    assert run(verb, "init", "-o", "x.toml", "--json").exit_code == 0
    assert run(verb, "check", "x.toml", "--json").exit_code == 0
    assert run(verb, "init", "-o", "x.toml").exit_code == 1
    assert run(verb, "show", "--lang", "de").output
    assert run(verb, "show", "x.toml", "--lang", "en").output
    assert run(verb, "show", "--json").output.startswith("{")


def test_two_personas_cannot_claim_one_value(tmp_path: Path) -> None:
    """The second one is named with its line, whatever the case of the value."""
    path = tmp_path / "personas.toml"
    other = PERSONAS.replace('"a"', '"b"').replace('values = ["x"]', 'codes = ["X "]')
    path.write_text(PERSONAS + other, encoding="utf-8")
    with pytest.raises(CodebookError, match=r"line \d+, personas\[b\].*persona 'a' already"):
        load_personas(path)
    path.write_text(PERSONAS + other + 'also = { Werk = ["Süd"] }\n', encoding="utf-8")
    assert len(load_personas(path).personas) == 2
