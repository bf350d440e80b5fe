"""``fitcheck personas``: start, show and check a personas file."""

from __future__ import annotations

import click

from fitcheck.cli.starters import write_starter
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.personas import load_personas, personas_path

_FIELDS = ("goals", "need", "context", "knowledge", "format", "barriers")


@click.group()
def personas() -> None:
    """Start, show and check learner personas."""


@personas.command("init")
@click.option("-o", "--output", default="personas.toml", show_default=True, help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@common_options
def init(output: str, force: bool, as_json: bool, terminal: Terminal) -> None:
    """Write example personas as the start of your own."""
    write_starter(personas_path(), output, force=force, terminal=terminal)
    if as_json:
        print_json({"output": output})


@personas.command("show")
@click.argument("file", required=False)
@common_options
def show(file: str | None, as_json: bool, terminal: Terminal) -> None:
    """Print the personas of FILE or the example personas."""
    found = load_personas(file or personas_path())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for persona in found.personas:
        click.echo(f"{persona.id}: {_text(persona.name, terminal.lang)}")
        for field in _FIELDS:
            if text := _text(getattr(persona, field), terminal.lang):
                click.echo(f"  {terminal.say(field)}: {text}")
        for rule in persona.assign:
            click.echo(f"  = {rule.checked or rule.column}: {', '.join(rule.accepted) or '✓'}")


def _text(texts: dict[str, str], lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")


@personas.command("check")
@click.argument("file")
@common_options
def check(file: str, as_json: bool, terminal: Terminal) -> None:
    """Validate FILE; an error names line and entry."""
    found = load_personas(file)
    terminal.tell(
        "{path} is valid: {n} personas, reading the columns {columns}.",
        path=file,
        n=len(found.personas),
        columns=", ".join(found.columns),
    )
    if as_json:
        print_json({"path": file, "valid": True, "personas": [p.id for p in found.personas]})
