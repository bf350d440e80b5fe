"""The documentation says what is true."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result
from exports import workbook

from conftest import csv_rows
from fitcheck.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def commands(command: click.Command, path: str = "fitcheck") -> Iterator[tuple[str, click.Command]]:
    """Yield every verb with its full name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, f"{path} {name}")
    else:
        yield path, command


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_is_documented(name: str) -> None:
    """What is not documented does not exist."""
    assert f"`{name}" in DOCS
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """Each option has a help text and stands in README or a page."""
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert any(f"`{o}" in DOCS for o in option.opts), option.opts


def test_readme_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    """The example from Python works as it stands."""
    monkeypatch.chdir(ROOT)
    for code in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL):
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102


def test_readme_commands_run(run: Callable[..., Result], tmp_path: Path) -> None:
    """Every `fitcheck` line of README and pages works, on files of the names they use."""
    demo = csv_rows((ROOT / "labeled/demo/feedback.csv").read_bytes(), delimiter=";")
    for name in ("feedback.xlsx", "feedback-2025.xlsx"):
        (tmp_path / name).write_bytes(workbook({"Tabelle1": demo}))
    for name in ("hypotheses.toml", "signups.csv", "community.csv", "bookings.csv", "budgets.csv"):
        shutil.copy(ROOT / "labeled/demo" / name, tmp_path)
    labels = csv_rows((ROOT / "labeled/dev.csv").read_bytes())
    for name, rows in (("mine.csv", labels[1:81]), ("labels.csv", labels[81:161])):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([labels[0], *rows])
    blocks = re.findall(r"```console\n(.*?)```", DOCS, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [line.removeprefix("$ fitcheck ") for line in lines if line.startswith("$ fitcheck")]
    assert len(commands) >= 7
    for command in commands:
        result = run(*shlex.split(command))
        assert result.exit_code in ((0, 3) if "--gate" in command else (0,)), result.output


def test_readme_never_names_the_other_project() -> None:
    """The name fitcheck on the package index is not ours."""
    assert "pip install fitcheck" not in DOCS.replace("pip install fitcheck-feedback", "")


def test_readme_names_both_commands() -> None:
    """One command to try it and one to test it."""
    assert "make demo" in DOCS
    assert "make test" in DOCS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"(?m)^#+ (.*)$", target.read_text(encoding="utf-8"))
            assert anchor in [_anchor(heading) for heading in headings], link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-")
