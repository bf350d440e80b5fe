"""Sample exports, one per tool and layout; every answer in them is invented."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

TEXTS = [
    "Die Übung am Stapler, ehrlich gesagt; mehr davon",
    "Für mich als Neuen zu schnell, ich war raus",
    "nichts",
    "- Raum kalt\n- Kaffee gut",
    "Passt für unsere Schicht, nutzen wir täglich",
    "Danke an alle, war kurzweilig",
]
ROLES = ["Lager", "Pflege", "Lager", "Pflege", "Lager", "Pflege"]


@dataclass(frozen=True)
class Export:
    """A file and what a person would say is in it."""

    name: str
    content: bytes
    profile: str
    facts: dict[str, str]
    header_rows: int
    id: str | None
    persona: str | None
    texts: tuple[str, ...]
    n_rows: int = len(TEXTS)
    dropped: dict[str, int] = field(default_factory=dict)
    question: str | None = None
    ratings: tuple[str, ...] = ()


def table(
    rows: Sequence[Sequence[object]],
    delimiter: str = ",",
    encoding: str = "utf-8",
    quoting: int = csv.QUOTE_MINIMAL,
    line_end: str = "\r\n",
) -> bytes:
    """Return rows as a csv file."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=line_end).writerows(
        rows
    )
    return stream.getvalue().encode(encoding)


