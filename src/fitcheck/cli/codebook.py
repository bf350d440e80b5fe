"""``fitcheck codebook``: start, show and check a codebook."""

from __future__ import annotations

import click

from fitcheck.cli.starters import write_starter
from fitcheck.cli.terminal import Terminal, common_options, print_json
from fitcheck.codebook import codebook_path, load_codebook


@click.group()
def codebook() -> None:
    """Start, show and check a codebook."""


@codebook.command("init")
@click.option("-o", "--output", default="codebook.toml", show_default=True, help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@common_options
def init(output: str, force: bool, as_json: bool, terminal: Terminal) -> None:
    """Write the shipped codebook as the start of your own."""
    write_starter(codebook_path(), output, force=force, terminal=terminal)
    if as_json:
        print_json({"output": output})


@codebook.command("show")
@click.argument("file", required=False)
@common_options
def show(file: str | None, as_json: bool, terminal: Terminal) -> None:
    """Print labels, rules and themes of FILE or of the shipped codebook."""
    book = load_codebook(file)
    if as_json:
        print_json(book.model_dump(mode="json"))
        return
    lang = terminal.lang if terminal.lang in book.languages else book.languages[0]
    click.echo(f"{book.id}.v{book.version}  sha256 {book.sha256[:12]}")
    click.echo(f"\n{book.core_question[lang]}\n")
    for name, label in book.labels.items():
        click.echo(f"{name} ({label.name.get(lang, name)}): {label.definition.get(lang, '')}")
    click.echo()
    for rule in book.rules:
        click.echo(f"{rule.id} {rule.title[lang]}: {rule.text[lang]}")
    click.echo()
    for theme in book.themes:
        click.echo(f"{theme.id} ({theme.name[lang]}): {theme.definition[lang]}")


@codebook.command("check")
@click.argument("file")
@common_options
def check(file: str, as_json: bool, terminal: Terminal) -> None:
    """Validate FILE; an error names line and entry."""
    book = load_codebook(file)
    terminal.tell(
        "{path} is valid: {rules} rules, {themes} themes, languages {languages}.",
        path=file,
        rules=len(book.rules),
        themes=len(book.themes),
        languages=", ".join(book.languages),
    )
    if as_json:
        print_json({"path": file, "valid": True, "sha256": book.sha256})
