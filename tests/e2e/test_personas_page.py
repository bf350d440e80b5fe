"""The pages of personas and of privacy in a real browser, on screens and on paper."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Page, browser
from click.testing import Result
from selenium.webdriver import Chrome

DEMO = Path(__file__).parents[2] / "labeled" / "demo"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SCREENS = {
    "wide": {"width": 1280, "height": 900},
    "narrow": {"width": 360, "height": 780, "touch": True},
    "dark": {"width": 1280, "height": 900, "dark": True},
}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Start the browser once."""
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def check(page: Page, path: Path, name: str) -> None:
    """Look at a page on every screen and on paper, and find nothing wrong with it."""
    for screen, size in SCREENS.items():
        page.look(**size)  # type: ignore[arg-type]
        page.driver.get(path.as_uri())
        height = page.driver.execute_script("return document.documentElement.scrollHeight")
        page.look(**{**size, "height": height})  # type: ignore[arg-type]
        page.shot(f"{name}-{screen}")
        assert page.breaches() == [], screen
        overflowing = [e for e in page.overflowing() if not e.startswith(("THEAD", "TR"))]
        assert overflowing == [], screen
        assert page.errors() == [], screen
        assert page.hosts() == set(), screen
    command: Callable[..., Any] = page.driver.execute_cdp_cmd
    paper = {"width": 673, "height": height, "deviceScaleFactor": 1, "mobile": False}
    command("Emulation.setDeviceMetricsOverride", paper)  # A4 without its margins
    command("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    page.shot(f"{name}-paper")
    assert [e for e in page.overflowing() if not e.startswith(("THEAD", "TR"))] == []
    command("Emulation.setEmulatedMedia", {"media": "", "features": []})


def n_sheets(page: Page) -> int:
    """Return on how many sheets of A4 the page is printed."""
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_demo(
    lang: str, driver: Chrome, run: Callable[..., Result], demo_table: Path, tmp_path: Path
) -> None:
    """Five cards with rates, verdicts and reasons, on three sheets of paper."""
    for path in (demo_table, *DEMO.glob("answers.sample*")):
        shutil.copy(path, tmp_path)
    judged = ("--predictions", "answers.csv", "--labels", "answers.sample.xlsx")
    result = run("personas", "show", "--html", *judged, "--lang", lang)
    assert result.exit_code == 0, result.output
    page = Page(driver)
    check(page, tmp_path / "personas.html", f"personas-{lang}")
    shown = driver.find_element("tag name", "main").text
    assert shown.count({"de": "nicht passend", "en": "not fitting"}[lang]) >= 5
    assert {"de": "29,4 %", "en": "29.4 %"}[lang] in shown
    assert n_sheets(page) == 3


@pytest.mark.parametrize("n", [1, 12])
def test_few_and_many_with_long_texts(
    n: int, driver: Chrome, run: Callable[..., Result], tmp_path: Path
) -> None:
    """A single card, and twelve with words that fit in no column."""
    entries = [
        f"""
        [[personas]]
        id = "p{i}"
        name = {{ de = "{LONG if i % 3 == 0 else "Pflege"} {i}" }}
        goals = {{ de = "{f"Ziele von {LONG} und anderen, <b>ohne</b> Umwege. " * (1 + i % 4)}" }}
        barriers = {{ de = "{LONG}" }}
        [[personas.assign]]
        column = "{LONG}"
        values = ["{LONG}{i}"]
        """
        for i in range(n)
    ]
    (tmp_path / "mine.toml").write_text("\n".join(entries), encoding="utf-8")
    result = run("personas", "show", "mine.toml", "--html", "-o", "page.html", "--lang", "de")
    assert result.exit_code == 0, result.output
    check(Page(driver), tmp_path / "page.html", f"personas-{n}")
    assert len(driver.find_elements("css selector", ".card")) == n


def test_the_sheet_for_the_works_council(
    driver: Chrome, run: Callable[..., Result], demo_table: Path, tmp_path: Path
) -> None:
    """Offline in German and with a model in English; a name of a host fits on a phone."""
    offline = json.loads(demo_table.with_suffix(".run.json").read_text(encoding="utf-8"))
    model = {
        "id": "llm",
        "model": "gpt-5-mini",
        "endpoint": "lernen-und-entwicklung-produktiv-westeuropa.openai.example",
        "prompt": {"id": "fit.v1", "sha256": "ab" * 32},
        "redacted": True,
        "persona_shown": False,
        "answers_asked": 432,
        "answers_kept": 3,
        "requests": 22,
        "redactions": {"Person": 7},
        "batch_api": {"answers": 400, "requests": 20, "first_request": {"requests": 1}},
    }
    for lang, classifier in (("de", offline["classifier"]), ("en", model)):
        facts = json.dumps({**offline, "classifier": classifier})
        (tmp_path / f"{lang}.run.json").write_text(facts, encoding="utf-8")
        result = run("privacy", f"{lang}.run.json", "-o", f"{lang}.html", "--lang", lang)
        assert result.exit_code == 0, result.output
        page = Page(driver)
        check(page, tmp_path / f"{lang}.html", f"privacy-{lang}")
        assert n_sheets(page) <= 5


def test_wrong_use_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    """Two sentences, nothing written, nothing overwritten."""
    assert run("personas", "show", "--html").exit_code == 0
    for options, code, told in (
        (["--html"], 1, "exists already"),
        (["--html", "-o", "a.pdf"], 1, ".html"),
        (["-o", "a.html"], 2, "pass --html"),
        (["--html", "-o", "a.html", "--labels", "x.xlsx"], 2, "pass --predictions"),
        (["--html", "-o", "a.html", "--predictions", "none.csv"], 1, "none.csv"),
    ):
        result = run("personas", "show", *options, "--lang", "en")
        assert (result.exit_code, told in result.stderr) == (code, True), result.output
        assert {path.name for path in tmp_path.iterdir()} == {"personas.html"}


def test_a_planted_persona_is_in_no_byte(
    run: Callable[..., Result], demo_table: Path, tmp_path: Path
) -> None:
    """Four respondents, whom nobody finds on the page, nor the group hidden with them."""
    content = demo_table.read_text(encoding="utf-8-sig")
    for i in range(4):
        content += f"{900 + i},x{i},Bernsteinzimmer,Passte es?,Bernsteinzimmer {i},not_fit,"
        content += "0.9,trainer_facilitation:negative,,,baseline,\n"
    (tmp_path / "answers.csv").write_text(content, encoding="utf-8")
    result = run("personas", "show", "--html", "--predictions", "answers.csv", "--lang", "de")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "personas.html").read_text(encoding="utf-8")
    assert "Bernsteinzimmer" not in page
    assert "Auszubildende: " not in page
    assert page.count("Keine Zahlen") == 1
    assert "2 Gruppen sind aus Datenschutzgründen nicht ausgewiesen" in page
