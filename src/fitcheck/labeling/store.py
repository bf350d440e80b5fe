"""The sheet that is being labelled: every decision is safe before it is confirmed."""

from __future__ import annotations

import contextlib
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fitcheck.annotation.filling import Coding, coding_of, fill_sheet, theme_slots
from fitcheck.annotation.sheet import FilledRow, FilledSheet, parse_sheet
from fitcheck.codebook import Codebook
from fitcheck.errors import DataError, FitcheckError
from fitcheck.labeling.journal import Change, Field, Journal, Value
from fitcheck.labeling.merging import Merged, Said, merge, with_value
from fitcheck.surveys.atomic import replace_file
from fitcheck.surveys.files import fill_cells, read_bytes
from fitcheck.surveys.grid import ReadOptions

_OPTIONS = ReadOptions(max_megabytes=1e6)
_LOST = ("Cc", "Cs", "Cn")
NoticeKind = Literal["resumed", "changed", "overruled", "put_back"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to the sheet and that the coder should know."""

    number: int
    kind: NoticeKind
    rows: tuple[int, ...]
    """Sheet rows as Excel shows them."""


class LabelStore:
    """A sheet with its decisions, kept beside it until they are in it.

    Each decision goes to a journal on the disk first; `save` puts what is in there into the sheet.
    All methods may be called from several threads.

    Raises
    ------
    DataError
        If the file is no sheet that can be filled in, or is being labelled already.
    """

    def __init__(self, path: Path, codebook: Codebook) -> None:
        self.path = path.resolve()
        self.codebook = codebook
        self.problem: FitcheckError | None = None
        """Why the sheet could not be read or written the last time."""
        self.revision = 0
        """Counts every change of what `rows` and `codings` say."""
        self.notices: list[Notice] = []
        # Taken in this order: one decision, one writing of the file, one look at what is said.
        self._deciding, self._saving = threading.Lock(), threading.Lock()
        self._lock = threading.RLock()
        self._said = Said()
        self._undo: list[Change] = []
        self._through = self.path.with_name(f".fitcheck-{self.path.name}")
        content = read_bytes(self.path, _OPTIONS)
        self._show(content, self._parse(content))
        fill_cells(content, str(path), self._sheet.sheet, {})  # refuses what it cannot write
        self._codings = self._on_disk
        self._journal = Journal(self.path)
        try:
            self._through.unlink(missing_ok=True)
            self._resume()
        except BaseException:
            self._journal.close()
            raise

    @property
    def rows(self) -> Sequence[FilledRow]:
        """The answers in the order of labelling: by number, however the sheet is sorted."""
        return self._rows

    def coding(self, key: str) -> Coding:
        """Return what is said of an answer."""
        with self._lock:
            return self._codings[key]

    def slots(self, key: str) -> int:
        """Return how many themes fit in the columns of an answer."""
        with self._lock:
            return self._slots[key]

    @property
    def n_unsaved(self) -> int:
        """Answers whose last decision is in the journal only."""
        with self._lock:
            return sum(self._codings[key] != said for key, said in self._on_disk.items())

    @property
    def has_doubts(self) -> bool:
        """Whether the sheet has a column for doubts."""
        return "doubt" in self._sheet.places

    def decide(self, key: str, name: Field, value: Value) -> bool:
        """Set one field of one answer; return whether that changed anything.

        Raises
        ------
        KeyError
            If there is no such answer.
        DataError
            If it is a doubt and the sheet cannot be written now: the journal holds no texts.
        """
        if name == "doubt":
            value = _storable(str(value))
        with self._deciding:
            change = Change(key, name, getattr(self.coding(key), name), value)
            if change.value == change.was:
                return False
            self._apply(change)
            self._undo.append(change)
            return True

    def undo(self) -> str | None:
        """Take back the last decision that was not taken back; return its key, None without one."""
        with self._deciding:
            if not self._undo:
                return None
            last = self._undo[-1]
            now = getattr(self.coding(last.key), last.field)
            self._apply(Change(last.key, last.field, now, last.was))
            if last in self._undo:  # else somebody has decided it in the file meanwhile
                self._undo.remove(last)
            return last.key

    def refresh(self) -> None:
        """Take over what somebody changed in the file meanwhile."""
        with self._saving:
            try:
                self._read_again()
            except FitcheckError as error:
                self.problem = error

    def save(self) -> None:
        """Put all decisions into the sheet.

        Raises
        ------
        DataError
            If that is not possible now; they stay in the journal.
        """
        self._save()

    def close(self) -> None:
        """Save if possible and let go of the sheet."""
        try:
            self.save()
        finally:
            self._journal.close()

    def _apply(self, change: Change) -> None:
        if change.field == "doubt":
            self._save(change)
            return
        with self._lock:
            self._journal.append(change)
            self._said.add(change)
            self._set(change)

    def _set(self, change: Change) -> None:
        self._codings[change.key] = with_value(
            self._codings[change.key], change.field, change.value
        )
        self.revision += 1

    def _save(self, doubt: Change | None = None) -> None:
        with self._saving:
            try:
                self._write(doubt)
            except FitcheckError as error:
                self.problem = error
                raise
            self.problem = None

    def _write(self, doubt: Change | None) -> None:
        self._read_again()
        with self._lock:
            wanted, revision = dict(self._codings), self.revision
        if doubt is not None:
            wanted[doubt.key] = with_value(wanted[doubt.key], "doubt", doubt.value)
        if wanted != self._on_disk:
            content = fill_sheet(self._content, self._sheet, self.codebook, wanted)
            filled = self._parse(content)
            if _codings(filled) != wanted:  # pragma: no cover - better no file than a wrong one
                raise DataError(
                    "{path} can be read but not filled in.",
                    "Save it in Excel as xlsx.",
                    path=str(self.path),
                )
            replace_file(self.path, content, through=self._through)
            self._show(content, filled)
        with self._lock:
            if doubt is not None:
                self._said.add(doubt)
                self._set(doubt)
                revision += 1
            if self.revision == revision:
                self._journal.clear()

    def _read_again(self) -> None:
        content = read_bytes(self.path, _OPTIONS)
        if content == self._content:
            return
        sheet = self._parse(content)
        with self._lock:
            missing = self._codings.keys() - {row.key for row in sheet.rows}
            if any(self._said.of(key, name) for key in missing for name in ("label", "themes")):
                raise DataError(
                    "{path} has lost rows that were labelled here.",
                    "Put the sheet back as it was; the decisions are kept in {journal}.",
                    path=str(self.path),
                    journal=self._journal.path.name,
                )
            merged = merge(self._codings, self._on_disk, _codings(sheet), self._said)
            self._show(content, sheet)
            self._take(merged)

    def _show(self, content: bytes, sheet: FilledSheet) -> None:
        """Note what stands in the file now."""
        rows = list({row.key: row for row in sheet.rows}.values())
        if all(row.cells.get("number", "").isdecimal() for row in rows):
            rows.sort(key=lambda row: int(row.cells["number"]))
        with self._lock:
            self._content, self._sheet, self._rows = content, sheet, rows
            self._on_disk, self._slots = _codings(sheet), theme_slots(sheet, self.codebook)

    def _take(self, merged: Merged) -> None:
        self._codings = dict(merged.codings)
        for key, name in merged.overruled:
            self._said.forget(key, name)
            self._undo = [c for c in self._undo if (c.key, c.field) != (key, name)]
        self._notice("changed", [key for key, _ in merged.taken])
        self._notice("overruled", [key for key, _ in merged.overruled])
        self._notice("put_back", [key for key, _ in merged.put_back])
        self.revision += 1

    def _notice(self, kind: NoticeKind, keys: Sequence[str]) -> None:
        if keys:
            rows = sorted({row.row for row in self._sheet.rows if row.key in keys})
            self.notices.append(Notice(len(self.notices) + 1, kind, tuple(rows)))

    def _resume(self) -> None:
        """Take over the decisions of a run that was killed."""
        changes = self._journal.read()
        if any(change.key not in self._codings for change in changes):
            raise DataError(
                "{path} holds decisions about answers that are not in the sheet.",
                "Put the right sheet there, or move the journal away.",
                path=str(self._journal.path),
            )
        decided = dict(self._codings)
        for change in changes:
            self._said.add(change)
            decided[change.key] = with_value(decided[change.key], change.field, change.value)
        self._take(merge(decided, self._on_disk, self._on_disk, self._said))
        self._notice("resumed", [change.key for change in changes])
        if changes:
            with contextlib.suppress(FitcheckError):  # the next decision tries again
                self._save()

    def _parse(self, content: bytes) -> FilledSheet:
        sheet = parse_sheet(content, str(self.path), self.codebook)
        for row in sheet.rows:
            if not row.key:
                raise DataError(
                    "{path}, row {row}, has no key.",
                    "Copy it from the sheet as it was drawn, or delete the row.",
                    path=str(self.path),
                    row=row.row,
                )
        return sheet


def _codings(sheet: FilledSheet) -> dict[str, Coding]:
    """Return what a sheet says by key; of a row that was copied, the one that says something."""
    codings: dict[str, Coding] = {}
    for row in sheet.rows:
        if row.key not in codings or row.label is not None:
            codings[row.key] = coding_of(row)
    return codings


def _storable(text: str) -> str:
    """Return a text as a cell gives it back: without outer blanks and control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in _LOST).strip()
