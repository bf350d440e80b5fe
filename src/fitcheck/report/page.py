"""Pages for others: one file that needs no network and no script, on paper and on a screen."""

from __future__ import annotations

import base64
import functools
import hashlib
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fitcheck.report.texts import Texts
from fitcheck.templates import Trusted, render_template

_FOLDER = files("fitcheck.report") / "pages"


def render_page(template: str, texts: Texts, *, title: str, lead: str, **content: Any) -> str:
    """Return a page of one of the templates in ``report/pages``.

    Templates extend ``base.html`` and fill its block ``main`` with sections, each of which starts
    a new sheet of paper; ``parts.html`` has tables, cards, lists of facts and verdicts.

    Parameters
    ----------
    template : str
        File name of the template.
    texts : Texts
        The words of one language, as ``t`` in the template: ``{{ t.of("title.counts") }}``.
    title : str
        Heading of the page.
    lead : str
        The sentence that stands below it: what to know if nothing else is read.
    content
        What else the template shows. Everything is escaped, but for what is `Trusted`.

    Examples
    --------
    >>> page = render_page("base.html", Texts("de"), title="<Stand>", lead="Alles gut.")
    >>> "&lt;Stand&gt;" in page, "<script" in page
    (True, False)
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return render_template(
        _FOLDER,
        template,
        t=texts,
        lang=texts.lang,
        title=title,
        lead=lead,
        style=style,
        style_hash=f"sha256-{digest}",
        version=version("fitcheck-feedback"),
        **content,
    )


@functools.cache
def _style() -> Trusted:
    return Trusted((_FOLDER / "page.css").read_text(encoding="utf-8"))
