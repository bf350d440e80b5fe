"""The page of a report as people see it: in a real browser, on paper, on a phone, in the dark."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from browsing import Page, browser

from fitcheck.annotation.drawing import draw_sample
from fitcheck.annotation.plan import SamplePlan
from fitcheck.codebook import load_codebook
from fitcheck.rates import not_fit_rates
from fitcheck.records import Answer, Label, Language, Prediction, ThemeHit
from fitcheck.report.content import Report, make_report
from fitcheck.report.onepage import report_page
from fitcheck.report.texts import Texts

BOOK = load_codebook()
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PHRASE = (
    "Beschäftigte der Instandhaltung in Früh-, Spät- und Nachtschicht an allen Standorten, " * 3
)
HARD = (WORD[:80], PHRASE[:200], '$x^2$ & "<b>Kräfte</b>"', "日本語の長い名前" * 6, "WWWW" * 20)
SCREENS = {"wide": (1280, 900), "phone": (360, 740)}


def survey(n_personas: int, *, hard: bool = True, labels: bool = True) -> Report:
    """Return a report of invented respondents, some personas with names that are hard to show."""
    chance = random.Random(n_personas)  # noqa: S311
    answers: list[Answer] = []
    predictions: list[Prediction] = []
    truth: dict[str, Label] = {}
    themes = [theme.id for theme in BOOK.themes]
    for number in range(n_personas):
        name = HARD[number] if hard and number < len(HARD) else f"Persona {number + 1}"
        size = 120 if number == 0 else chance.choice([7, 12, 30, 45, 80])
        for i in range(size):
            bad = chance.random() < (0.0 if number % 3 == 0 else 0.3)
            label: Label = "not_fit" if bad else "fit"
            text = f"Wortlaut {number} {i} {'x' * chance.choice([3, 60])}"
            truth[text] = label
            hits = [ThemeHit(theme, "negative") for theme in chance.sample(themes, 3)]
            answers.append(Answer(text, "Passte es?", "fit", f"p{number}-{i}", name, len(answers)))
            said: Label = label if chance.random() < 0.9 else "no_signal"
            predictions.append(Prediction(said, None, tuple(hits) if bad else (), text))
    found = not_fit_rates(predictions, answers)
    if labels:
        sample = draw_sample(answers, predictions, SamplePlan("fixed", seed=1, n=60))
        said_by = {row.key: truth[row.text] for row in sample.rows}
        found = not_fit_rates(predictions, answers, plan=sample.plan, labels=said_by)
    run = {"classifier.id": "llm", "classifier.model": "m" * 90}
    return make_report(answers, predictions, found, BOOK, run=run)


REPORTS: dict[int, Report] = {}


def written(folder: Path, n: int, lang: Language, **how: Any) -> str:
    """Write a page, and return its address."""
    report = REPORTS.setdefault(n, survey(n))
    path = folder / f"report-{n}-{lang}.html"
    path.write_text(report_page(report, Texts(lang), **how), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return one browser for all tests."""
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield Page(driver)


