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
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(command: click.Command, path: str = "fitcheck") -> Iterator[tuple[str, click.Command]]:
    """Yield every verb with its full name."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, f"{path} {name}")
    else:
        yield path, command


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_is_in_the_readme(name: str) -> None:
    """What is not documented does not exist."""
    assert f"`{name}" in README
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """Each option has a help text and stands in the README."""
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert any(f"`{o}" in README for o in option.opts), option.opts


def test_readme_python_runs(monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    """The example from Python works as it stands."""
    monkeypatch.chdir(ROOT)
    for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(code, "README.md", "exec"), {})  # noqa: S102


def test_readme_commands_run(run: Callable[..., Result], tmp_path: Path) -> None:
    """Every `fitcheck` line of the README works, in order, on files of the names it uses."""
    demo = csv_rows((ROOT / "labeled/demo/feedback.csv").read_bytes(), delimiter=";")
    for name in ("feedback.xlsx", "feedback-2025.xlsx"):
        (tmp_path / name).write_bytes(workbook({"Tabelle1": demo}))
    for name in ("hypotheses.toml", "signups.csv", "community.csv", "bookings.csv", "budgets.csv"):
        shutil.copy(ROOT / "labeled/demo" / name, tmp_path)
    labels = csv_rows((ROOT / "labeled/dev.csv").read_bytes())
    for name, rows in (("mine.csv", labels[1:81]), ("labels.csv", labels[81:161])):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([labels[0], *rows])
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [line.removeprefix("$ fitcheck ") for line in lines if line.startswith("$ fitcheck")]
    assert len(commands) >= 7
    for command in commands:
        result = run(*shlex.split(command))
        assert result.exit_code in ((0, 3) if "--gate" in command else (0,)), result.output


def test_readme_never_names_the_other_project() -> None:
    """The name fitcheck on the package index is not ours."""
    assert "pip install fitcheck" not in README.replace("pip install fitcheck-feedback", "")


def test_readme_names_both_commands() -> None:
    """One command to try it and one to test it."""
    assert "make demo" in README
    assert "make test" in README
