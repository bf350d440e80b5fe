"""`fitcheck label` as a person uses it: in a real browser, by keyboard, killed in the middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from browsing import Keys, Labelling, Page, browser
from sheets import KEYS, ROWS, coded_sheet, set_in_excel

from fitcheck.annotation.sheet import read_sheet
from fitcheck.codebook import load_codebook

BOOK = load_codebook()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return one browser for all tests."""
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield Page(driver)


@pytest.fixture
def page(chromium: Page) -> Iterator[Page]:
    """Return the browser with a wide screen; at the end nothing went wrong or went elsewhere."""
    chromium.look(1280, 900)
    chromium.errors()
    chromium.hosts()
    yield chromium
    assert chromium.errors() == []
    assert chromium.hosts() <= {"127.0.0.1"}
    chromium.driver.get("about:blank")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Return a German sheet of five answers by four people."""
    return coded_sheet(tmp_path / "Stichprobe Mai.xlsx")


@pytest.fixture
def started(sheet: Path) -> Iterator[Labelling]:
    """Start the command on the sheet, in German."""
    with Labelling(sheet, "--lang", "de") as program:
        yield program
        if program.process.poll() is None:
            assert program.end() == 0


def labels(path: Path) -> list[str | None]:
    """Return the labels in a sheet, in the order of `KEYS`."""
    filled = read_sheet(path, BOOK)
    return [filled.labels.get(key) for key in KEYS]


def test_keys_label_a_whole_sheet(page: Page, sheet: Path, started: Labelling) -> None:
    """Digits label and go on, letters set themes, d writes a doubt; the sheet has it all."""
    page.open(started.address)
    assert page.driver.find_element("tag name", "html").get_attribute("lang") == "de"
    assert page.text("answer") == ROWS[0].text
    page.press("a", "1")
    page.until(lambda: page.text("answer") == ROWS[1].text)
    assert page.driver.switch_to.active_element.get_attribute("id") == "card"  # is read out
    assert "Person 2, Antwort 1 von 2" in page.text("person")
    assert "mehr Praxis" in page.text("siblings")
    page.press("d")
    page.until(lambda: page.driver.switch_to.active_element.get_attribute("id") == "doubt")
    page.press("-1 oder 2?", Keys.ENTER)
    page.until(lambda: page.text("said") == "Zweifel gesichert.")
    page.press("2", "3", "2", "3")  # faster than the server answers
    page.until(lambda: page.find("done").is_displayed())
    assert 'fitcheck rates ANTWORTEN --labels "Stichprobe Mai.xlsx"' in page.text("done")
    assert page.text("count") == "5 von 5 gelabelt"
    assert started.end() == 0
    assert labels(sheet) == ["fit", "not_fit", "no_signal", "not_fit", "no_signal"]
    rows = {row.key: row for row in read_sheet(sheet, BOOK).rows}
    assert rows[KEYS[0]].themes == (BOOK.theme_ids[0],)
    assert rows[KEYS[1]].doubt == "-1 oder 2?"
    assert "Labelled: 5 of 5" in started.said[-1] or "Gelabelt: 5 von 5" in started.said[-1]


def test_undo_takes_back_step_by_step(page: Page, started: Labelling) -> None:
    """Undo goes back to the answer it concerns, any number of times; 0 removes a label."""
    page.open(started.address)
    page.press("1", "b", "2", Keys.CONTROL + "z" + Keys.NULL)
    page.until(lambda: page.text("said") == "Zurückgenommen.")
    assert page.text("answer") == ROWS[1].text
    assert page.pressed("theme") == [BOOK.theme_ids[1]]
    assert page.text("state") == "noch ohne Label"
    page.press("u")
    page.until(lambda: page.pressed("theme") == [])
    page.press("u")
    page.until(lambda: page.text("count") == "0 von 5 gelabelt")
    assert page.text("answer") == ROWS[0].text
    page.press("u")
    page.until(lambda: page.text("said") == "Es gibt nichts zurückzunehmen.")
    page.press("1", "k", "0")
    page.until(lambda: page.text("said") == "Label entfernt.")


def test_three_themes_at_most(page: Page, started: Labelling) -> None:
    """The sheet has three columns; the fourth theme is refused in words, a letter again removes."""
    page.open(started.address)
    page.press("a", "b", "c", "e")
    page.until(lambda: "Mehr als 3 Themen" in page.text("said"))
    assert page.pressed("theme") == list(BOOK.theme_ids[:3])
    page.press("b")
    page.until(lambda: page.text("chosen") == "2 von 3")


def test_moving_does_not_label(page: Page, started: Labelling) -> None:
    """j, k and the arrows move, g goes to the first one without a label."""
    page.open(started.address)
    page.press("j", Keys.ARROW_RIGHT, "3", "j", "j")
    page.until(lambda: page.text("said") == "Das ist die letzte Antwort.")
    page.press("g")
    page.until(lambda: page.text("answer") == ROWS[0].text)
    page.press("k")
    page.until(lambda: page.text("said") == "Das ist die erste Antwort.")
    assert page.text("count") == "1 von 5 gelabelt"


def test_rules_are_at_hand(page: Page, started: Labelling) -> None:
    """R opens them with the search; typing there labels nothing; Esc goes back."""
    page.open(started.address)
    page.press("r")
    page.until(lambda: page.find("rules").is_displayed())
    page.press("G14")
    page.until(lambda: page.text("found") == "1 Stellen")
    (rule,) = [r for r in BOOK.rules if r.id == "G14"]
    assert rule.title["de"] in page.text("rules")
    page.shot("rules")
    assert page.overflowing() == []
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.find("rules").is_displayed())
    page.press("1")
    page.until(lambda: page.text("count") == "1 von 5 gelabelt")
    page.press("?")
    page.until(lambda: page.find("help").is_displayed())
    page.press(Keys.TAB, "2", Keys.ESCAPE)
    page.until(lambda: not page.find("help").is_displayed())
    assert page.text("count") == "1 von 5 gelabelt"


def test_shortcuts_can_be_switched_off(page: Page, started: Labelling) -> None:
    """Whoever speaks to the machine does not label by a stray letter (WCAG 2.1.4)."""
    page.open(started.address)
    page.find("help-open").click()
    page.until(lambda: page.find("help").is_displayed())
    page.find("shortcuts").click()
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.find("help").is_displayed())
    page.press("1", Keys.ARROW_RIGHT)
    page.until(lambda: page.text("answer") == ROWS[1].text)
    page.driver.find_element("css selector", "[data-label=not_fit].label").send_keys(Keys.SPACE)
    page.until(lambda: page.text("count") == "1 von 5 gelabelt")


def test_a_killed_program_goes_on(page: Page, sheet: Path) -> None:
    """What was confirmed before kill -9 is there after a restart, and the page says it was cut."""
    with Labelling(sheet, "--lang", "de") as program:
        page.open(program.address)
        page.press("1", "2")
        page.until(lambda: page.text("count") == "2 von 5 gelabelt")
        program.kill()
        page.press("3")
        page.until(lambda: "antwortet nicht mehr" in page.text("problem"))
        page.errors()  # the browser says that nobody answered
    with Labelling(sheet, "--lang", "de") as again:
        page.open(again.address)
        page.until(lambda: page.text("count") == "2 von 5 gelabelt")
        assert page.text("answer") == ROWS[2].text
        page.press("3")
        page.until(lambda: page.text("count") == "3 von 5 gelabelt")
        assert again.end() == 0
    assert labels(sheet) == ["fit", "not_fit", "no_signal", None, None]
    assert [path.name for path in sheet.parent.iterdir()] == [sheet.name]


def test_two_tabs_and_excel_agree(page: Page, sheet: Path, started: Labelling) -> None:
    """An old tab brings back nothing; what changed elsewhere is taken over and told."""
    page.open(started.address)
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.open(started.address)
    page.press("1", "2")
    page.until(lambda: page.text("count") == "2 von 5 gelabelt")
    page.driver.close()
    page.driver.switch_to.window(first)
    page.press("3")  # the old tab still shows the first answer
    page.until(lambda: page.text("count") == "2 von 5 gelabelt")
    body = json.dumps({"key": KEYS[3], "label": "fit"}).encode()
    with urlopen(f"{started.address}decide", body) as reply:  # noqa: S310
        assert reply.status == 200
    page.press("3")  # the page hears of others when it decides itself
    page.until(lambda: page.text("count") == "3 von 5 gelabelt")
    page.driver.refresh()
    page.until(lambda: page.text("count") == "3 von 5 gelabelt")
    page.until(lambda: not (sheet.stat().st_size and labels(sheet)[3] is None))
    set_in_excel(sheet, {(6, "label"): "passend"})
    page.driver.refresh()
    page.until(lambda: "geändert und übernommen: Zeilen 6" in page.text("notices"))
    assert started.end() == 0
    assert labels(sheet) == ["no_signal", "no_signal", None, "fit", "fit"]


SCREENS = {
    "desktop": (1280, 900, False, False),
    "laptop-dark": (1024, 700, True, False),
    "phone": (360, 740, False, True),
    "phone-dark": (360, 740, True, True),
}


@pytest.mark.parametrize("lang", ["de", "en"])
def test_looks_right_and_is_accessible(page: Page, sheet: Path, lang: str) -> None:
    """On every screen nothing sticks out, and axe finds no breach of WCAG 2.1 AA."""
    with Labelling(sheet, "--lang", lang) as program:
        page.open(program.address)
        page.press("2", "a", "f", "3")
        page.until(lambda: page.text("count").startswith("2"))
        page.press("k", "j", "j", "k", "k")
        page.until(lambda: page.text("answer") == ROWS[1].text)
        for name, (width, height, dark, touch) in SCREENS.items():
            page.look(width, height, dark=dark, touch=touch)
            for part in ("card", "rules", "help"):
                if part != "card":
                    page.driver.execute_script(f"document.getElementById('{part}-open').click()")
                    page.until(page.find(part).is_displayed)
                page.shot(f"{lang}-{name}-{part}")
                assert page.overflowing() == []
                assert page.breaches() == []
                if part != "card":
                    page.press(Keys.ESCAPE)
                    page.until(lambda part=part: not page.find(part).is_displayed())
        assert program.end() == 0
