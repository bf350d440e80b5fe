"""What the page says: complete in both languages, and nothing left over."""

from __future__ import annotations

import re
import string
from importlib.resources import files

import pytest

from fitcheck.codebook import load_codebook
from fitcheck.labeling.page import COMMAND_KEYS, page_words, render_page, theme_keys

FOLDER = files("fitcheck.labeling") / "page"
HTML = (FOLDER / "label.html").read_text(encoding="utf-8")
SCRIPT = (FOLDER / "label.js").read_text(encoding="utf-8")
BOOK = load_codebook()


def test_both_languages_say_the_same() -> None:
    """No word is missing in one of them, and each keeps its fields."""
    german, english = page_words("de"), page_words("en")
    assert list(german) == list(english)
    parse = string.Formatter().parse
    for name in german:
        fields = [{f for _, f, _, _ in parse(words[name]) if f} for words in (german, english)]
        assert fields[0] == fields[1], name
    assert not [name for name in german if hasattr(dict, name)]  # the template would find that


def test_every_word_is_said_and_every_said_word_is_there() -> None:
    """The template and the script name the words of the catalog, all of them."""
    said = set(re.findall(r"\bt\.(\w+)", HTML + SCRIPT))
    said |= {name for name in page_words("de") if re.search(rf'"{name}"', SCRIPT)}
    said |= {f"notice_{kind}" for kind in ("resumed", "changed", "overruled", "put_back")}
    assert said == set(page_words("de"))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_is_in_one_language(language: str) -> None:
    """It says which, and shows the codebook's rules and themes in it."""
    page = render_page(BOOK, language, "s.xlsx")
    assert f'<html lang="{language}">' in page
    assert BOOK.rules[0].title[language] in page
    other = "en" if language == "de" else "de"
    assert BOOK.rules[0].title[other] not in page


def test_a_name_cannot_break_the_page() -> None:
    """A file may be called anything."""
    page = render_page(BOOK, "de", '"><script>alert(1)</script>.xlsx')
    assert "<script>alert" not in page


def test_nothing_is_inline() -> None:
    """The policy allows only files of the server, so the template must not need more."""
    assert not re.search(r'\son\w+="|\sstyle="|<style|https?://', HTML)
    assert re.findall(r"<script[^>]*>", HTML) == [
        '<script type="application/json" id="words">',
        '<script src="label.js" defer>',
    ]
    assert "innerHTML" not in SCRIPT


def test_each_theme_has_a_letter_of_its_own() -> None:
    """None of them is a command."""
    keys = theme_keys(BOOK)
    assert set(keys) == set(BOOK.theme_ids)
    assert len(set(keys.values())) == len(keys)
    assert not set(keys.values()) & set(COMMAND_KEYS)
    commands = set(re.findall(r"^  (\w): ", SCRIPT, re.MULTILINE))
    assert commands & set(string.ascii_lowercase) == set(COMMAND_KEYS)
