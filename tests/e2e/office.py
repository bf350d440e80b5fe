"""LibreOffice without a window: what it shows of a workbook, and a person's edits in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

PATIENCE_S = 300
# Semicolon, quote, UTF-8, first line, no column formats, no language, quote all text, no special
# numbers, cells as shown, no formulas, keep blanks, every sheet in a file of its own.
_CSV = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,false,true,false,false,-1"
_CELL = re.compile(r'"((?:[^"]|"")*)"([;\n])|([^;\n"]*)([;\n])')
_EDIT = """
Sub Edit
  Dim options(0) As New com.sun.star.beans.PropertyValue
  Dim sorted(0) As New com.sun.star.table.TableSortField
  Dim by(1) As New com.sun.star.beans.PropertyValue
  Dim kept(1) As New com.sun.star.beans.PropertyValue
  options(0).Name = "Hidden" : options(0).Value = True
  book = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, options())
  table = book.Sheets.getByIndex(0)
  table.getCellRangeByName("E2").String = "{text}"
  table.Rows.removeByIndex(2, 1)
  cursor = table.createCursor()
  cursor.gotoEndOfUsedArea(False)
  last = cursor.RangeAddress
  data = table.getCellRangeByPosition(0, 1, last.EndColumn, last.EndRow)
  sorted(0).Field = 4 : sorted(0).IsAscending = True
  by(0).Name = "SortFields" : by(0).Value = sorted()
  by(1).Name = "ContainsHeader" : by(1).Value = False
  data.sort(by())
  kept(0).Name = "FilterName" : kept(0).Value = "{filter}"
  kept(1).Name = "FilterOptions" : kept(1).Value = "59,34,76,1"
  book.storeToURL("{target}", kept())
  book.close(True)
End Sub
"""
_FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".ods": "calc8",
    ".csv": "Text - txt - csv (StarCalc)",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LIBRARY = "http://openoffice.org/2000/library"
_LOCALE = (
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" '
    'oor:op="fuse"><value>{locale}</value></prop></item></oor:items>'
)


class Shown(NamedTuple):
    """A cell as a person reads it."""

    text: str
    is_text: bool
    """Whether it is stored as text; else it is a number, a date, or empty."""


class Office:
    """LibreOffice with a profile of its own, in the language of a country."""

    def __init__(self, profile: Path, locale: str = "de-DE") -> None:
        program = shutil.which("soffice")
        assert program, "There is no LibreOffice. Install it with `make office`."
        self.program = program
        self.profile = profile
        (profile / "user" / "basic" / "Standard").mkdir(parents=True)
        self._keep("registrymodifications.xcu", _LOCALE.format(locale=locale))
        self._keep(
            "basic/script.xlc",
            f'<library:libraries xmlns:library="{_LIBRARY}" '
            'xmlns:xlink="http://www.w3.org/1999/xlink">'
            '<library:library library:name="Standard" xlink:type="simple" library:link="false" '
            'xlink:href="$(USER)/basic/Standard/script.xlb"/></library:libraries>',
        )
        self._keep(
            "basic/Standard/script.xlb",
            f'<library:library xmlns:library="{_LIBRARY}" library:name="Standard" '
            'library:readonly="false" library:passwordprotected="false">'
            '<library:element library:name="Module1"/></library:library>',
        )

    def sheets(self, book: Path, folder: Path) -> dict[str, list[list[Shown]]]:
        """Return the cells of every sheet by its title, as a person reads them."""
        self._run("--convert-to", _CSV, "--outdir", folder, book)
        return {
            path.stem.removeprefix(f"{book.stem}-"): _cells(path.read_bytes().decode("utf-8"))
            for path in folder.glob(f"{book.stem}-*.csv")
        }

    def edit(self, book: Path, target: Path, text: str) -> None:
        """Change the first answer, delete the second row, sort by answers, save as another file."""
        code = _EDIT.format(
            source=book.as_uri(), target=target.as_uri(), text=text, filter=_FILTERS[target.suffix]
        )
        self._keep(
            "basic/Standard/Module1.xba",
            '<script:module xmlns:script="http://openoffice.org/2000/script" '
            f'script:name="Module1" script:language="StarBasic">{escape(code)}</script:module>',
        )
        self._run("macro:///Standard.Module1.Edit")
        assert target.exists(), "The macro wrote nothing."

    def _run(self, *arguments: str | Path) -> None:
        own = f"-env:UserInstallation={self.profile.as_uri()}"
        command = [self.program, own, "--headless", "--norestore", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)

    def _keep(self, name: str, xml: str) -> None:
        (self.profile / "user" / name).write_text(_XML + xml, encoding="utf-8")


def _cells(content: str) -> list[list[Shown]]:
    rows: list[list[Shown]] = [[]]
    for quoted, end, plain, plain_end in _CELL.findall(content):
        rows[-1].append(Shown(quoted.replace('""', '"') if end else plain, bool(end)))
        if "\n" in (end, plain_end):
            rows.append([])
    return rows[:-1]
