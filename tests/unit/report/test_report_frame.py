"""The frame that every page for others has."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from fitcheck.report.page import render_page
from fitcheck.report.texts import LANGUAGES, Texts
from fitcheck.templates import Trusted, render_template


class Folder:
    """Templates that lie nowhere."""

    def __init__(self, **templates: str) -> None:
        self.templates = templates

    def __truediv__(self, name: str) -> Folder:
        return Folder(only=self.templates[name])

    def read_text(self, encoding: str) -> str:
        """Return the template."""
        return self.templates["only"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_needs_nothing_else(lang: str) -> None:
    """It says its language, escapes what it shows, and forbids all but its own style."""
    page = render_page("base.html", Texts(lang), title="A <b> & c", lead="„Ja“")  # type: ignore[arg-type]
    assert f'<html lang="{lang}">' in page
    assert page.count("A &lt;b&gt; &amp; c") == 2
    assert "<script" not in page
    assert not re.search(r"""(src|href|url\()\s*=?["']?(?!#)""", page.partition("</style>")[2])
    assert "http:" not in page
    assert "https:" not in page
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert "@import" not in style
    assert "url(" not in style


def test_templates_say_what_is_missing_and_escape_what_is_not_trusted() -> None:
    """A name that nobody gives is an error; only our own HTML is taken as it is."""
    folder = Folder(page="{{ a }}{{ b }}")
    shown = render_template(folder, "page", a="<i>", b=Trusted("<b>"))  # type: ignore[arg-type]
    assert shown == "&lt;i&gt;<b>"
    with pytest.raises(Exception, match="'b' is undefined"):
        render_template(folder, "page", a="")  # type: ignore[arg-type]


def test_parts_keep_rows_headings_and_verdicts() -> None:
    """Tables say their roles aloud; verdicts are a sign and a word."""
    from importlib.resources import files

    parts = (files("fitcheck.report") / "pages" / "parts.html").read_text(encoding="utf-8")
    use = (
        "{% import 'parts' as p %}{{ p.table('C', ['A', 'B'], [['<x>', p.verdict('no', 'w')]]) }}"
        "{% call p.section('s', 'H') %}in{% endcall %}{{ p.facts([('n', 4)]) }}"
        "{% call p.card('T', 'yes', 'ok') %}{% endcall %}"
    )
    html = render_template(Folder(parts=parts, use=use), "use")  # type: ignore[arg-type]
    assert '<th role="rowheader" scope="row">&lt;x&gt;</th>' in html
    assert '<td role="cell" data-heading="B"><span class="verdict no">' in " ".join(
        html.split()
    ).replace("> <", "><")
    assert '<section id="s" aria-labelledby="s-heading">' in html
    assert "<dt>n</dt><dd>4</dd>" in html
    assert html.count('aria-hidden="true"') == 2
