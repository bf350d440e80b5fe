"""Puts finished parts together: the whole output, or none of it."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from fitcheck.engines.respondents import Respondents
from fitcheck.engines.spool import Spool
from fitcheck.engines.work import PartWork, Rows
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
    encoding, errors = work.encoding, "strict"
    if not all(is_encodable for _, is_encodable, _ in spool.facts()):
        # An HTML entity in a quote may name what Latin-1 cannot hold.
        encoding, errors = "utf-8-sig", "replace"
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
    if work.output == "answers":
        if work.ending == ".jsonl":
            return ""
        stream = io.StringIO(newline="")
        csv.writer(stream).writerow(ANSWER_COLUMNS)
        return f"\ufeff{stream.getvalue()}"
    if not isinstance(work.format, TextFormat):
        return ""
    found = work.outline
    headings = added_headings(found.names, found.columns.texts)
    return work.format.beginning(GridLayout(found.header, ()), headings)


def _contents(work: PartWork, spool: Spool, respondents: Respondents | None) -> Iterator[bytes]:
    if respondents is None or work.output == "answers":
        yield from spool.contents()
        return
    found = work.outline
    heading = added_headings(found.names, found.columns.texts)[-1]
    is_text = isinstance(work.format, TextFormat)
    before = 0
    for content, facts in zip(spool.contents(), spool.facts(), strict=True):
        rows = Rows(*facts[2])
        written, start = [], 0
        for index, (respondent, end) in enumerate(
            zip(rows.of_records, rows.ends, strict=True), before
        ):
            record, start = content[start:end], end
            label = respondents.label(respondent)
            if is_text:
                is_heading = bool(found.header) and index == found.header[0]
                cell = heading if is_heading else label or ""
                line_end = cast(TextFormat, work.format).line_end.encode()
                written.append(record.removesuffix(line_end) + _cell(work, cell).encode())
            else:
                pair = f", {json.dumps(heading)}: {json.dumps(label)}}}\n"
                written.append(record[:-2] + pair.encode())
        before += len(rows.ends)
        yield b"".join(written)


def _cell(work: PartWork, text: str) -> str:
    """Return a cell at the end of a row, with the separator before it."""
    form = cast(TextFormat, work.format)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=form.separator or ",", lineterminator=form.line_end)
    writer.writerow(["", text])
    return stream.getvalue()


def _write_parquet(
    work: PartWork, spool: Spool, path: Path, respondents: Respondents | None
) -> None:
    from fitcheck.surveys.parquet import with_column, write_parts

    found = work.outline
    if work.output == "answers":
        write_parts(path, spool.contents())
        return
    headings = added_headings(found.names, found.columns.texts)

    def contents() -> Iterator[bytes]:
        for content, facts in zip(spool.contents(), spool.facts(), strict=True):
            if respondents is None:
                yield content
            else:
                labels = [respondents.label(who) for who in Rows(*facts[2]).of_records]
                yield with_column(content, headings[-1], labels)

    write_parts(path, contents())
