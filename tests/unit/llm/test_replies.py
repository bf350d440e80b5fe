"""A reply is believed as far as it can be checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitcheck.llm.replies import find_quote, read_reply
from fitcheck.records import LABELS

FIELDS = ("quote", "label", "themes")
THEMES = ("job_relevance", "duration_pace")
TEXTS = ("Für mich „zu leicht“, kannte ich", "Zu viel Stoff")


def entry(number: object = 1, **changes: object) -> dict[str, Any]:
    """Return a right entry, changed."""
    right = {"id": number, "quote": "kannte ich", "label": "not_fit", "themes": []}
    return right | changes


def reading(*entries: dict[str, Any], texts: tuple[str, ...] = TEXTS[:1]) -> Any:
    """Return how a reply with these entries reads."""
    return read_reply(json.dumps({"answers": entries}), texts, FIELDS, THEMES)


def test_a_right_reply() -> None:
    """Label, quote and themes are taken over."""
    found = reading(entry(themes=["job_relevance:negative"])).codings[1]
    assert (found.label, found.quote, found.flags) == ("not_fit", "kannte ich", ())
    assert [(hit.theme, hit.polarity) for hit in found.themes] == [("job_relevance", "negative")]


@pytest.mark.parametrize(
    "changes",
    [
        {"label": " Not-Fit "},
        {"label": "NOT FIT"},
        {"id": "1"},
        {"quote": "Kannte  ich."},
        {"quote": 'Für mich "zu leicht"'},
        {"themes": ["Job Relevance : Negative"]},
        {"themes": [{"theme": "job_relevance", "polarity": "wish"}]},
        {"themes": None},
        {"extra": 1},
    ],
)
def test_harmless_variants_are_accepted(changes: dict[str, Any]) -> None:
    """Case, spacing, quotation marks and numbers as text change nothing."""
    assert reading(entry(**changes)).codings[1].label == "not_fit"


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(2)],
        [entry(0)],
        [entry(), entry(2)],
        [{"id": 1, "label": "fit", "themes": []}],
        [entry(True)],
        [entry("1e9")],
        [entry(label="rather_fit")],
        [entry(label=None)],
        [entry(label=["fit"])],
        [entry(), entry(label="fit")],
    ],
)
def test_what_is_no_answer_is_a_fault(entries: list[dict[str, Any]]) -> None:
    """Left out, unknown, doubled with a difference, or labelled as nothing known."""
    found = reading(*entries)
    assert not found.codings
    assert set(found.faults) == {1}


def test_an_entry_said_twice_counts_once() -> None:
    """The same entry again is no contradiction."""
    assert reading(entry(), entry()).codings[1].label == "not_fit"


@pytest.mark.parametrize(
    ("changes", "flag", "label"),
    [
        ({"quote": "das hat niemand geschrieben"}, "quote_dropped", "not_fit"),
        ({"quote": None}, "no_quote", "no_signal"),
        ({"quote": "  "}, "no_quote", "no_signal"),
        ({"themes": ["weather:negative"]}, "theme_dropped", "not_fit"),
        ({"themes": ["job_relevance:bad"]}, "theme_dropped", "not_fit"),
        ({"themes": "job_relevance:negative"}, "theme_dropped", "not_fit"),
    ],
)
def test_parts_that_cannot_be_checked_are_doubtful(
    changes: dict[str, Any], flag: str, label: str
) -> None:
    """They are worth asking again; a label without words of the writer is no signal."""
    found = reading(entry(**changes))
    assert not found.codings
    assert not found.faults
    assert (found.doubtful[1].label, found.doubtful[1].flags) == (label, (flag,))
    assert flag in found.complaints[1]


@pytest.mark.parametrize(
    ("text", "quote", "is_enough"),
    [
        ("Das passt zu mir", "a", False),
        ("Das passt zu mir", "s p", False),
        ("Note 1 für den Kurs", "1", False),
        ("Das passt 👍", "👍", False),
        ("Das passt zu mir", "zu", True),
        ("ja", "ja", True),
        ("y", "y", True),
        ("👍", "👍", True),
        ("👍👍!", "👍", True),
        ("10/10", "10", True),
        ("太难了", "难", True),
        ("좋다", "좋", True),
        ("ดี มาก", "ดี", True),
    ],
)
def test_a_quote_holds_a_word(text: str, quote: str, is_enough: bool) -> None:
    """A letter stands somewhere in every text and shows nothing; an answer without words may."""
    found = reading(entry(quote=quote), texts=(text,))
    assert [c.quote for c in found.codings.values()] == ([quote] if is_enough else [])
    assert [c.flags for c in found.doubtful.values()] == ([] if is_enough else [("quote_dropped",)])


def test_no_signal_needs_no_quote() -> None:
    """Whatever is quoted for it, it has none."""
    assert reading(entry(label="no_signal", quote="kannte ich")).codings[1].quote == ""


@pytest.mark.parametrize(
    "frame",
    [
        '<think>Format is {"answers":[{"id":1,"label":"fit","quote":"zu leicht"}]} [1]</think>{}',
        "{}",
        "Sure! ```json\n{}\n```",
        "<think>hm</think>\n{}\nHope that helps {{",
        "\ufeff{}",
    ],
)
def test_prose_around_the_json_is_passed_over(frame: str) -> None:
    """The last JSON value with entries counts; drafts before it do not."""
    reply = frame.replace("{}", json.dumps({"answers": [entry()]})).replace("{{", "{")
    assert read_reply(reply, TEXTS[:1], FIELDS, THEMES).codings[1].label == "not_fit"


def test_one_bad_entry_does_not_touch_the_others() -> None:
    """Each answer is read for itself."""
    found = reading(entry(1, label="?"), entry(2, quote="zu viel stoff", label="fit"), texts=TEXTS)
    assert set(found.faults) == {1}
    assert found.codings[2].quote == "Zu viel Stoff"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "label", "x"]), inner),
    max_leaves=20,
)


@given(st.text() | JSON.map(json.dumps) | st.fixed_dictionaries({"answers": JSON}).map(json.dumps))
def test_no_reply_raises(reply: str) -> None:
    """Whatever a model writes, every answer is coded, doubtful or a fault, and only one of them."""
    found = read_reply(reply, TEXTS, FIELDS, THEMES)
    numbers = [*found.codings, *found.doubtful, *found.faults]
    assert sorted(numbers) == [1, 2]
    assert {coding.label for coding in found.codings.values()} <= set(LABELS)


@given(st.text(min_size=1), st.data())
def test_a_quote_is_a_part_of_the_text(text: str, data: st.DataObject) -> None:
    """What is found stands in the text, and a verbatim part is always found."""
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert find_quote(part, text) == part
    assert find_quote(data.draw(st.text()), text) in text


def test_an_entry_that_contradicts_itself() -> None:
    """A label named twice is none."""
    reply = (
        '{"answers":[{"id":1,"quote":"kannte ich","label":"fit","label":"not_fit","themes":[]}]}'
    )
    assert read_reply(reply, TEXTS[:1], FIELDS, THEMES).faults
