"""``fitcheck hypotheses``: the demo, as its page shows it, and what the command promises."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from made_cards import card_text

from fitcheck.hypotheses.criterion import CRITERIA

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "labeled" / "demo"


@pytest.fixture
def demo(demo_table: Path, tmp_path: Path) -> Path:
    """Put the demo's files into the folder in which commands run."""
    for path in (demo_table, *DEMO.iterdir()):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_demo_has_every_kind_and_every_result(demo: Path, run: Callable[..., Result]) -> None:
    """Five cards with invented data; every number says how it was made."""
    result = run("hypotheses", "hypotheses.toml", "--json", "--lang", "de")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {card["kind"] for card in found["cards"]} == set(CRITERIA)
    assert found["claims"] == {"supported": 2, "refuted": 2, "undecided": 1}
    for card in found["cards"]:
        assert card["measures"]
        assert all(m["method"] for m in card["measures"])
        assert all(m["confidence_level"] == 0.95 for m in card["measures"] if m["low"])
        assert bool(card["needs"]) == (card["claim"] == "undecided")
    needs = {card["id"]: [need["n"] for need in card["needs"]] for card in found["cards"]}
    assert needs["marketing"] == [16]


def test_the_page_shows_what_the_demo_prints(demo: Path, run: Callable[..., Result]) -> None:
    """Copy it from `fitcheck hypotheses demo-output/hypotheses.toml --lang en` after a change."""
    printed = run("hypotheses", "hypotheses.toml", "--lang", "en").stdout.replace("\u00a0", " ")
    page = (ROOT / "docs" / "hypotheses.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for block in shown:
        assert block in printed, printed


def test_cards_lie_anywhere(demo: Path, run: Callable[..., Result]) -> None:
    """Paths are relative to the cards, not to where the command runs."""
    folder = demo / "Übersicht März"
    folder.mkdir()
    for name in ("hypotheses.toml", "signups.csv"):
        (demo / name).rename(folder / name)
    result = run("hypotheses", folder / "hypotheses.toml", "--only", "marketing", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("1 hypothesis: 1 undecided.")


def test_a_look_at_a_sample_is_shared_with_rates(demo: Path, run: Callable[..., Result]) -> None:
    """The same labels may be read again, by either command."""
    for _ in range(2):
        assert run("hypotheses", "hypotheses.toml").exit_code == 0
        labels = ("--labels", "answers.sample.xlsx")
        assert "looked" not in run("rates", "answers.csv", *labels, "--json").stdout.split()
    plan = json.loads((demo / "answers.sample.plan.json").read_text(encoding="utf-8"))
    assert len(plan["looked"]) == 1


@pytest.mark.parametrize("name", ["board.html", "board.txt", "BOARD.HTML"])
def test_the_board_is_a_page_or_a_text(name: str, demo: Path, run: Callable[..., Result]) -> None:
    """By its ending; nothing that is there is overwritten without --force."""
    command = ("hypotheses", "hypotheses.toml", "--only", "budget", "--output", name)
    result = run(*command, "--lang", "de")
    assert result.exit_code == 0, result.output
    assert (result.stdout, result.stderr) == ("", f"Geschrieben: {name}\n")
    text = (demo / name).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") == name.lower().endswith(".html")
    assert "Kennzahlen bringen Mittel" in text
    assert run(*command).exit_code == 1
    quiet = run(*command, "--force", "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_other_endings_and_two_outputs_are_refused(demo: Path, run: Callable[..., Result]) -> None:
    """Before anything is read."""
    result = run("hypotheses", "weg.toml", "--output", "board.pdf", "--lang", "en")
    assert (result.exit_code, ".html or .txt" in result.stderr) == (1, True)
    result = run("hypotheses", "hypotheses.toml", "--output", "-", "--json")
    assert result.exit_code == 2


def test_exit_code_3_where_a_card_is_not_supported(demo: Path, run: Callable[..., Result]) -> None:
    """Of the cards that are judged."""
    command = ("hypotheses", "hypotheses.toml", "--fail-unless-supported", "--lang", "en")
    result = run(*command)
    assert result.exit_code == 3
    assert "Not supported: passung; marketing; budget." in result.stderr
    assert "5 hypotheses" in result.stdout
    named = run(*command, "--only", "eigenmarketing", "--only", "nachfrage")
    assert named.exit_code == 0, named.output
    assert run("hypotheses", "hypotheses.toml", "--only", "x").exit_code == 1


@pytest.mark.parametrize(("lang", "word"), [("de", "Wir glauben"), ("en", "We believe")])
def test_init_writes_a_start(
    lang: str, word: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    """In the language that is asked for; it is valid as it is, and never overwritten."""
    assert run("hypotheses", "mine.toml", "--init", "--lang", lang).exit_code == 0
    assert word in (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert run("hypotheses", "mine.toml", "--lang", lang).exit_code == 0
    assert run("hypotheses", "mine.toml", "--init").exit_code == 1
    result = run("hypotheses", "mine.toml", "--init", "--force", "--json")
    assert json.loads(result.stdout) == {"output": "mine.toml"}


def test_few_people_are_in_no_byte_of_any_output(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    """Not in the text, the page or the JSON; --min-group only raises the floor."""
    groups = {"signed_up": 3, "reached": 4}, {"signed_up": 871, "reached": 4203}
    text = card_text(kind="uplift", with_=groups[0], without=groups[1])
    (tmp_path / "k.toml").write_text(text, encoding="utf-8")
    shown = run("hypotheses", "k.toml", "--json").stdout + run("hypotheses", "k.toml").stdout
    assert run("hypotheses", "k.toml", "--output", "k.html").exit_code == 0
    shown += (tmp_path / "k.html").read_text(encoding="utf-8")
    for number in ("871", "4203", "4.203", "4,203", "75.0", "75,0", "0.75"):
        assert number not in shown
    assert run("hypotheses", "k.toml", "--min-group", "3").exit_code == 2
