"""Decisions reach the sheet whatever happens, and what others did to it stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sheets import KEYS, coded_sheet, set_in_excel, write_csv

from fitcheck.annotation.filling import Coding
from fitcheck.annotation.sheet import read_sheet
from fitcheck.codebook import load_codebook
from fitcheck.errors import DataError
from fitcheck.labeling import store as store_module
from fitcheck.labeling.store import LabelStore

BOOK = load_codebook()


def on_disk(path: Path) -> dict[str, Coding]:
    """Return what a sheet says, read from scratch."""
    return {
        row.key: Coding(row.label, tuple(sorted(row.themes)), row.doubt)
        for row in read_sheet(path, BOOK).rows
    }


def kill(store: LabelStore) -> None:
    """End a store as kill -9 does: the system closes the file, nothing else happens."""
    os.close(store._journal._file)


def journal_of(path: Path) -> Path:
    """Return where the decisions of a sheet lie that are not in it."""
    return path.with_name(f"{path.name}.journal.jsonl")


@pytest.fixture(params=["xlsx", "csv"])
def sheet(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a German sheet with answers that look like formulas."""
    path = coded_sheet(tmp_path / "sample.xlsx")
    return path if request.param == "xlsx" else write_csv(path)


def test_decisions_reach_the_sheet(sheet: Path) -> None:
    """Labels, themes and doubts stand there in the sheet's language; the journal is gone."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "not_fit")
    store.decide(KEYS[0], "themes", ("duration_pace", "need_timing"))
    store.decide(KEYS[1], "doubt", "=1+1\r\n-eher fit? 🙂")
    assert store.n_unsaved == 0  # a doubt takes everything with it
    store.decide(KEYS[2], "label", "fit")
    assert store.n_unsaved == 1
    store.close()
    said = on_disk(sheet)
    assert said[KEYS[0]] == Coding("not_fit", ("duration_pace", "need_timing"))
    assert said[KEYS[1]] == Coding(None, (), "=1+1\n-eher fit? 🙂")
    assert said[KEYS[2]].label == "fit"
    assert "nicht passend" in [row.cells["label"] for row in read_sheet(sheet, BOOK).rows]
    assert sorted(p.name for p in sheet.parent.iterdir()) == sorted({"sample.xlsx", sheet.name})


OPS = st.one_of(
    st.tuples(st.just("label"), st.sampled_from(KEYS), st.sampled_from(["fit", "not_fit", None])),
    st.tuples(
        st.just("themes"),
        st.sampled_from(KEYS),
        st.sets(st.sampled_from(sorted(BOOK.theme_ids)[:5]), max_size=3).map(
            lambda themes: tuple(sorted(themes))
        ),
    ),
    st.tuples(st.just("doubt"), st.sampled_from(KEYS), st.text(max_size=12)),
    st.tuples(st.sampled_from(["undo", "save", "kill", "kill while saving", "tear"])),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=st.lists(OPS, max_size=25))
def test_any_sequence_replays_to_the_right_sheet(
    ops: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is decided, undone, saved and killed: the sheet says what was confirmed last."""
    path = write_csv(coded_sheet(tmp_path_factory.mktemp("s") / "sample.xlsx"))
    store, model = LabelStore(path, BOOK), on_disk(path)
    undo: list[dict[str, Coding]] = []
    for name, *rest in ops:
        if name in ("label", "themes", "doubt"):
            key, value = rest
            before = dict(model)
            if name == "doubt":
                value = store_module._storable(value)
            changed = store.decide(key, name, value)
            coding = model[key]
            model[key] = Coding(
                value if name == "label" else coding.label,
                value if name == "themes" else coding.themes,
                value if name == "doubt" else coding.doubt,
            )
            assert changed == (model != before)
            if changed:
                undo.append(before)
        elif name == "undo":
            assert (store.undo() is None) == (not undo)
            model = undo.pop() if undo else model
        elif name == "save":
            store.save()
            assert on_disk(path) == model
        else:
            if name == "kill while saving":  # the sheet is replaced, the journal still there
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(store._journal, "clear", lambda: None)
                    store.save()
            kill(store)
            if name == "tear":
                with journal_of(path).open("ab") as stream:
                    stream.write(b'{"key": "k1", "fie')
            store, undo = LabelStore(path, BOOK), []
        assert {key: store.coding(key) for key in KEYS} == model
    store.close()
    assert on_disk(path) == model
    assert not journal_of(path).exists()


