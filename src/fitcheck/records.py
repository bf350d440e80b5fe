"""The words of the domain as types: answers, predictions, annotations. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Label = Literal["fit", "not_fit", "no_signal"]
LABELS: tuple[Label, ...] = ("fit", "not_fit", "no_signal")
"""Every label, in the order in which people read them."""

QuestionKind = Literal[
    "fit", "misfit", "liked", "disliked", "improve", "learned", "transfer", "open"
]
QUESTION_KINDS: tuple[QuestionKind, ...] = (
    "fit",
    "misfit",
    "liked",
    "disliked",
    "improve",
    "learned",
    "transfer",
    "open",
)
"""What a question asks for; ``open`` where its wording does not say."""

Polarity = Literal["positive", "negative", "wish", "neutral"]
POLARITIES: tuple[Polarity, ...] = ("positive", "negative", "wish", "neutral")

Source = Literal["llm", "baseline", "rule", "human"]

Language = Literal["de", "en"]
"""What people read."""

UNASSIGNED = "unassigned"
"""The group of everybody whose persona is empty or unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One free text by one respondent to one question; the unit of classification.

    Examples
    --------
    >>> Answer("nichts", question="Was hat nicht gepasst?").text
    'nichts'
    """

    text: str
    """The answer as written."""
    question: str = ""
    """The wording of the question; ``nichts`` means different things under different ones."""
    kind: QuestionKind | None = None
    """What the question asks for; None lets the codebook decide from the wording."""
    id: str | None = None
    """The respondent: all answers of one person share it."""
    persona: str = UNASSIGNED
    """The respondent's group."""
    row: int | None = None
    """The sheet row as Excel shows it."""
    column: str | None = None
    """The column the text came from."""

    @property
    def respondent(self) -> str:
        """Who wrote it, as far as that is known: else each row is somebody of its own."""
        return self.id or f"row {self.row}"

    @property
    def has_id(self) -> bool:
        """Whether the id names somebody; a sheet row names nobody in another file."""
        return self.id not in (None, "", str(self.row), f"row {self.row}")

    @property
    def asks_for_fit(self) -> bool:
        """Whether the question asks how fitting it was, so that this answer decides."""
        return self.kind in ("fit", "misfit")


@dataclass(frozen=True, slots=True)
class ThemeHit:
    """One theme found in an answer."""

    theme: str
    """The id of an entry of the codebook."""
    polarity: Polarity
    """How the writer speaks of it."""
    quote: str = ""
    """The verbatim part of the answer that speaks of it; empty where it was not located."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A machine's coding of one answer. A failure has no label; it is never guessed."""

    label: Label | None
    """The label, or None where `failure` says why there is none."""
    probabilities: Mapping[Label, float] | None = None
    """Calibrated probability of each label in [0, 1], summing to 1; None if unknown. What is read
    back from an answers table has that of ``not_fit`` alone."""
    themes: tuple[ThemeHit, ...] = ()
    """The themes, most certain first."""
    quote: str = ""
    """The verbatim part of the answer that carried the label."""
    span: tuple[int, int] | None = None
    """Where `quote` stands: ``answer.text[start:end] == quote``."""
    flags: tuple[str, ...] = ()
    """Remarks such as ``mixed`` or ``truncated``."""
    source: Source = "baseline"
    """Who decided."""
    failure: str = ""
    """Why there is no label; empty where there is one."""
    evidence: Mapping[Label, float] | None = None
    """What a language model's calls say of each label, in [0, 1], and not calibrated: its share of
    the votes, or the model's own probability of it. No probability that the label is right."""

    @property
    def p_not_fit(self) -> float | None:
        """Calibrated probability that the answer is not_fit, in [0, 1]; None if unknown."""
        return None if self.probabilities is None else self.probabilities.get("not_fit", 0.0)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A person's coding of one answer."""

    answer_id: str
    """The answer's id."""
    label: Label
    """The label the coder chose."""
    coder: str = ""
    """Who coded it."""
    themes: tuple[ThemeHit, ...] = ()
    """The themes the coder saw."""
    quote: str = ""
    """The words that decided."""
    flags: tuple[str, ...] = ()
    """The coder's remarks, such as ``unsure``."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for people, as a template with its fields, so that it can be translated.

    Examples
    --------
    >>> str(Message("{n} rows", {"n": 3}))
    '3 rows'
    """

    template: str
    """The English sentence with ``{names}``."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The values of the names."""
    warning: bool = False
    """True where the reader should check something."""

    def __str__(self) -> str:
        return self.render()

    def render(self, catalog: Mapping[str, str] | None = None) -> str:
        """Return the sentence, translated where `catalog` knows the template.

        A field that is a message itself is translated too.
        """
        fields = {
            name: value.render(catalog) if isinstance(value, Message) else value
            for name, value in self.fields.items()
        }
        return (catalog or {}).get(self.template, self.template).format(**fields)


@runtime_checkable
class Classifier(Protocol):
    """Whatever labels answers."""

    def annotate(self, X: Sequence[Answer | str]) -> list[Prediction]:
        """Return one prediction per answer, in order; a bad answer never raises."""


@runtime_checkable
class Encoder(Protocol):
    """Whatever turns sentences into vectors."""

    @property
    def id(self) -> str:
        """Name and version; written into every output."""

    @property
    def n_dimensions(self) -> int:
        """Length of a vector."""

    @property
    def redactor(self) -> Any:
        """What replaces names and numbers, where texts leave the machine; else None."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Return a float32 array of shape (n_texts, n_dimensions)."""