@pytest.fixture
def page(chromium: Page) -> Iterator[Page]:
    """Return the browser; at the end nothing was complained of, and nothing asked for."""
    chromium.errors()
    chromium.hosts()
    yield chromium
    chromium.driver.execute_cdp_cmd("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    assert chromium.errors() == []
    assert chromium.hosts() == set()
    chromium.driver.get("about:blank")


def open_report(page: Page, address: str, screen: str, *, dark: bool = False) -> None:
    """Open a page on a screen that is as high as it is."""
    width, height = SCREENS[screen]
    page.look(width, height, dark=dark, touch=screen == "phone")
    page.driver.get(address)


def shoot(page: Page, name: str, screen: str, *, dark: bool = False) -> None:
    """Keep a picture of the whole page."""
    height = page.driver.execute_script("return document.documentElement.scrollHeight")
    page.look(SCREENS[screen][0], min(height, 9000), dark=dark, touch=screen == "phone")
    page.shot(name)


def printed(page: Page) -> pypdfium2.PdfDocument:
    """Print the page as it says itself, and return the PDF."""
    told = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return pypdfium2.PdfDocument(io.BytesIO(base64.b64decode(told["data"])))


def words(document: pypdfium2.PdfDocument) -> str:
    """Return everything that stands on paper, without blanks: lines are broken anywhere."""
    return "".join("".join(sheet.get_textpage().get_text_range().split()) for sheet in document)


def looked_at(page: Page, folder: Path, n: int, lang: Language, screen: str, dark: bool) -> None:
    """Open a report and find no fault."""
    address = written(folder, n, lang, quotes=True)
    open_report(page, address, screen, dark=dark)
    html = page.driver.find_element("tag name", "html")
    assert html.get_attribute("lang") == lang
    assert page.faults() == []
    assert page.breaches() == []
    shoot(page, f"report-{n}-{lang}-{screen}{'-dark' if dark else ''}", screen, dark=dark)


@pytest.mark.parametrize(
    ("n", "lang", "screen", "dark"),
    [
        (7, "de", "wide", False),
        (7, "en", "phone", True),
        (1, "de", "phone", False),
        (40, "en", "wide", True),
    ],
)
def test_nothing_is_cut(
    page: Page, tmp_path: Path, n: int, lang: Language, screen: str, dark: bool
) -> None:
    """Neither long names nor many personas break it, and axe finds no barrier."""
    looked_at(page, tmp_path, n, lang, screen, dark)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "lang", "screen", "dark"),
    list(product((1, 7, 40), ("de", "en"), SCREENS, (False, True))),
)
def test_nothing_is_cut_anywhere(
    page: Page, tmp_path: Path, n: int, lang: Language, screen: str, dark: bool
) -> None:
    """The same for every combination."""
    looked_at(page, tmp_path, n, lang, screen, dark)


def test_without_colors(page: Page, tmp_path: Path) -> None:
    """Verdicts can be told apart in gray: each has a shape and a word."""
    open_report(page, written(tmp_path, 7, "de"), "wide")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    shoot(page, "report-7-de-gray", "wide")
    kinds = page.driver.execute_script(
        """
        return [...document.querySelectorAll("tbody .verdict")].map(
          (e) => [e.textContent.trim(), e.querySelector("svg").innerHTML])
        """
    )
    shapes = dict(map(tuple, kinds))
    assert set(shapes) >= {"belegt", "widerlegt"}
    assert len(set(shapes.values())) == len(shapes)


@pytest.mark.parametrize(("n", "lang"), [(7, "de"), (40, "en")])
def test_on_paper(page: Page, tmp_path: Path, n: int, lang: Language) -> None:
    """A4; every section but the last begins a sheet; everybody is on it; it is light."""
    open_report(page, written(tmp_path, n, lang, quotes=True), "wide", dark=True)
    document = printed(page)
    sheets = [sheet.get_textpage().get_text_range() for sheet in document]
    for sheet in document:
        assert [round(side * 25.4 / 72) for side in sheet.get_size()] == [210, 297]
    texts = Texts(lang)
    first_words = [" ".join(text.split()[:3]) for text in sheets]
    for name in ("picture", "reasons", "quotes", "trust"):
        heading = " ".join(texts.of(f"page.{name}").split()[:3])
        assert any(heading.startswith(start) or start.startswith(heading) for start in first_words)
    if n == 7:
        assert len(sheets) <= 8
    found = words(document)
    names = [texts.persona(persona.persona) for persona in REPORTS[n].rates.personas]
    for name in names:
        if name != HARD[3]:  # machines without a Japanese font print boxes
            assert "".join(name.split())[:40] in found
    assert texts.of("note.purpose").replace(" ", "") in found
    # Light on paper, whatever the screen: the corner is white.
    image = document[0].render(scale=0.5).to_pil()
    assert image.getpixel((2, 2)) == (255, 255, 255)
    folder = Path(__file__).parents[1] / "output"
    for number, sheet in enumerate(document, 1):
        if number <= 8:
            sheet.render(scale=1.2).to_pil().save(folder / f"report-{n}-{lang}-a4-{number}.png")


def test_counts_have_no_picture(page: Page, tmp_path: Path) -> None:
    """Without labels there is a table of counts, and no dot that looks like a rate."""
    path = tmp_path / "counts.html"
    path.write_text(report_page(survey(4, labels=False), Texts("de"), by="Angebot"), "utf-8")
    open_report(page, path.as_uri(), "phone")
    assert page.driver.find_elements("css selector", "svg.picture") == []
    assert "Nach Angebot" in page.driver.find_element("tag name", "h1").text
    assert page.faults() == []
    assert page.breaches() == []
    shoot(page, "report-counts", "phone")