def workbook(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """Return sheets as an xlsx file."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def microsoft_forms_xlsx() -> Export:
    """Return a workbook with no-break spaces at the end of headings."""
    rows = [
        [
            "ID",
            "Start time",
            "Completion time",
            "Email",
            "Name",
            "Last modified time",
            "What is your department?\u00a0",
            "What did you like?\u00a0",
            "Overall.Content",
        ]
    ]
    for i, text in enumerate(TEXTS):
        time = dt.datetime(2026, 4, 27, 11, i)
        rows.append([i + 1, time, time, "anonymous", None, None, ROLES[i], text, i % 5 + 1])
    return Export(
        "forms.xlsx",
        workbook({"Sheet1": rows}),
        "microsoft-forms",
        {"format": "xlsx", "sheet": "Sheet1"},
        1,
        "ID",
        "What is your department?",
        ("What did you like?",),
        ratings=("Overall.Content",),
    )


def microsoft_forms_german_csv() -> Export:
    """Return what German Excel saves as csv."""
    rows = [
        [
            "Id",
            "Startzeit",
            "Fertigstellungszeit",
            "E-Mail",
            "Name",
            "Ihre Rolle\u00a0",
            "Was hat Ihnen gefehlt?\u00a0",
        ]
    ]
    rows += [
        [str(i), "27.04.2026 11:34", "27.04.2026 11:40", "anonymous", "", ROLES[i], text]
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "forms.csv",
        table(rows, ";", "cp1252"),
        "microsoft-forms",
        {"format": "csv", "encoding": "cp1252", "separator": "semicolon"},
        1,
        "Id",
        "Ihre Rolle",
        ("Was hat Ihnen gefehlt?",),
    )


def google_forms() -> Export:
    """Return a csv without an id."""
    rows = [["Zeitstempel", "In welchem Bereich arbeiten Sie?", "Was nehmen Sie mit?"]]
    rows += [[f"2026/01/0{i + 1} 3:04:11 PM MEZ", ROLES[i], text] for i, text in enumerate(TEXTS)]
    return Export(
        "google.csv",
        table(rows, line_end="\n"),
        "google-forms",
        {"encoding": "utf-8", "separator": "comma"},
        1,
        None,
        "In welchem Bereich arbeiten Sie?",
        ("Was nehmen Sie mit?",),
    )


def limesurvey() -> Export:
    """Return code and text headings with codes as answers, one interview unfinished."""
    rows = [
        [
            "id",
            "submitdate",
            "lastpage",
            "startlanguage",
            "seed",
            "G1Q1. Funktion",
            "G1Q2. Wie passend war das Training für Sie?",
        ]
    ]
    rows += [
        [str(i), "" if i == 1 else "2026-02-01 10:00:00", "3", "de", f"99{i}", f"A{i % 2}", text]
        for i, text in enumerate(TEXTS)
    ]
    content = table(rows, ";", "utf-8-sig", csv.QUOTE_ALL)
    return Export(
        "lime.csv",
        content,
        "limesurvey",
        {"encoding": "utf-8 with BOM", "separator": "semicolon"},
        1,
        "id",
        "G1Q1. Funktion",
        ("G1Q2. Wie passend war das Training für Sie?",),
        5,
        {"unfinished": 1},
    )


def moodle() -> Export:
    """Return anonymous feedback with HTML entities."""
    rows = [["Antwort Nr.", "(Rolle) Ihre Rolle", "(F2) Was sollten wir ändern?"]]
    rows += [
        [f"Antwort Nr. {i}", ROLES[i], f"{text} &amp; &quot;so&quot;"]
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "moodle.csv",
        table(rows),
        "moodle-feedback",
        {"separator": "comma"},
        1,
        "Antwort Nr.",
        "(Rolle) Ihre Rolle",
        ("(F2) Was sollten wir ändern?",),
    )


def ilias() -> Export:
    """Return an anonymous survey with a second row of labels, in Latin-1."""
    rows = [
        ["Benutzername", "Bearbeitungszeit", "Funktion", "Was hat nicht gepasst?", "Note"],
        ["", "", "funk", "misfit", "note"],
    ]
    rows += [
        ["Anonym", f"12{i}", ROLES[i], text.replace("\n", " "), str(i % 4 + 1)]
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "ilias.csv",
        table(rows, ";", "latin-1", csv.QUOTE_ALL),
        "ilias",
        {"encoding": "cp1252", "separator": "semicolon"},
        2,
        None,
        "Funktion",
        ("Was hat nicht gepasst?",),
        ratings=("Note",),
    )


def surveymonkey() -> Export:
    """Return two heading rows, one-hot columns and a line break in a question."""
    meta = [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "End Date",
        "IP Address",
        "Email Address",
        "First Name",
        "Last Name",
        "Custom Data 1",
    ]
    rows = [
        [*meta, "What is your role?", "Tell us,\nwhat did you like?", "Which topics?", ""],
        [""] * 9 + ["Response", "Open-Ended Response", "Safety", "Quality"],
    ]
    rows += [
        [
            f"11870{i}44556",
            "881",
            "01/02/2026 10:00:00 AM",
            "01/02/2026 10:05:00 AM",
            "",
            "",
            "",
            "",
            "",
            ROLES[i],
            text,
            "Safety" if i % 2 else "",
            "Quality",
        ]
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "monkey.csv",
        table(rows),
        "surveymonkey",
        {"separator": "comma"},
        2,
        "Respondent ID",
        "What is your role?",
        ("Tell us, what did you like?",),
    )


def qualtrics(encoding: str = "utf-8", delimiter: str = ",") -> Export:
    """Return three heading rows with a preview and an unfinished row."""
    names = [
        "StartDate",
        "EndDate",
        "Status",
        "Progress",
        "Finished",
        "RecordedDate",
        "ResponseId",
        "Q2",
        "Q5",
    ]
    asked = [
        "Start Date",
        "End Date",
        "Response Type",
        "Progress",
        "Finished",
        "Recorded Date",
        "Response ID",
        "Welche Rolle haben Sie?",
        "Was hat nicht gepasst?",
    ]
    ids = [json.dumps({"ImportId": name}) for name in names]
    rows = [names, asked, ids]
    for i, text in enumerate(TEXTS):
        status = "Survey Preview" if i == 3 else "IP Address"
        rows.append(
            [
                "2026-01-01 10:00:00",
                "2026-01-01 10:05:00",
                status,
                "100",
                str(i != 2),
                "2026-01-01 10:05:01",
                f"R_{i}aB",
                ROLES[i],
                text,
            ]
        )
    separator = {",": "comma", "\t": "tab"}[delimiter]
    return Export(
        "qualtrics.csv" if delimiter == "," else "qualtrics.tsv",
        table(rows, delimiter, encoding),
        "qualtrics",
        {"encoding": encoding, "separator": separator},
        3,
        "ResponseId",
        "Q2",
        ("Q5",),
        4,
        {"preview": 1, "unfinished": 1},
    )


def qualtrics_tsv() -> Export:
    """Return the same as UTF-16 with tabs."""
    return qualtrics("utf-16", "\t")


def efs() -> Export:
    """Return variable names, missing codes and an interrupted interview."""
    rows = [
        ["lfdn", "external_lfdn", "tester", "dispcode", "lastpage", "duration", "c_0001", "v_12"]
    ]
    rows += [
        [
            str(i),
            "0",
            "0",
            "22" if i == 5 else "31",
            "77",
            "210",
            ROLES[i],
            "-99" if i == 3 else text,
        ]
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "efs.csv",
        table(rows, ";"),
        "efs",
        {"separator": "semicolon"},
        1,
        "lfdn",
        "c_0001",
        ("v_12",),
        5,
        {"unfinished": 1},
    )


def lms_report() -> Export:
    """Return titles above the heading, a decimal comma and a total below."""
    rows = [
        ["Bericht: Kursfeedback Q3", "", "", ""],
        ["Zeitraum", "01.07. bis 30.09.", "", ""],
        ["", "", "", ""],
        ["Personalnummer", "Abteilung", "Bewertung", "Kommentar"],
    ]
    rows += [[f"10{i}55", ROLES[i], f"{i % 5},5", text] for i, text in enumerate(TEXTS)]
    rows += [["", "", "", ""], ["Gesamt: 6", "", "2,1", ""]]
    return Export(
        "lms.csv",
        table(rows, ";"),
        "generic",
        {"separator": "semicolon"},
        1,
        "Personalnummer",
        "Abteilung",
        ("Kommentar",),
        dropped={"total": 1},
        ratings=("Bewertung",),
    )


def long_table() -> Export:
    """Return one row per answer."""
    asked = ["What did you like?", "What should we improve?"]
    rows = [["user_id", "department", "question", "answer"]]
    rows += [[f"u{i // 2}", ROLES[i], asked[i % 2], text] for i, text in enumerate(TEXTS)]
    return Export(
        "long.csv",
        table(rows),
        "generic",
        {"separator": "comma"},
        1,
        "user_id",
        "department",
        ("answer",),
        question="question",
    )


def xapi() -> Export:
    """Return JSON Lines of statements."""
    lines = [
        json.dumps(
            {
                "id": f"st-{i}",
                "actor": {"account": {"name": f"p{i}"}},
                "verb": {"id": "answered"},
                "object": {"id": "o", "definition": {"name": {"de": "Was hat gefehlt?"}}},
                "result": {"response": text},
                "context": {"extensions": {"https://lrs.example/role": ROLES[i]}},
            },
            ensure_ascii=False,
        )
        for i, text in enumerate(TEXTS)
    ]
    return Export(
        "xapi.jsonl",
        "\n".join(lines).encode(),
        "xapi",
        {"format": "jsonl"},
        1,
        "actor.account.name",
        "context.extensions.https://lrs.example/role",
        ("result.response",),
        question="object.definition.name.de",
    )


def separator_line() -> Export:
    """Return Excel's first line that names the separator."""
    rows = [["Rolle", "Kommentar"], *zip(ROLES, TEXTS, strict=True)]
    return Export(
        "sep.csv",
        b"sep=|\r\n" + table(rows, "|"),
        "generic",
        {"separator": "pipe"},
        1,
        None,
        "Rolle",
        ("Kommentar",),
    )


def unicode_text() -> Export:
    """Return Excel's "Unicode Text": UTF-16 with tabs."""
    rows = [["Rolle", "Kommentar"], *zip(ROLES, TEXTS, strict=True)]
    return Export(
        "unicode.txt",
        table(rows, "\t", "utf-16"),
        "generic",
        {"encoding": "utf-16", "separator": "tab"},
        1,
        None,
        "Rolle",
        ("Kommentar",),
    )


def bare_lines() -> Export:
    """Return a text file with one answer a line and no heading."""
    lines = [text.replace("\n", " ") for text in TEXTS]
    return Export(
        "lines.txt",
        "\n".join(lines).encode(),
        "generic",
        {"separator": "none, one column"},
        0,
        None,
        None,
        ("text",),
    )


EXPORTS: list[Callable[[], Export]] = [
    microsoft_forms_xlsx,
    microsoft_forms_german_csv,
    google_forms,
    limesurvey,
    moodle,
    ilias,
    surveymonkey,
    qualtrics,
    qualtrics_tsv,
    efs,
    lms_report,
    long_table,
    xapi,
    separator_line,
    unicode_text,
    bare_lines,
]


def write(export: Export, folder: Path) -> Path:
    """Write the file and return its path."""
    path = folder / export.name
    path.write_bytes(export.content)
    return path
