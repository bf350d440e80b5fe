"""Decisions get into the sheet by themselves, at the latest when the program that held it ends."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sheets import KEYS, coded_sheet

from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.labeling import saving
from fitcheck.labeling.saving import Saver
from fitcheck.labeling.store import LabelStore


def test_it_tries_again_until_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet that was held is written without another decision."""
    monkeypatch.setattr(saving, "_RETRY_S", 0.01)
    monkeypatch.setattr(saving, "_PAUSE_S", 0.01)
    store = LabelStore(coded_sheet(tmp_path / "sample.xlsx"), load_codebook())
    save, saved, tries = store.save, threading.Event(), []

    def held_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            store.problem = DataError("{path} is held.", "Close it.", path="x")
            raise store.problem
        save()
        saved.set()

    monkeypatch.setattr(store, "save", held_twice)
    saver = Saver(store)
    store.decide(KEYS[0], "label", "fit")
    saver.start()
    assert saved.wait(30)
    saver.stop()
    assert store.n_unsaved == 0
    assert store.problem is None
    monkeypatch.undo()
    store.close()
