"""Processes give what one process gives, whatever becomes of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from both_ways import in_parts, whole

from fitcheck.classifiers.baseline import BaselineClassifier
from fitcheck.classifiers.model_file import save_model
from fitcheck.codebook import load_codebook
from fitcheck.engines.large import read_large
from fitcheck.engines.work import PartWork
from fitcheck.engines.workers import work_in_processes
from fitcheck.errors import DataError
from fitcheck.surveys import parts
from fitcheck.surveys.columns import Wishes
from fitcheck.surveys.grid import ReadOptions
from fitcheck.surveys.outline import Block
from fitcheck.surveys.parts import Part

N_ROWS, ROWS = 60, 4


@pytest.fixture(autouse=True)
def small_parts() -> Iterator[None]:
    """Divide small files too."""
    with patch.object(parts, "ROWS", ROWS), patch.object(parts, "_STEP", 2):
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file of several parts."""
    file = tmp_path / "a.csv"
    lines = [f"T{i};Das passt {'nicht ' * (i % 3)}zu uns, Teil {i}\n" for i in range(N_ROWS)]
    file.write_text("ID;Kommentar\n" + "".join(lines), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def small() -> BaselineClassifier:
    """Return a classifier that is fitted at once."""
    texts = ["passt genau", "passt gut zu uns", "passt nicht", "hilft uns gar nicht"]
    return BaselineClassifier().fit(texts, ["fit", "fit", "not_fit", "not_fit"])


def test_processes_give_the_same(path: Path, small: BaselineClassifier) -> None:
    """Output, run file and counts do not depend on who worked."""
    options = ReadOptions(), Wishes(), None, small
    one = whole(path, path.with_name("one.csv"), "rows", *options)
    assert in_parts(path, path.with_name("two.csv"), "rows", *options, 2) == one


def work_of(path: Path) -> tuple[PartWork, list[Part]]:
    """Return what is to be done with a file."""
    large = read_large(str(path), ReadOptions(), Wishes())
    return large.work(load_codebook(), None, "rows", ".csv"), list(large.source.parts(0))


def test_a_killed_worker_loses_and_doubles_nothing(
    path: Path, small: BaselineClassifier, tmp_path: Path
) -> None:
    """Its parts are done by another one."""
    save_model(small, tmp_path / "model.zip", {})
    work, given = work_of(path)
    results = work_in_processes(work, tmp_path / "model.zip", given, 2)
    done = [next(results)]
    for child in multiprocessing.active_children():
        child.kill()
    done += results
    assert [result.number for result in done] == [part.number for part in given]
    assert [result.content for result in done] == [work.done(p, small).content for p in given]


@dataclass(frozen=True, slots=True)
class Deadly:
    """A format of which one part ends whoever reads it, or cannot be read."""

    form: Any
    deadly: int
    error: DataError | None = None

    def block(self, part: Part) -> Block:
        """Return the rows, or end the process."""
        if part.number == self.deadly and self.error is not None:
            raise self.error
        if part.number == self.deadly:
            os._exit(9)
        return self.form.block(part)  # type: ignore[no-any-return]

    def render(self, *args: Any) -> Any:
        """Write as the format does."""
        return self.form.render(*args)


def test_a_part_that_ends_its_worker_is_an_error(
    path: Path, small: BaselineClassifier, tmp_path: Path
) -> None:
    """It is tried three times; the parts before it are there."""
    save_model(small, tmp_path / "model.zip", {})
    work, given = work_of(path)
    deadly = replace(work, format=Deadly(work.format, 3))
    results = work_in_processes(deadly, tmp_path / "model.zip", given, 1)
    assert [next(results).number for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match=r"row 13 .*3 times"):
        next(results)
    assert not multiprocessing.active_children()


def test_an_error_of_a_worker_is_that_of_the_run(
    path: Path, small: BaselineClassifier, tmp_path: Path
) -> None:
    """With its words and fields."""
    save_model(small, tmp_path / "model.zip", {})
    work, given = work_of(path)
    error = DataError("{path} is damaged.", "Write it again.", path="a.csv")
    deadly = replace(work, format=Deadly(work.format, 2, error))
    with pytest.raises(DataError, match=r"^a\.csv is damaged\. Write it again\.$") as found:
        list(work_in_processes(deadly, tmp_path / "model.zip", given, 1))
    assert found.value.fields == {"path": "a.csv"}
