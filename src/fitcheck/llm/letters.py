"""Asks for a label as one letter, and reads the log-probabilities that the server gives of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from fitcheck.llm.base import ChatReply, ChatRequest
from fitcheck.llm.batching import Batch, Renderer
from fitcheck.llm.replies import Coding, Reading
from fitcheck.records import LABELS, Label

_LETTERS: Mapping[str, Label] = dict(zip("ABC", LABELS, strict=True))
_WRITTEN = re.compile(r"(?<!\w)[ABC](?!\w)")
_AROUND = " \t\r\n*_`'\"().:▁Ġ"
"""What may stand around the letter in its token."""
_N_LIKELY = 5
"""Some servers give no more; a letter that is not among so many has next to no probability."""
_MIN_MASS = 0.5
"""Below, the model did not mean to write a letter, and what is left of them says nothing."""
_MAX_TOKENS = 8


class LetterRenderer(Renderer):
    """Turns single answers into requests for a letter; its log-probabilities are the evidence.

    With a JSON schema some servers give log-probabilities from before the schema is applied, so
    none is demanded.
    """

    def request(self, batch: Batch, room: int = 1) -> ChatRequest:
        """Return the request for the first answer of the batch; there is only one."""
        data = self.prompt.data_text([item.shown() for item in batch.items])
        if batch.complaints:
            data += "\nYour last reply was wrong: reply with one letter, A, B or C"
        return ChatRequest(
            messages=(("system", self.prompt.system_text(self.codebook)), ("user", data)),
            max_tokens=room * _MAX_TOKENS,
            schema={},
            temperature=self.settings.temperature,
            seed=self.settings.seed + batch.asked,
            top_logprobs=_N_LIKELY,
        )

    def read(self, batch: Batch, reply: ChatReply) -> Reading:  # noqa: ARG002
        """Return the letter as a label, with the model's probability of each."""
        return read_letter(reply)


def read_letter(reply: ChatReply) -> Reading:
    """Return the label whose letter was written, and the probability of each label.

    Examples
    --------
    >>> likely = [("B", math.log(0.6)), ("A", math.log(0.2)), ("The", math.log(0.1))]
    >>> coding = read_letter(ChatReply("B", token_logprobs=[("B", likely)])).codings[1]
    >>> coding.label, {label: round(p, 2) for label, p in coding.evidence.items()}
    ('not_fit', {'fit': 0.25, 'not_fit': 0.75, 'no_signal': 0.0})
    """
    text = reply.text.rpartition("</think>")[2].strip()
    found = _WRITTEN.search(text)
    if found is None:
        return Reading(faults={1: "no letter"})
    # What a model thought before it wrote the text may stand among the tokens too.
    start = "".join(token for token, _ in reply.token_logprobs).rfind(text)
    masses = _masses(_likely_at(reply, start + found.start()) if start >= 0 else ())
    total = sum(masses.values())
    evidence = {k: m / total for k, m in masses.items()} if total >= _MIN_MASS else None
    return Reading({1: Coding(_LETTERS[found[0]], evidence=evidence)})


def _likely_at(reply: ChatReply, place: int) -> Iterable[tuple[str, float]]:
    """Return what may have been written where the letter stands, if it is a token of its own."""
    for token, likely in reply.token_logprobs:
        if place < len(token):
            return likely if token.strip(_AROUND) in _LETTERS else ()
        place -= len(token)
    return ()


def _masses(likely: Iterable[tuple[str, float]]) -> dict[Label, float]:
    masses: dict[Label, float] = dict.fromkeys(LABELS, 0.0)
    for token, logprob in likely:
        label = _LETTERS.get(token.strip(_AROUND))
        if label is not None and logprob <= 0:  # False for what is no number
            masses[label] += math.exp(logprob)
    return masses