def test_the_journal_holds_no_texts(sheet: Path) -> None:
    """Neither answers nor doubts stand in it."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "doubt", "Geheim")
    store.decide(KEYS[0], "label", "fit")
    store.decide(KEYS[0], "themes", ("need_timing",))
    lines = journal_of(sheet).read_text()
    assert lines.count("\n") == 2
    assert "Geheim" not in lines
    assert "Schicht" not in lines
    store.close()


def test_what_excel_users_made_stays(tmp_path: Path) -> None:
    """Widths, drop-downs, other sheets, columns, formulas with their values, comments."""
    path = coded_sheet(tmp_path / "sample.xlsx")
    workbook = load_workbook(path)
    table = workbook["Antworten"]
    table.column_dimensions["D"].width = 33.5
    table["K1"], table["K3"] = "Notiz", "=LEN(D3)"
    table["B2"].comment = None
    workbook.create_sheet("Meins")["A1"] = "bleibt"
    workbook.save(path)
    before = load_workbook(path)
    store = LabelStore(path, BOOK)
    store.decide(KEYS[1], "label", "fit")
    store.close()
    after = load_workbook(path)
    assert after.sheetnames == before.sheetnames
    changed = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in after
        for line in sheet.iter_rows()
        for cell in line
        if cell.value != before[sheet.title][cell.coordinate].value
        or cell.style_id != before[sheet.title][cell.coordinate].style_id
    ]
    assert changed == [("Antworten", "E3", "passend")]
    assert after["Antworten"].column_dimensions["D"].width == 33.5
    assert after["Antworten"]["K3"].value == "=LEN(D3)"
    assert after["Antworten"].data_validations.count == before["Antworten"].data_validations.count


def test_a_sheet_changed_in_excel_is_merged(sheet: Path) -> None:
    """Both the changes there and the decisions here hold; the coder is told."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    set_in_excel(sheet, {(3, "label"): "keine Aussage", (3, "doubt"): "von Hand"})
    store.save()
    assert on_disk(sheet)[KEYS[0]].label == "fit"
    assert store.coding(KEYS[1]) == Coding("no_signal", (), "von Hand")
    assert [(n.kind, n.rows) for n in store.notices] == [("changed", (3,))]
    store.close()


def test_what_was_typed_over_a_decision_stands(sheet: Path) -> None:
    """A new value in the file was typed on purpose, so it is kept and told, and not undone."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    set_in_excel(sheet, {(2, "label"): "keine Aussage"})
    store.save()
    assert store.coding(KEYS[0]).label == "no_signal"
    assert [(n.kind, n.rows) for n in store.notices] == [("overruled", (2,))]
    assert store.undo() is None
    store.close()


def test_an_old_copy_written_back_loses_nothing(sheet: Path) -> None:
    """A program that opened the sheet earlier and saves it now does not take labels away."""
    old = sheet.read_bytes()
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    store.save()
    sheet.write_bytes(old)
    store.refresh()
    assert store.coding(KEYS[0]).label == "fit"
    assert [n.kind for n in store.notices] == ["put_back"]
    store.close()
    assert on_disk(sheet)[KEYS[0]].label == "fit"


def test_an_emptied_cell_is_put_back(sheet: Path) -> None:
    """Also where the sheet had another label before this run."""
    set_in_excel(sheet, {(2, "label"): "passend"})
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "not_fit")
    store.save()
    set_in_excel(sheet, {(2, "label"): ""})
    store.close()
    assert [n.kind for n in store.notices] == ["put_back"]
    assert on_disk(sheet)[KEYS[0]].label == "not_fit"


def test_a_decision_during_the_writing_is_kept(
    sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It missed the writing, so the journal keeps it."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    write = store_module.replace_file

    def decide_and_write(*args: Any, **kwargs: Any) -> None:
        store.decide(KEYS[1], "label", "not_fit")
        write(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "replace_file", decide_and_write)
        store.save()
    kill(store)
    LabelStore(sheet, BOOK).close()
    assert [on_disk(sheet)[key].label for key in KEYS[:2]] == ["fit", "not_fit"]


def test_an_edit_after_a_kill_stands(sheet: Path) -> None:
    """A run killed between writing the sheet and clearing the journal does not undo later edits."""
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store._journal, "clear", lambda: None)
        store.save()
    kill(store)
    set_in_excel(sheet, {(2, "label"): "nicht passend"})
    store = LabelStore(sheet, BOOK)
    assert store.coding(KEYS[0]).label == "not_fit"
    store.close()
    assert on_disk(sheet)[KEYS[0]].label == "not_fit"


def test_a_held_sheet_keeps_decisions_beside_it(
    sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, Excel lets nobody replace its file: labels wait, a doubt is refused."""
    store = LabelStore(sheet, BOOK)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _held)
        store.decide(KEYS[0], "label", "fit")
        with pytest.raises(DataError, match="open in another program"):
            store.save()
        with pytest.raises(DataError, match="open in another program"):
            store.decide(KEYS[0], "doubt", "weiß nicht")
        assert store.coding(KEYS[0]) == Coding("fit")
        assert store.problem is not None
        kill(store)
        store = LabelStore(sheet, BOOK)
        assert store.coding(KEYS[0]).label == "fit"
        assert store.n_unsaved == 1
    store.close()
    assert on_disk(sheet)[KEYS[0]].label == "fit"


