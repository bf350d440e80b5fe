"""Made-up surveys for tests of the command line, in which it is known what is right."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq

NAMES = {"fit": "passend", "not_fit": "nicht passend", "no_signal": "keine Aussage"}
COLUMNS = "row,id,persona,question,text,label,p_not_fit,themes,quote,flags,source,failure"


def export(folder: Path, n: int = 200, extra: str = "") -> Path:
    """Write an export whose numbers decide the labels of the fake server."""
    path = folder / "Rückmeldung.csv"
    lines = ["ID;Abteilung;Was hat gefallen?"]
    lines += [f"p{i};{'Lager' if i % 2 else 'Pflege'};Halle mit Text {extra}{i}" for i in range(n)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_answers(path: Path, sizes: Mapping[str, tuple[int, ...]], first_id: int = 0) -> None:
    """Write an answers table in which the classifier errs on every eighth answer.

    `sizes` are the respondents by persona who say not_fit, fit and nothing of it.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS.split(","))
        row = 1
        for persona, numbers in sizes.items():
            for label, n in zip(("not_fit", "fit", "no_signal"), numbers, strict=True):
                for i in range(n):
                    row += 1
                    said = label if i % 8 else ("fit" if label == "not_fit" else "not_fit")
                    text = f"=Antwort {label} {i}" if i % 5 == 0 else f"Antwort {label} {i}"
                    answer = (row, f"m{first_id + row}@x.example", persona, "Passte es?", text)
                    writer.writerow([*answer, said, "", "", "", "", "llm", ""])


def fill(sheet: Path, n: int | None = None, says: Callable[[str], bool] | None = None) -> None:
    """Fill in the labels as a coder who never errs, the first `n` rows or all.

    The text names its label, unless `says` tells whether it is fitting.
    """
    workbook = openpyxl.load_workbook(sheet)
    table = workbook.worksheets[0]
    for row in list(table.iter_rows(min_row=2))[:n]:
        text = str(row[3].value)
        label = text.split()[1] if says is None else ("fit" if says(text) else "not_fit")
        row[4].value = NAMES[label]
    workbook.save(sheet)


def unpacked(path: Path) -> bytes:
    """Return what stands in a file, unpacked."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False).encode()
    return path.read_bytes()
