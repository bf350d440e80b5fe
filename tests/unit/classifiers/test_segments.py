"""Where answers are divided into sentences and clauses, and where not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.classifiers.segments import split_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("Gut. Aber zu lang!", ["Gut.", "Aber zu lang!"]),
        ('"Gut!" Mehr davon.', ['"Gut!', "Mehr davon."]),
        ("Gut.Mehr", ["Gut.Mehr"]),
        ("ca. 12 Übungen. Gut", ["ca. 12 Übungen.", "Gut"]),
        ("Die Übungen usw. waren gut", ["Die Übungen usw. waren gut"]),
        ("Raum 12. Stock war kalt", ["Raum 12. Stock war kalt"]),
        ("Raum 123. Kalt", ["Raum 123.", "Kalt"]),
        ("Übungen bzw.\nInhalte", ["Übungen bzw.", "Inhalte"]),
        ("eins \n\n zwei\r\ndrei", ["eins", "zwei", "drei"]),
        ("gut - zu lang – Raum kalt", ["gut", "zu lang", "Raum kalt"]),
        ("On-the-job, 2-3 Tage", ["On-the-job, 2-3 Tage"]),
        ("- Übungen\n- Pausen", ["Übungen", "Pausen"]),
        ("?! ... !", ["?! ... !"]),
        (
            "Der Trainer war gut, aber es passt nicht",
            ["Der Trainer war gut", "aber es passt nicht"],
        ),
        ("Trainer gut  ABER nicht für uns", ["Trainer gut", "ABER nicht für uns"]),
        ("gut, aber es passt nicht zu uns", ["gut, aber es passt nicht zu uns"]),
        ("Der Trainer war gut aber lang", ["Der Trainer war gut", "aber lang"]),
        ("Der Trainer war gut aber zu", ["Der Trainer war gut aber zu"]),
        ("Der Trainer war gut,aber lang", ["Der Trainer war gut,aber lang"]),
        ("Ich aberkenne das niemandem gern", ["Ich aberkenne das niemandem gern"]),
    ],
)
def test_where_answers_are_divided(text: str, segments: list[str]) -> None:
    """At marks with a blank, lines, dashes between blanks, and words of contrast."""
    assert [segment.text for segment in split_segments(text)] == segments


RULE = re.compile(r"(?<=[.!?…;])[\"'”»)\]]*\s+|\s*\n+\s*|\s+[-–—•*+/]\s+")
_OUTER = re.compile(r"^[\s\-–—•*+,]+|[\s,]+$")
PIECES = [*".!?…;\"'”)] -–*,\n\t\x1c\u00a0äQ_", "wort ", "Übung"]


def divided_by(rule: re.Pattern[str], text: str) -> list[str]:
    """Return what stands between matches, if there is a letter in it."""
    found, start = [], 0
    for match in rule.finditer(text):
        if any(map(str.isalnum, text[start : match.start()])):
            found.append(text[start : match.start()])
            start = match.end()
    trimmed = (_OUTER.sub("", piece) for piece in (*found, text[start:]))
    return [piece for piece in trimmed if piece] or [text]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_sentences_end_where_the_rule_says(text: str) -> None:
    """The pattern that is searched fast finds what the simple one does."""
    assert [segment.text for segment in split_segments(text)] == divided_by(RULE, text)
