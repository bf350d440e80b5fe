"""The documentation says what is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

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


def test_readme_never_names_the_other_project() -> None:
    """The name fitcheck on the package index is not ours."""
    assert "pip install fitcheck" not in README.replace("pip install fitcheck-feedback", "")


def test_readme_names_both_commands() -> None:
    """One command to try it and one to test it."""
    assert "make demo" in README
    assert "make test" in README
