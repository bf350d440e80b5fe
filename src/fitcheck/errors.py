"""The error tree. Every message is two sentences: what was found, what to type next.

FitcheckError
├ ConfigError            a missing component, a bad setting
├ DataError              .path .column .rows: something about the user's file
│  └ CodebookError       a codebook, personas or hypotheses file, or a label or theme outside it
├ LLMError               the language model's server: key, quota, caps, nobody answers
├ PredictionError        .indices: answers without a label where one was demanded
└ GateError              .missed: a claim that was demanded does not hold

Messages are templates plus fields, so that the command line can print them in another
language. They name rows and columns and never show an answer's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fitcheck.records import Message


def as_typed(path: object) -> str:
    """Return a path as it is typed in a command: in quotation marks if it has blanks."""
    return f'"{path}"' if " " in str(path) else str(path)


class FitcheckError(Exception):
    """Base of every error that fitcheck raises on purpose.

    Parameters
    ----------
    found : str
        Template of the first sentence: what was found.
    hint : str
        Template of the second sentence: what to type next.
    **fields
        Values for the templates' ``{names}``; each is also an attribute.

    Examples
    --------
    >>> str(FitcheckError("{path} is empty.", "Export it again.", path="a.csv"))
    'a.csv is empty. Export it again.'
    """

    def __init__(self, found: str, hint: str, /, **fields: Any) -> None:
        self.found = found
        self.hint = hint
        self.fields = fields
        super().__init__(self.render())

    def render(self, catalog: Mapping[str, str] | None = None) -> str:
        """Return both sentences, translated where `catalog` knows the template.

        A field that is a message itself is translated too.
        """
        return " ".join(Message(t, self.fields).render(catalog) for t in (self.found, self.hint))


class ConfigError(FitcheckError):
    """A component is missing or a setting is wrong."""


class DataError(FitcheckError):
    """Something about the user's data: a file, a sheet, a row, a column."""

    @property
    def path(self) -> str | None:
        """The file, where one is meant."""
        return self.fields.get("path")

    @property
    def column(self) -> str | None:
        """The column, where one is meant."""
        return self.fields.get("column")

    @property
    def rows(self) -> Sequence[int]:
        """The rows, numbered as Excel shows them."""
        found = self.fields.get("rows", self.fields.get("row", ()))
        return (found,) if isinstance(found, int) else found


class CodebookError(DataError):
    """A codebook, personas or hypotheses file breaks its rules, or a label is none of ours."""


class LLMError(FitcheckError):
    """The run with a language model cannot go on; replies so far are kept."""


class PredictionError(FitcheckError):
    """`predict` was asked for labels but some answers have none.

    `annotate` never raises this: there a failure is a prediction without a label.
    """

    @property
    def indices(self) -> Sequence[int]:
        """Positions in the input of the answers without a label."""
        indices: Sequence[int] = self.fields.get("indices", ())
        return indices


class GateError(FitcheckError):
    """A claim that was demanded does not hold; the command line exits with 3."""
