"""Before and after, and over cohorts, on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from made_up import fill, write_answers

NOW = {"Verwaltung": (2, 140, 10), "Produktion": (40, 60, 10), "Vertrieb": (3, 42, 5)}
BEFORE = {"Verwaltung": (40, 100, 10), "Produktion": (8, 92, 10), "Einkauf": (3, 42, 5)}
Cohort = Callable[..., tuple[str, str]]


@pytest.fixture
def cohort(run: Callable[..., Result], tmp_path: Path) -> Cohort:
    """Return a function that makes an answers table and its sheet, filled in."""
    made: list[str] = []

    def make(
        name: str, sizes: Mapping[str, tuple[int, ...]], *, rows: int | None = None, **options: str
    ) -> tuple[str, str]:
        path = tmp_path / f"{name}.csv"
        write_answers(path, sizes, 10_000 * len(made))
        made.append(name)
        chosen = [word for key, value in options.items() for word in (f"--{key}", value)]
        drawn = run("sample", path, "--n", "110", *chosen)
        assert drawn.exit_code == 0, drawn.output
        sheet = path.with_suffix(".sample.xlsx")
        fill(sheet, rows)
        return str(path), str(sheet)

    return make


def relabel(sheet: Path) -> None:
    """Change the first label."""
    workbook = openpyxl.load_workbook(sheet)
    cell = workbook.worksheets[0].cell(2, 5)
    cell.value = "passend" if cell.value != "passend" else "nicht passend"
    workbook.save(sheet)


def verdicts(result: Result) -> dict[str, str]:
    """Return the verdicts on changes in the JSON of `rates --versus`."""
    found = json.loads(result.stdout)["versus"]["changes"]
    return {r["persona"]: r["verdict"] for r in found if r["headline"]}


def test_before_and_after(run: Callable[..., Result], cohort: Cohort) -> None:
    """Fallen, risen, and personas of one file only; nobody is named."""
    now, sheet_now = cohort("Heuer", NOW)
    before, sheet_before = cohort("Voriges Jahr", BEFORE)
    command = ("rates", now, "--labels", sheet_now, "--versus", before)
    result = run(*command, "--versus-labels", sheet_before, "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert verdicts(result) == {"Verwaltung": "fallen", "Produktion": "risen"}
    for told in ("fallen", "Only in", "Einkauf", "Not in", "Vertrieb", "have fallen: Verwaltung"):
        assert told in result.stderr
    assert "ids stand in both" not in result.stderr
    assert "@x.example" not in result.output
    assert "Antwort" not in result.output
    again = run(*command, "--versus-labels", sheet_before, "--json")
    assert verdicts(again) == verdicts(result)


def test_in_german(run: Callable[..., Result], cohort: Cohort) -> None:
    """Words and numbers."""
    now, sheet_now = cohort("Heuer", NOW)
    before, sheet_before = cohort("Voriges Jahr", BEFORE)
    versus = ("--versus", before, "--versus-labels", sheet_before, "--lang", "de")
    result = run("rates", now, "--labels", sheet_now, *versus)
    for told in ("gesunken", "gestiegen", "Änderung", "vorher", "−2", "Nur in"):
        assert told in result.stderr
    trend = run(
        "trend", before, now, "--labels", sheet_before, "--labels", sheet_now, "--lang", "de"
    )
    for told in ("Kohorte", "Grenzen", "Mittel", "auffällig bei Heuer, niedriger"):
        assert told in trend.stderr


def test_counts_are_no_change(run: Callable[..., Result], cohort: Cohort) -> None:
    """Without labels on either side they are shown, and it is said that they prove nothing."""
    now, sheet_now = cohort("now", NOW)
    before, sheet_before = cohort("before", BEFORE)
    for sheets in ((), ("--labels", sheet_now), ("--versus-labels", sheet_before)):
        result = run("rates", now, *sheets, "--versus", before, "--json", "--lang", "en")
        assert result.exit_code == 0, result.output
        assert set(verdicts(result).values()) == {None}
        assert "neither does their difference" in result.stderr
        assert "have fallen" not in result.stderr


def test_the_table_for_other_tools(run: Callable[..., Result], cohort: Cohort) -> None:
    """Csv with every number of the changes, to a file or to stdout; only who is wanted."""
    now, sheet_now = cohort("now", NOW)
    before, sheet_before = cohort("before", BEFORE)
    versus = ("--versus", before, "--versus-labels", sheet_before, "--only", "Verwaltung")
    result = run("rates", now, "--labels", sheet_now, *versus, "-o", "-", "--quiet")
    rows = list(csv.DictReader(io.StringIO(result.stdout.lstrip("\ufeff"))))
    assert [row["persona"] for row in rows] == ["Verwaltung"] * 4
    assert float(rows[0]["difference"]) < -0.2
    assert run("rates", now, *versus, "-o", before).exit_code == 1


def test_a_look_is_taken_at_both(run: Callable[..., Result], cohort: Cohort) -> None:
    """Half a sheet before is told and costs nothing; other labels later are not judged again."""
    now, sheet_now = cohort("now", NOW)
    before, sheet_before = cohort("before", BEFORE, rows=60)
    versus = ("--versus", before, "--versus-labels", sheet_before, "--lang", "en", "--json")
    half = run("rates", now, "--labels", sheet_now, *versus)
    assert "Verwaltung, before: label the other" in half.stderr
    fill(Path(sheet_before))
    assert verdicts(run("rates", now, "--labels", sheet_now, *versus))["Verwaltung"] == "fallen"
    relabel(Path(sheet_before))
    looked = run("rates", now, "--labels", sheet_now, *versus)
    assert "before: this sample was judged before with other labels" in looked.stderr
    assert set(verdicts(looked).values()) == {"not_shown"}


def test_different_plans_are_told(run: Callable[..., Result], cohort: Cohort) -> None:
    """No verdict on a difference of rates that are not the same."""
    now, sheet_now = cohort("now", NOW)
    before, sheet_before = cohort("before", BEFORE, denominator="all")
    versus = ("--versus", before, "--versus-labels", sheet_before, "--lang", "en", "--json")
    result = run("rates", now, "--labels", sheet_now, *versus)
    assert "planned for different rates (process, signal; process, all)" in result.stderr
    assert set(verdicts(result).values()) == {"not_shown"}
    refused = run("trend", before, now, "--labels", sheet_before, "--labels", sheet_now)
    assert refused.exit_code == 1


def test_the_same_people_twice_are_told(run: Callable[..., Result], cohort: Cohort) -> None:
    """The bounds are for different people."""
    now, sheet = cohort("now", NOW)
    result = run(
        *("rates", now, "--labels", sheet, "--versus", now, "--versus-labels", sheet),
        *("--json", "--lang", "en"),
    )
    assert "312 ids stand in both files" in result.stderr
    assert set(verdicts(result).values()) == {"not_shown"}


def test_trend(run: Callable[..., Result], cohort: Cohort) -> None:
    """A jump is a signal, a slide a trend, and the rest is stable."""
    made = [
        cohort(f"c{i}", {"Jump": (j, 100 - j, 5), "Slide": (s, 100 - s, 5), "Same": (6, 94, 5)})
        for i, (j, s) in enumerate([(5, 24), (4, 16), (5, 11), (40, 6)], start=1)
    ]
    files = [path for path, _ in made]
    sheets = [word for _, sheet in made for word in ("--labels", sheet)]
    result = run("trend", *files, *sheets, "--json", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Jump: signal at c4, higher than chance." in result.stderr
    assert "Slide: the rate falls from cohort to cohort" in result.stderr
    assert "Same: stable" in result.stderr
    found = json.loads(result.stdout)
    assert found["cohorts"] == ["c1", "c2", "c3", "c4"]
    assert [r["signal"] for r in found["rates"] if r["persona"] == "Jump"] == [*[None] * 3, "high"]
    assert "@x.example" not in result.output
    around = run("trend", *files, *sheets, "--center", "0.3", "--only", "Same", "--lang", "en")
    assert "Same: signal at c1, lower than chance." in around.stderr
    assert "Jump" not in around.stderr
    table = run("trend", *files, *sheets, "-o", "-", "--quiet")
    assert len(list(csv.DictReader(io.StringIO(table.stdout.lstrip("\ufeff"))))) == 12


def test_a_higher_floor_holds_for_both_files(run: Callable[..., Result], cohort: Cohort) -> None:
    """A group that is too small before shows nothing, however large it is now."""
    sizes = {"Verwaltung": (2, 60, 3), "Produktion": (4, 20, 1)}
    now, sheet_now = cohort("Heuer", sizes | {"Team": (5, 30, 5)})
    before, sheet_before = cohort("Vorher", sizes | {"Team": (2, 9, 1)})
    command = ["rates", now, "--labels", sheet_now, "--versus", before]
    result = run(*command, "--versus-labels", sheet_before, "--min-group", "15", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["versus"]
    assert "Team" not in {r["persona"] for r in found["changes"]}
    assert "Team" in found["only_now"]
    assert "Team" not in found["counted_before"]


def test_an_export_with_one_more_is_not_subtracted(
    run: Callable[..., Result], cohort: Cohort, tmp_path: Path
) -> None:
    """Two large groups and one person between them: nothing is shown of the other time."""
    before, _ = cohort("before", {"Verwaltung": (2, 60, 3), "Produktion": (9, 40, 1)})
    lines = Path(before).read_text(encoding="utf-8-sig").splitlines()
    lines.insert(5, "999,late@x.example,Verwaltung,Passte es?,Gar nicht,not_fit,,,,,llm,")
    now = tmp_path / "now.csv"
    now.write_text("\n".join(lines), encoding="utf-8")
    result = run("rates", now, "--versus", before, "--json", "--lang", "en")
    found = json.loads(result.stdout)["versus"]
    assert set(found["counted_before"]) == {"Produktion"}
    withheld = [r for r in found["changes"] if r["persona"] == "Verwaltung"]
    assert [{k for k, v in r.items() if v} for r in withheld] == [{"persona", "withheld"}]
    assert "single people: Verwaltung" in result.stderr
    trend = run("trend", before, now, "--json", "--lang", "en")
    counted = json.loads(trend.stdout)["counted"]
    assert counted["Verwaltung"][1] is None
    assert counted["Produktion"][1] == counted["Produktion"][0]
    assert "single people: now" in trend.stderr


def test_a_trend_of_counts_is_none(run: Callable[..., Result], cohort: Cohort) -> None:
    """Without labels there are counts."""
    files = [cohort(name, {"A": (n, 100, 0)})[0] for name, n in (("a", 1), ("b", 50))]
    result = run("trend", *files, "--lang", "en")
    assert result.exit_code == 0
    assert "proves nothing" in result.stderr
    assert "signal at" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rates", "A", "--versus-labels", "s.xlsx"], "--versus"),
        (["rates", "A", "--versus", "nothing.csv"], "no file"),
        (["rates", "A", "--versus", "A", "--versus-labels", "nothing.xlsx"], "no plan"),
        (["trend", "A"], "two cohorts"),
        (["trend", "A", "A", "--labels", "s.xlsx"], "each file"),
        (["trend", "A", "A", "--center", "5"], "range"),
        (["trend", "A", "A", "--only", "Niemand"], "no persona"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], told: str, run: Callable[..., Result], tmp_path: Path
) -> None:
    """Two sentences, no traceback."""
    path = tmp_path / "a.csv"
    write_answers(path, NOW, 0)
    result = run(*(str(path) if a == "A" else a for a in arguments), "--lang", "en")
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.output
