"""The board as a page, in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from browsing import Page, browser
from made_cards import card_text

from fitcheck.hypotheses.board import html_board
from fitcheck.hypotheses.evaluate import Board, evaluate_hypotheses
from fitcheck.records import Language
from fitcheck.report.texts import LANGUAGES, Texts

OUTPUT = Path(__file__).parents[1] / "output"
DEMO = Path(__file__).parents[2] / "labeled" / "demo"
LONG = (
    "Wir glauben, dass Donaudampfschifffahrtsgesellschaftskapitänsweiterbildungen mit persönlicher "
    "Ansprache je Zielgruppe, Standort und Schicht deutlich besser angenommen werden als eine "
    "Rundmail an alle, in der 40 Angebote nach dem Alphabet stehen. " * 2
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Start one browser for all pages."""
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield Page(driver)


@pytest.fixture(scope="module")
def demo(demo_table: Path, tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Return the board of the demo."""
    folder = tmp_path_factory.mktemp("board")
    for path in (demo_table, *DEMO.iterdir()):
        (folder / path.name).write_bytes(path.read_bytes())
    return evaluate_hypotheses(folder / "hypotheses.toml")


def many(folder: Path) -> Board:
    """Return a board of thirty cards with long words, in every state."""
    cards = []
    for i in range(30):
        groups = {"signed_up": 10 + 2 * i, "reached": 300}, {"signed_up": 40, "reached": 900 - i}
        data = {} if i % 7 == 0 else {"with_": groups[0], "without": groups[1]}
        card = card_text(f"karte {i}", kind="uplift", target=0.05, **data)
        cards.append(card.replace("Wir glauben, dass es hilft.", LONG if i % 3 == 0 else "x" * 90))
    path = folder / "viele.toml"
    path.write_text("\n".join(cards), encoding="utf-8")
    board = evaluate_hypotheses(path)
    assert all(board.claims.values())
    return board


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_board_is_readable_everywhere(
    lang: Language, page: Page, demo: Board, tmp_path: Path
) -> None:
    """One, five and thirty cards: nothing sticks out, axe finds nothing, nothing is asked for."""
    boards = {"1": replace(demo, results=demo.results[:1]), "5": demo, "30": many(tmp_path)}
    for name, board in boards.items():
        path = tmp_path / f"board-{name}.html"
        path.write_text(html_board(board, Texts(lang)), encoding="utf-8")
        page.driver.get(path.as_uri())
        for kind, width, dark in (("", 1280, False), ("-phone", 360, False), ("-dark", 1280, True)):
            page.look(width, 900 if width > 400 else 740, dark=dark, touch=width < 400)
            assert page.faults() == []
            assert page.breaches() == []
            if name != "30" or lang == "de":
                shoot(page, f"board-{lang}-{name}{kind}", width)
        assert page.errors() == []
        assert page.hosts() == set()
        assert page.driver.find_elements("css selector", "script, [src], link") == []


def test_verdicts_are_words_and_signs(page: Page, demo: Board, tmp_path: Path) -> None:
    """Not colors alone: each card has a drawn sign and its word; sentences keep their language."""
    path = tmp_path / "board.html"
    path.write_text(html_board(demo, Texts("en")), encoding="utf-8")
    page.driver.get(path.as_uri())
    cards = page.driver.find_elements("css selector", "article")
    assert len(cards) == len(demo.results)
    for card, result in zip(cards, demo.results, strict=True):
        (verdict, *_) = card.find_elements("css selector", ".verdict")
        assert verdict.text == result.outcome.claim
        assert verdict.find_elements("css selector", "svg")
        assert card.find_elements("css selector", '[lang="de"]')


def test_the_board_prints_on_paper(page: Page, demo: Board, tmp_path: Path) -> None:
    """Pages of A4 that hold whole cards; kept for people to look at."""
    path = tmp_path / "board.html"
    path.write_text(html_board(demo, Texts("de")), encoding="utf-8")
    page.look(1280, 900)
    page.driver.get(path.as_uri())
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(printed["data"])
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "board-de-5.pdf").write_bytes(pdf)
    sheets = [
        " ".join(sheet.get_textpage().get_text_bounded().split())
        for sheet in pypdfium2.PdfDocument(pdf)
    ]
    assert len(sheets) <= 3
    for result in demo.results:  # a card is not torn apart
        end = result.outcome.caveats[-1](Texts("de")).split()[-1]
        head = f"{result.card.name} {Texts('de').of(f'claim.{result.outcome.claim}')} Wir glauben"
        assert any(end in sheet.partition(head)[2] for sheet in sheets)


def shoot(page: Page, name: str, width: int) -> None:
    """Keep a picture of the whole page."""
    height = page.driver.execute_script("return document.documentElement.scrollHeight")
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": min(height, 4000), "deviceScaleFactor": 1, "mobile": False},
    )
    page.shot(name)
