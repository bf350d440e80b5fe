"""A group of four is in nothing that any verb gives out, apart from files with everybody's rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import Result
from made_up import fill, unpacked

from fitcheck.cli import VERBS
from fitcheck.report.formats import FORMATS

PLANTED = "Bernsteinzimmer"
"""In the name of the group, its ids and its texts."""
SIZES = {"Pflege": 40, "Lager": 30, "Empfang": 12, "Küche": 7, PLANTED: 4}
COLUMNS = ["--persona", "Rolle", "--text", "Passte es?"]
LABELS = ["--labels", "answers.sample.xlsx"]
VERSUS = ["--versus", "before.csv", "--versus-labels", "before.sample.xlsx"]
TREND = ["trend", "before.csv", "answers.csv"]
COMMANDS: dict[str, Sequence[Sequence[str]]] = {
    "inspect": [["inspect", "export.csv", *COLUMNS, "--json"]],
    "classify": [
        ["classify", "export.csv", *COLUMNS, "--json", "--report"],
        ["classify", "export.csv", *COLUMNS[2:], "--personas", "personas.toml", "--json"],
    ],
    "sample": [["sample", "answers.csv", "--coders", "2", "-o", "new.xlsx", "--json"]],
    "rates": [
        ["rates", "answers.csv", "--json", "-o", "out.csv"],
        ["rates", "answers.csv", *LABELS, "--json", "-o", "out.csv"],
        ["rates", "answers.csv", *LABELS, *VERSUS, "--json", "-o", "out.csv"],
        ["rates", "before.csv", "--versus", "answers.csv", "--json", "-o", "out.csv"],
        ["rates", "answers.csv", "--only", "Pflege", "--min-group", "8", "--json"],
        ["rates", "answers.csv", "--fail-above"],
    ],
    "trend": [
        [*TREND, "--json", "-o", "out.csv"],
        [*TREND, "--labels", "before.sample.xlsx", *LABELS, "--json", "-o", "out.csv"],
    ],
    "hypotheses": [
        ["hypotheses", "cards.toml", "--json", "-o", f"out{ending}"] for ending in (".html", ".txt")
    ],
    "privacy": [["privacy", "answers.run.json", "-o", f"out.{e}"] for e in ("html", "md", "txt")],
    "personas": [
        ["personas", "show", "personas.toml", "--html", "-o", "out.html", *labels]
        for labels in (["--predictions", "answers.csv"], ["--predictions", "answers.csv", *LABELS])
    ],
    "report": [
        ["report", "answers.csv", *labels, "--format", name, "-o", f"{out}{form.ending}", "--json"]
        for name, form in FORMATS.items()
        for out, labels in (("out", []), ("labelled", LABELS))
    ],
}
OF_ROWS_OR_OF_NO_SURVEY = {
    "cache": "replies by answer",
    "codebook": "no survey",
    "compare": "runs of evaluate",
    "evaluate": "labels by answer",
    "fit": "a model of labelled answers",
    "label": "the rows of a sheet",
}


def write_export(path: Path, sizes: dict[str, int]) -> None:
    """Write a survey export in which every third did not find it fitting."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["Kennung", "Rolle", "Passte es?"])
        for role, n in sizes.items():
            for i in range(n):
                text = "Das passte nicht zu meiner Arbeit" if i % 3 else "Das passte sehr gut"
                own = f" im {PLANTED}" if role == PLANTED else ""
                writer.writerow([f"{path.stem}-{role}-{i}", role, f"{text}{own}, Fall {i}"])


@pytest.fixture
def folder(run: Callable[..., Result], tmp_path: Path) -> Path:
    """Return a folder with two surveys, classified, sampled and labelled."""
    write_export(tmp_path / "export.csv", SIZES)
    write_export(tmp_path / "export before.csv", {**SIZES, "Pflege": 60, "Früher": 3})
    (tmp_path / "cards.toml").write_text(
        '[[hypotheses]]\nid = "a"\ntitle = "A"\nbelieve = "Wir glauben, dass es passt."\n'
        'know = "Wir werden es wissen."\n[hypotheses.criterion]\nkind = "not_fit_below"\n'
        'limit = "5 %"\nanswers = "answers.csv"\nlabels = ["answers.sample.xlsx"]\n',
        encoding="utf-8",
    )
    (tmp_path / "personas.toml").write_text(
        "".join(
            f'[[personas]]\nid = "p{i}"\nname = {{ de = "{role}", en = "{role}" }}\n'
            f'[[personas.assign]]\ncolumn = "Rolle"\nvalues = ["{role}"]\n'
            for i, role in enumerate(["Pflege", "Lager"])
        ),
        encoding="utf-8",
    )
    for source, name in (("export.csv", "answers"), ("export before.csv", "before")):
        done = run("classify", source, *COLUMNS, "--format", "answers", "-o", f"{name}.csv")
        assert done.exit_code == 0, done.output
        assert run("sample", f"{name}.csv").exit_code == 0
        fill(tmp_path / f"{name}.sample.xlsx", says=lambda text: "nicht" not in text)
    return tmp_path


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_planted_group_is_in_no_byte(verb: str, run: Callable[..., Result], folder: Path) -> None:
    """Neither its name nor an id nor a text; those of a large group are."""
    for number, command in enumerate(COMMANDS[verb]):
        before = {path for path in folder.rglob("*") if path.is_file()}
        result = run(*command, "--lang", "de")
        assert result.exit_code == (3 if "--fail-above" in command else 0), result.output
        assert PLANTED not in result.output, command
        for path in {path for path in folder.rglob("*") if path.is_file()} - before:
            is_labelled_export = verb == "classify" and path.suffix == ".csv"
            assert is_labelled_export or PLANTED.encode() not in unpacked(path), (number, path)
            path.unlink()


def test_every_verb_is_looked_at() -> None:
    """A new one is either attacked, or it is said why not."""
    assert {*COMMANDS, *OF_ROWS_OR_OF_NO_SURVEY} == set(VERBS)


def test_the_planted_group_would_be_found(run: Callable[..., Result], folder: Path) -> None:
    """Whoever may lower the floor sees it: the test can fail."""
    result = run("rates", "answers.csv", "--min-group", "3", "--i-am-allowed", "--json")
    assert PLANTED in result.stdout
    assert PLANTED.encode() in unpacked(folder / "answers.csv")
