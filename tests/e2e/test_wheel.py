"""The built wheel works in a fresh environment, away from the checkout, without network."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from conftest import csv_rows

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an environment with the wheel; it borrows our dependencies."""
    folder = tmp_path_factory.mktemp("Prüfstand mit Leerzeichen")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=False)
    site = next((folder / "env").glob("[Ll]ib*/**/site-packages"))
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    # The dependencies come from the running environment, fitcheck itself from the wheel alone.
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "borrowed.pth").write_text("\n".join(ours) + "\n", encoding="utf-8")
    return folder


def test_wheel_classifies_the_demo(installed: Path) -> None:
    """The demo goes through, with its data from inside the wheel."""
    python = next((installed / "env").glob("[bS][ic][nr]*/python*"))
    work = installed / "Ablage"
    work.mkdir()
    demo = (ROOT / "labeled" / "demo" / "feedback.csv").read_bytes()
    (work / "Rückmeldung.csv").write_bytes(demo)
    where = subprocess.run(
        [python, "-c", "import fitcheck.resources as r; print(r.resource('labeled/train.csv'))"],
        check=True,
        capture_output=True,
        text=True,
        cwd=work,
    )
    assert "_data" in where.stdout
    said = "from fitcheck.report.texts import Texts; print(Texts('en').of('note.purpose'))"
    texts = subprocess.run(
        [python, "-c", said], check=True, capture_output=True, text=True, cwd=work
    )
    assert "judges the training" in texts.stdout
    done = subprocess.run(
        [python, "-m", "fitcheck", "classify", "Rückmeldung.csv", "--lang", "de"],
        check=False,
        capture_output=True,
        text=True,
        cwd=work,
    )
    assert done.returncode == 0, done.stderr
    before = csv_rows(demo, delimiter=";")
    after = csv_rows((work / "Rückmeldung.fitcheck.csv").read_bytes(), delimiter=";")
    assert [row[: len(before[0])] for row in after] == before


def test_wheel_has_the_labelling_page(installed: Path) -> None:
    """Template, style, script and words are inside it."""
    python = next((installed / "env").glob("[bS][ic][nr]*/python*"))
    code = (
        "from fitcheck.codebook import load_codebook as book; import fitcheck.labeling.page as p; "
        "print(p.__file__, len(p.render_page(book(), 'de', 's.xlsx')), "
        "all(p.static_file(name) for name in p.STATIC), len(p.page_words('en')))"
    )
    done = subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True, cwd=installed
    )
    assert "site-packages" in done.stdout
    assert " True " in done.stdout