def _held(*args: object) -> None:
    raise PermissionError("held")


def test_words_written_by_hand_keep_their_column(sheet: Path) -> None:
    """A theme outside the codebook is not overwritten, and takes one of the three places."""
    set_in_excel(sheet, {(2, "theme_2"): "Kantine"})
    store = LabelStore(sheet, BOOK)
    assert [store.slots(key) for key in KEYS[:2]] == [2, 3]
    store.decide(KEYS[0], "themes", ("duration_pace", "need_timing"))
    store.close()
    (row,) = [row for row in read_sheet(sheet, BOOK).rows if row.key == KEYS[0]]
    assert row.cells["theme_2"] == "Kantine"
    assert set(row.themes) == {"duration_pace", "need_timing"}


def test_one_sheet_is_labelled_once(sheet: Path) -> None:
    """A second program is refused; a killed one holds nothing."""
    store = LabelStore(sheet, BOOK)
    with pytest.raises(DataError, match="labelled already"):
        LabelStore(sheet, BOOK)
    kill(store)
    LabelStore(sheet, BOOK).close()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"key": "k1"}\n', "is no decision"),
        (b'{"key": "k1", "field": "doubt", "was": "", "value": "x"}\n', "is no decision"),
        (b'{"key": "zz", "field": "label", "was": null, "value": "fit"}\n', "not in the sheet"),
    ],
)
def test_a_foreign_journal_is_refused(sheet: Path, line: bytes, found: str) -> None:
    """Nothing is guessed and nothing is lost: journal and sheet stay as they are."""
    journal_of(sheet).write_bytes(line)
    before = sheet.read_bytes()
    with pytest.raises(DataError, match=found):
        LabelStore(sheet, BOOK)
    assert journal_of(sheet).read_bytes() == line
    assert sheet.read_bytes() == before


def test_rows_that_vanish_stop_the_writing(sheet: Path) -> None:
    """The decisions about them stay in the journal until the sheet is whole again."""
    whole = sheet.read_bytes()
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    set_in_excel(sheet, {(2, "key"): "fremd"})
    with pytest.raises(DataError, match="lost rows"):
        store.save()
    assert journal_of(sheet).stat().st_size
    sheet.write_bytes(whole)
    store.close()
    assert on_disk(sheet)[KEYS[0]].label == "fit"


def test_rows_come_by_number_however_the_sheet_is_sorted(sheet: Path) -> None:
    """A person's answers stay together."""
    store = LabelStore(sheet, BOOK)
    order = [row.key for row in store.rows]
    store.close()
    assert order == list(KEYS)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")
def test_who_may_read_the_sheet_stays(sheet: Path) -> None:
    """Saving does not open a private sheet to others; the journal is private too."""
    sheet.chmod(0o600)
    store = LabelStore(sheet, BOOK)
    store.decide(KEYS[0], "label", "fit")
    assert journal_of(sheet).stat().st_mode & 0o777 == 0o600
    store.close()
    assert sheet.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_writing_left_is_removed(sheet: Path) -> None:
    """A half-written copy of the answers does not stay in the folder."""
    left = sheet.with_name(f".fitcheck-{sheet.name}")
    left.write_bytes(b"half of the answers")
    LabelStore(sheet, BOOK).close()
    assert not left.exists()
