"""Puts finished parts together: the whole output, or none of it."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from fitcheck.engines.part import PartTally
from fitcheck.engines.respondents import Respondents
from fitcheck.engines.spool import Spool
from fitcheck.engines.work import PartWork
from fitcheck.records import Label
from fitcheck.surveys.atomic import atomic_path
from fitcheck.surveys.grid import GridLayout
from fitcheck.surveys.outputs import ANSWER_COLUMNS
from fitcheck.surveys.results import added_headings
from fitcheck.surveys.text_parts import TextFormat


def assemble(
    work: PartWork,
    spool: Spool,
    target: Path,
    respondents: Respondents | None,
    *,
    overwrite: bool = False,
) -> None:
    """Write the output from its parts, and remove them.

    `respondents` have their labels put behind the rows, which are written without.

    Raises
    ------
    DataError
        If `target` exists or cannot be written; the parts are kept then.
    """
    with atomic_path(target, overwrite=overwrite) as temporary:
        if work.ending == ".parquet":
            _write_parquet(work, spool, temporary, respondents)
        else:
            _write_text(work, spool, temporary, respondents)
    spool.remove()


def _write_text(work: PartWork, spool: Spool, path: Path, respondents: Respondents | None) -> None:
    try:
        _write_encoded(work, spool, path, respondents, work.encoding, "strict")
    except UnicodeEncodeError:  # an HTML entity in a quote may name what Latin-1 cannot hold
        _write_encoded(work, spool, path, respondents, "utf-8-sig", "replace")


def _write_encoded(
    work: PartWork,
    spool: Spool,
    path: Path,
    respondents: Respondents | None,
    encoding: str,
    errors: str,
) -> None:
    with path.open("wb") as stream:
        if encoding == "utf-8":
            stream.write(_beginning(work).encode("utf-8"))
            stream.writelines(_contents(work, spool, respondents))
            return
        encoder = codecs.getincrementalencoder(encoding)(errors)
        stream.write(encoder.encode(_beginning(work)))
        for content in _contents(work, spool, respondents):
            stream.write(encoder.encode(content.decode("utf-8", work.errors)))


def _beginning(work: PartWork) -> str:
    if work.how.output == "answers":
        if work.ending == ".jsonl":
            return ""
        stream = io.StringIO(newline="")
        csv.writer(stream).writerow(ANSWER_COLUMNS)
        return f"\ufeff{stream.getvalue()}"
    if not isinstance(work.format, TextFormat):
        return ""
    return work.format.beginning(GridLayout(work.how.outline.header, ()), _headings(work))


def _headings(work: PartWork) -> list[str]:
    found = work.how.outline
    return added_headings(found.names, found.columns.texts)


def _contents(work: PartWork, spool: Spool, respondents: Respondents | None) -> Iterator[bytes]:
    if respondents is None or not work.keeps_records:
        yield from spool.contents()
        return
    heading, header = _headings(work)[-1], work.how.outline.header
    first = 0
    for content, labels in _with_labels(spool, respondents):
        records: list[str] = json.loads(content.decode("utf-8", "surrogatepass"))
        for i, record in enumerate(records):
            if isinstance(work.format, TextFormat):
                is_heading = bool(header) and first + i == header[0]
                cell = heading if is_heading else labels.get(i) or ""
                records[i] = record.removesuffix(work.format.line_end) + _cell(work.format, cell)
            else:
                pair = f", {json.dumps(heading)}: {json.dumps(labels.get(i))}}}\n"
                records[i] = record[:-2] + pair
        first += len(records)
        yield "".join(records).encode("utf-8", work.errors)


def _with_labels(
    spool: Spool, respondents: Respondents
) -> Iterator[tuple[bytes, dict[int, Label | None]]]:
    """Yield each part with the labels of the respondents of its rows, over all parts."""
    for content, facts in zip(spool.contents(), spool.facts(), strict=True):
        own = PartTally.from_json(facts).respondents
        yield content, respondents.labels(cast(Respondents, own))


def _cell(form: TextFormat, text: str) -> str:
    """Return a cell at the end of a row, with the separator before it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=form.separator or ",", lineterminator=form.line_end)
    writer.writerow(["", text])
    return stream.getvalue()


def _write_parquet(
    work: PartWork, spool: Spool, path: Path, respondents: Respondents | None
) -> None:
    from fitcheck.surveys.parquet import with_column, write_parts

    if respondents is None or work.how.output == "answers":
        write_parts(path, spool.contents())
        return
    name = _headings(work)[-1]
    parts = _with_labels(spool, respondents)
    write_parts(path, (with_column(content, name, labels) for content, labels in parts))
