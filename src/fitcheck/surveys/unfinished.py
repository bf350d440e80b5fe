"""Which rows are no finished interviews, by the columns of each survey tool that tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How a tool marks what is no finished interview."""

    columns: re.Pattern[str]
    """Folded headings of the columns that tell."""
    reason: Callable[[Cells], str]
    """Why a row is no finished interview, by those columns; empty if it is one."""


_NO = {"0", "false", "falsch", "nein", "no"}
_PREVIEW = {"survey preview", "preview", "umfragevorschau", "vorschau", "1"}
_SPAM = {"spam", "8"}


def _qualtrics(cells: Cells) -> str:
    status = cells.get("status", cells.get("response type", "")).strip().casefold()
    if status in _PREVIEW:
        return "preview"
    if status in _SPAM:
        return "spam"
    finished = cells.get("finished", cells.get("abgeschlossen", "")).strip().casefold()
    return "unfinished" if finished in _NO else ""


def _limesurvey(cells: Cells) -> str:
    for value in cells.values():
        return "" if value.strip().casefold() not in ("", "n/a") else "unfinished"
    return ""


def _efs(cells: Cells) -> str:
    if cells.get("tester", "").strip() == "1":
        return "preview"
    code = re.search(r"\d+", cells.get("dispcode", ""))  # "31", or "Completed (31)"
    return "" if code is None or code.group() in ("31", "32") else "unfinished"


def _sosci(cells: Cells) -> str:
    if cells.get("mode", "").strip().casefold() in ("pretest", "debug", "admin"):
        return "preview"
    return "unfinished" if cells.get("finished", "").strip().casefold() in _NO else ""


def _ilias(cells: Cells) -> str:
    for value in cells.values():
        return "unfinished" if value.strip() in ("-", "0", "") else ""
    return ""


def _xapi(cells: Cells) -> str:
    return "" if cells.get("result.response", "").strip() else "no answer"


def _generic(cells: Cells) -> str:
    """Return why a row is no finished interview, by a column such as ``Status``."""
    for value in cells.values():
        if value and _UNFINISHED.fullmatch(value.strip().casefold()):
            return "unfinished"
    return ""


_UNFINISHED = re.compile(
    r"incomplete|unanswered|partial(ly)?( complete)?|in progress|started|not (completed|finished)"
    r"|abandoned|abgebrochen|unvollständig|nicht (beendet|abgeschlossen)|unterbrochen|begonnen"
    r"|teilweise"
)


def _never(_: Cells) -> str:
    return ""


NEVER = Unfinished(re.compile(r"(?!)"), _never)
QUALTRICS = Unfinished(re.compile(r"status|response type|finished|abgeschlossen"), _qualtrics)
LIMESURVEY = Unfinished(
    re.compile(r"(submitdate\.? ?)?(submitdate|date submitted|datum abgeschickt)"), _limesurvey
)
EFS = Unfinished(re.compile(r"tester|dispcode"), _efs)
SOSCI = Unfinished(re.compile(r"mode|finished"), _sosci)
ILIAS = Unfinished(re.compile(r".*(beendet|finished|fertiggestellt|abgeschlossen).*"), _ilias)
XAPI = Unfinished(re.compile(r"result\.response"), _xapi)
GENERIC = Unfinished(
    re.compile(r"((response|respondent|survey|antwort|teilnahme)[ -]?)?status|state"), _generic
)
