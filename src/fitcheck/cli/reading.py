"""The options that say how a survey is read, shared by every verb that reads one."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fitcheck.cli.terminal import Terminal
from fitcheck.codebook import Codebook
from fitcheck.surveys.atomic import refuse_existing, refuse_input
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.mapping import Mapping, load_mapping, save_mapping
from fitcheck.surveys.survey import Survey, read_survey

if TYPE_CHECKING:
    from fitcheck.engines.large import LargeSurvey

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--text", multiple=True, metavar="COL", help="Column with answers; repeatable."),
    click.option("--persona", metavar="COL", help="Column that names the group."),
    click.option("--by", metavar="COL", help="Another grouping column, as offer or site."),
    click.option("--id", "identifier", metavar="COL", help="Column with the id, or `row`."),
    click.option("--question", metavar="COL", help="Question column of a long table."),
    click.option("--mapping", type=click.Path(), help="Use the choices saved in this file."),
    click.option("--save-mapping", type=click.Path(), help="Save the choices to this file."),
    click.option("--encoding", metavar="NAME", help="Text encoding, such as cp1252."),
    click.option("--sep", metavar="CHAR", help="Cell separator, such as ';' or tab."),
    click.option("--header-rows", type=click.IntRange(0, 5), help="Rows that make the heading."),
    click.option("--sheet", metavar="NAME", help="Sheet of the workbook."),
    click.option(
        "--profile",
        metavar="NAME",
        help="Whose export it is: qualtrics, surveymonkey, microsoft-forms, google-forms, "
        "limesurvey, moodle-feedback, ilias, efs, xapi, generic.",
    ),
    click.option(
        "--keep-incomplete", is_flag=True, help="Classify preview and unfinished rows too."
    ),
    click.option(
        "--max-megabytes",
        type=click.FloatRange(min=0, min_open=True, max=1e6),
        default=100.0,
        help="Largest file to read into memory.",
        show_default=True,
    ),
)


def reading_options(function: Function) -> Function:
    """Add the reader's options; the command gets a `read` function in their place."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        names = (
            "text persona by identifier question mapping save_mapping encoding sep header_rows "
            "sheet profile keep_incomplete max_megabytes"
        )
        chosen = {name: kwargs.pop(name) for name in names.split()}
        return function(*args, read=Reading(chosen), **kwargs)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command  # type: ignore[return-value]


class Reading:
    """Reads the file of a command as its options say, and tells what was detected."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        self._chosen = chosen

    def __call__(
        self,
        file: str,
        terminal: Terminal,
        codebook: Codebook | None,
        force: bool,
        first_rows: bytes | None = None,
    ) -> Survey:
        """Return the survey.

        `first_rows` are those of a table that is too large; an id may stand in several rows of it.
        """
        options, wishes = self._overrides()
        survey = read_survey(
            file if file != "-" else "stdin",
            options,
            texts=wishes.texts,
            persona=wishes.persona,
            id=wishes.id,
            question=wishes.question,
            codebook=codebook,
            content=sys.stdin.buffer.read() if file == "-" else first_rows,
            unique_ids=first_rows is None,
        )
        self._tell(survey, terminal, force)
        return survey

    def in_parts(
        self, file: str, terminal: Terminal, codebook: Codebook | None, force: bool
    ) -> LargeSurvey | None:
        """Return a large file, to be read part by part; None where that is not possible."""
        from fitcheck.engines.large import read_large
        from fitcheck.surveys.parts import WholeFileNeeded

        options, wishes = self._overrides()
        try:
            with terminal.counting("Reading", None) as advance:
                large = read_large(file, options, wishes, codebook, advance)
        except WholeFileNeeded as needed:
            reason = needed.reason.render(terminal.catalog)
            terminal.tell("{path} is read as a whole: {reason}.", path=file, reason=reason)
            return None
        self._tell(large.survey, terminal, force)
        return large

    def _tell(self, survey: Survey, terminal: Terminal, force: bool) -> None:
        if self._chosen["save_mapping"]:
            _save_mapping(survey, Path(self._chosen["save_mapping"]), force)
        tell_detected(survey, terminal)

    def _overrides(self) -> tuple[ReadOptions, Wishes]:
        chosen = self._chosen
        if chosen["by"] and chosen["persona"]:
            raise click.UsageError("--by and --persona both name the groups; pass one of them.")
        mapping = load_mapping(chosen["mapping"]) if chosen["mapping"] else Mapping()
        separator = chosen["sep"] or mapping.separator
        options = ReadOptions(
            encoding=chosen["encoding"] or mapping.encoding,
            separator="\t" if separator == "tab" else separator,
            header_rows=(
                mapping.header_rows if chosen["header_rows"] is None else chosen["header_rows"]
            ),
            sheet=chosen["sheet"] or mapping.sheet,
            profile=chosen["profile"] or mapping.profile,
            keep_incomplete=chosen["keep_incomplete"] or bool(mapping.keep_incomplete),
            max_megabytes=chosen["max_megabytes"],
        )
        wishes = Wishes(
            chosen["text"] or mapping.texts,
            chosen["by"] or chosen["persona"] or mapping.persona,
            chosen["identifier"] or mapping.id,
            chosen["question"] or mapping.question,
        )
        return options, wishes


def _save_mapping(survey: Survey, path: Path, force: bool) -> None:
    """Write the mapping once the command has done everything else, so that no error leaves it."""
    refuse_input(path, survey.path)
    refuse_existing(path, overwrite=force)
    before = path.stat().st_mtime_ns if path.exists() else None

    def write() -> None:
        after = path.stat().st_mtime_ns if path.exists() else None
        # What appeared there meanwhile is the command's own output.
        save_mapping(survey.to_mapping(), path, overwrite=force and before == after)

    click.get_current_context().obj = write


def finish() -> None:
    """Do what was put off until everything else had worked."""
    put_off = click.get_current_context().obj
    if put_off is not None:
        put_off()


def tell_detected(survey: Survey, terminal: Terminal) -> None:
    """Print what was detected, a line each, and then the remarks."""
    facts, columns = survey.grid.facts, survey.columns
    none = terminal.say("none")
    terminal.tell("File:      {path}", path=survey.path)
    terminal.tell(
        "Format:    {facts}, layout {profile}",
        facts=", ".join(facts.values()),
        profile=survey.profile.title,
    )
    terminal.tell(
        "Heading:   {header} row(s), rows read: {n}",
        header=len(survey.layout.header),
        n=survey.n_respondents,
    )
    terminal.tell("Id:        {column}", column=columns.id or terminal.say("the sheet row"))
    terminal.tell("Persona:   {column}", column=columns.persona or none)
    if columns.question:
        terminal.tell("Question:  {column}", column=columns.question)
    for name in columns.texts:
        question = survey.questions[survey.names.index(name)]
        shown = name if question in ("", name) else f"{name} ({question})"
        terminal.tell("Answers:   {column}", column=shown)
    for name in columns.ratings:
        terminal.tell("Rating:    {column} (shown only)", column=name)
    for message in survey.notes:
        terminal.note(message)
