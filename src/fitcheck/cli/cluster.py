"""``fitcheck classify --engine dask``: many parquet files, on the workers of a cluster."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fitcheck.cli.sending import tell_endpoint
from fitcheck.cli.summary import print_run, tell_run
from fitcheck.cli.terminal import Function, Terminal
from fitcheck.codebook import Codebook
from fitcheck.errors import ConfigError
from fitcheck.personas import Personas
from fitcheck.records import Classifier
from fitcheck.surveys.survey import Survey

if TYPE_CHECKING:
    from fitcheck.surveys.results import OutputFormat

_FIRST_ROWS = 2_000
"""Rows in which columns are found; they are read on this machine."""


def cluster_options(function: Function) -> Function:
    """Add `--engine` and `--scheduler`; the command gets the engine, or None for its own way."""

    @click.option(
        "--engine",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Who does the work: this process, or the workers of a Dask cluster. FILE is then a "
        "parquet file, a folder, or a quoted pattern, and --output a folder.",
    )
    @click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Dask scheduler, such as tcp://host:8786 [default: workers on this machine].",
    )
    @functools.wraps(function)
    def command(*args: Any, engine: str, scheduler: str | None, **kwargs: Any) -> None:
        if scheduler and engine != "dask":
            raise click.UsageError("--scheduler goes with --engine dask.")
        chosen = Engine(scheduler) if engine == "dask" else None
        function(*args, engine=chosen, **kwargs)

    return command  # type: ignore[return-value]


def refuse_odd_engine(
    file: str, output: str | None, *, batch_api: str | None, dry_run: bool, report: bool
) -> None:
    """Raise a usage error for what does not go with a cluster."""
    if file == "-" or not output or output == "-":
        raise click.UsageError("--engine dask reads files and writes a folder; pass --output.")
    given = {"--batch-api": batch_api, "--dry-run": dry_run, "--report": report}
    if odd := [name for name, value in given.items() if value]:
        raise click.UsageError(f"{odd[0]} does not go with --engine dask.")


@dataclass(frozen=True)
class Engine:
    """A Dask cluster.

    Parameters
    ----------
    scheduler : str, optional
        Where its scheduler listens; without it workers are started on this machine.
    """

    scheduler: str | None

    def classify(
        self,
        pattern: str,
        output: str,
        make: Callable[[], Classifier],
        read: Callable[..., Survey],
        *,
        codebook: Codebook,
        personas: Personas | None,
        output_format: OutputFormat,
        min_group: int,
        force: bool,
        as_json: bool,
        terminal: Terminal,
    ) -> None:
        """Label every answer in the files that `pattern` means."""
        _refuse_missing_dask()
        from fitcheck.engines.dask import connected
        from fitcheck.engines.storage import PartFolder, find_files, open_file, shown
        from fitcheck.engines.table import classify_table
        from fitcheck.surveys.parquet_rows import first_rows

        addresses, folder = find_files(pattern), PartFolder.of(output)
        folder.refuse_existing(overwrite=force)
        name = shown(addresses[0])
        with open_file(addresses[0]) as source:
            rows = first_rows(source, name, _FIRST_ROWS)
        survey = read(name, terminal, codebook, force, rows)
        terminal.tell("Files:     {n}; all are read like the first", n=len(addresses))
        model = make()
        tell_endpoint(model, terminal)
        keep_incomplete = click.get_current_context().params["keep_incomplete"]
        with (
            connected(self.scheduler) as workers,
            terminal.counting("Classifying", None) as advance,
        ):
            result = classify_table(
                workers,
                addresses,
                folder,
                model,
                survey,
                codebook=codebook,
                personas=personas,
                output=output_format,
                keep_incomplete=keep_incomplete,
                min_group=min_group,
                overwrite=force,
                progress=advance,
            )
        tell_run(result, [], terminal)
        _tell_parts(result.run, terminal)
        terminal.tell("Written: {path}", path=output)
        if as_json:
            print_run(result, output)


def _tell_parts(run: Mapping[str, Any], terminal: Terminal) -> None:
    engine, people = run["engine"], run["respondents"]
    if people["rows_with_id"] > people["different_ids"]:
        terminal.tell(
            "{rows} rows have {ids} different ids; rows with the same id count as one person.",
            rows=people["rows_with_id"],
            ids=people["different_ids"],
        )
    terminal.tell(
        "Parts: {n}, of which {kept} were finished before; workers: {workers}.",
        n=engine["parts"],
        kept=engine["parts_kept_from_before"],
        workers=engine["workers"],
    )


def _refuse_missing_dask() -> None:
    try:
        import fitcheck.engines.dask  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            "Dask is not installed ({name}).",
            "Run `pip install fitcheck-feedback[dask]`, or leave --engine out.",
            name=error.name,
        ) from None
