"""The columns of the tidy tables of a report, of which docs/reports.md makes its dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "yes/no"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; its name never changes within a major version."""

    name: str
    kind: Kind
    meaning: str


ANSWERS = (
    Column("row", "integer", "row of the survey export, as Excel shows it; in a report empty"),
    Column("id", "text", "respondent; in a report a number that stands for one"),
    Column("persona", "text", "group of the respondent; `unassigned` without one"),
    Column("question", "text", "wording of the question"),
    Column("text", "text", "the answer; in a report redacted"),
    Column("label", "text", "`fit`, `not_fit`, `no_signal`; empty where `failure` says why"),
    Column("p_not_fit", "number", "calibrated probability of not_fit, 0 to 1; empty if unknown"),
    Column("themes", "text", "`theme:polarity`, joined by `;`"),
    Column("quote", "text", "the words that carried the label"),
    Column("flags", "text", "remarks on the answer, joined by `;`"),
    Column("source", "text", "who decided: `llm`, `baseline`, `rule`"),
    Column("failure", "text", "why there is no label"),
)
PERSONA_RATES = (
    Column("persona", "text", "group; four rows each, by target and denominator"),
    Column("target", "text", "`process`: what to expect of it; `received`: these respondents"),
    Column(
        "denominator", "text", "`signal`: of those who speak of fit; `all`: of all who answered"
    ),
    Column("headline", "yes/no", "whether the verdict is on this row"),
    Column("respondents", "integer", "those with an answer"),
    Column("labelled", "integer", "of these, labelled by people"),
    Column("unclear", "integer", "passed over while labelling; count against both bounds"),
    Column("rate", "number", "share of not_fit, 0 to 1; empty where there is none to show"),
    Column("lower", "number", "lower bound of the rate, holds with `confidence_level`"),
    Column("upper", "number", "upper bound of the rate, holds with `confidence_level`"),
    Column("p_met", "number", "smallest error probability at which it is under the limit"),
    Column("method", "text", "how bounds were made: `smb`, `exact`, `clopper-pearson`, `counted`"),
    Column("confidence_level", "number", "of each bound alone"),
    Column("limit", "number", "the rate that must not be reached"),
    Column("seed", "integer", "of the lot"),
    Column("verdict", "text", "`met`, `not_met`, `undecided`; of the headline alone"),
    Column("p_met_picked", "number", "`p_met` if the persona is picked out of all (Holm)"),
    Column("withheld", "text", "why there is no verdict"),
    Column("needs", "text", "what would decide it: `labels`, `respondents`, `too_close`"),
    Column("needs_n", "integer", "how many more, about"),
)
THEME_COUNTS = (
    Column("persona", "text", "group; those under ten respondents are not in the table"),
    Column("theme", "text", "id in the codebook"),
    Column("polarity", "text", "`positive`, `negative`, `wish`, `neutral`"),
    Column("respondents", "integer", "those who speak of it so, each counted once"),
    Column("answers", "integer", "their answers that do"),
    Column("share", "number", "`respondents` of the persona's respondents, 0 to 1"),
    Column("persona_dimensions", "text", "what of the persona it concerns, joined by `;`"),
)
TABLES = {"answers": ANSWERS, "persona_rates": PERSONA_RATES, "theme_counts": THEME_COUNTS}
"""The tidy tables by name."""


def names(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the names of columns, in their order."""
    return tuple(column.name for column in columns)


def data_dictionary() -> str:
    """Return the tables' columns as Markdown."""
    lines = ["| table | column | type | meaning |", "| --- | --- | --- | --- |"]
    for table, columns in TABLES.items():
        lines += [f"| `{table}` | `{c.name}` | {c.kind} | {c.meaning} |" for c in columns]
    return "\n".join(lines)
