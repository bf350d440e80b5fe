"""Whatever stands around it, what identifies people is gone, and every text can be restored."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fitcheck.privacy.found import KINDS
from fitcheck.privacy.redact import Redactor

NAMES = ["Annegret Weißmüller", "Jens-Ole Åkerström", "Li Wu", "Person"]
REDACTOR = Redactor(NAMES)

german = (
    "die Übungen waren gut, aber Frau Dr. zu Herr schnell! Fr. Ticket Tel. 12 % und 2024 (S. 3)"
)
english = "the pace was fine: Mr too fast? ticket no. 3 at 9:30 a.m. / call - we 1,000 'liked' it"
around = st.lists(st.sampled_from([*german.split(), *english.split()]), max_size=12).map(" ".join)
tricky = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *german.split(),
                *NAMES,
                *(f"[{kind} 1]" for kind in KINDS),
                "[",
                "]",
                "[Person ",
                "a@b.de",
                "@",
                ".de",
                "://",
                "www.",
                "+49",
                "0171",
                "DE12",
                "#",
                "Weber",
                " und ",
                "＠",
                "\n",
                "@max.muster",
                "s",
                "-",
                ".",
            ]
        ),
        st.text("0123456789 .-/()", max_size=8),
        st.text(max_size=3),
    ),
    max_size=14,
)
strings = st.one_of(
    st.text(), tricky.map("".join), tricky.map(" ".join), st.text(st.characters(codec=None))
)


def numbers(min_size: int, max_size: int) -> st.SearchStrategy[str]:
    """Return strings of digits."""
    return st.text("0123456789", min_size=min_size, max_size=max_size)


@st.composite
def e_mails(draw: st.DrawFn) -> str:
    """Return addresses of letters, digits and dots."""
    label = st.text("abcdefghxyzäöü0123456789", min_size=1, max_size=8)
    local = ".".join(draw(st.lists(label, min_size=1, max_size=3)))
    return f"{local}@{draw(label)}.{draw(st.sampled_from(['de', 'com', 'museum', 'co.uk']))}"


@st.composite
def phones(draw: st.DrawFn) -> str:
    """Return numbers as people write them in Germany, Austria and Switzerland."""
    country = draw(st.sampled_from(["+49 ", "+49", "0049 ", "+43 ", "+41 (0)", "0", "(0"]))
    area = draw(st.sampled_from(["171", "89", "6221", "44"]))
    gap = draw(st.sampled_from([" ", "-", "/", " / "]))
    first = draw(st.sampled_from("123456789"))
    close = ")" if country == "(0" else ""
    return f"{country}{area}{close}{gap}{first}{draw(numbers(5, 7))}"


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """Return IBANs with valid check digits, in groups of four or in one piece."""
    country, length = draw(st.sampled_from([("DE", 22), ("AT", 20), ("NO", 15), ("PL", 28)]))
    account = draw(numbers(length - 4, length - 4))
    as_number = account + "".join(str(ord(letter) - 55) for letter in country) + "00"
    iban = f"{country}{98 - int(as_number) % 97:02d}{account}"
    groups = [iban[i : i + 4] for i in range(0, length, 4)]
    return draw(st.sampled_from([iban, " ".join(groups), iban.lower()]))


@st.composite
def listed_names(draw: st.DrawFn) -> str:
    """Return listed names and their parts in any case."""
    name = draw(st.sampled_from(["Annegret Weißmüller", "Weißmüller", "weissmueller", "Åkerström"]))
    return draw(st.sampled_from([name, name.upper(), name.lower()]))


@given(before=around, planted=e_mails() | phones() | ibans() | listed_names(), after=around)
@settings(max_examples=300)
def test_what_identifies_people_is_gone(before: str, planted: str, after: str) -> None:
    """Nothing of it remains, wherever it stands in German or English text."""
    redacted = REDACTOR.redact(f"{before} {planted} {after}")
    assert planted not in redacted.text
    covered = "\0".join(hit.original for hit in redacted.hits)
    assert planted in covered


@given(text=strings)
@settings(max_examples=300)
@example("[Person 1]Frau Weber")
@example("[Person Frau Weber 1]")
def test_every_text_is_restored(text: str) -> None:
    """A placeholder leads to its original and to nothing else."""
    redacted = REDACTOR.redact(text)
    assert redacted.restore(redacted.text) == text
    assert bool(redacted.hits) == (redacted.text != text)


@given(text=strings)
@settings(max_examples=300)
def test_a_second_time_changes_nothing(text: str) -> None:
    """A redacted text is safe to redact again."""
    once = REDACTOR.redact(text).text
    again = REDACTOR.redact(once)
    assert again.text == once
    assert not again.hits


@given(strings, st.integers(0, 40), st.integers(0, 40))
def test_parts_of_a_redacted_text(text: str, first: int, second: int) -> None:
    """All parts together are the whole; what is replaced stands whole in every part it touches."""
    redacted = REDACTOR.redact(text)
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    assert redacted.part(0, len(text)) == redacted.text
    part = redacted.part(start, end)
    assert part in redacted.text
    originals = redacted.restore(part) if start < end else ""
    if not text or "[" not in text:  # a placeholder of the text itself is not replaced
        assert text[start:end] in originals
    if not redacted.hits:
        assert part == text[start:end]
