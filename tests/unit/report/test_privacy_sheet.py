"""The sheet for works council and data protection says what the run file says, and no more."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from fitcheck.errors import DataError
from fitcheck.report.privacy_forms import FORMS
from fitcheck.report.privacy_sheet import PrivacySheet, make_privacy_sheet
from fitcheck.report.run_file import read_run_file
from fitcheck.report.texts import LANGUAGES, Texts

OFFLINE: dict[str, Any] = {"id": "baseline", "encoder": "tfidf", "endpoint": None}
ASKED: dict[str, Any] = {
    "id": "llm",
    "model": "gpt-x",
    "endpoint": "api.firma.example",
    "prompt": {"id": "fit.v1", "sha256": "ab" * 32},
    "redacted": True,
    "persona_shown": False,
    "answers_asked": 1234,
    "answers_kept": 0,
    "requests": 62,
    "redactions": {"Person": 7},
}
VECTORS = {
    "endpoint": "vektor.firma.example",
    "model": "embed-x",
    "redacted": True,
    "texts_asked": 4321,
    "texts_kept": 0,
    "requests": 9,
}


def run_of(classifier: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a run file's content."""
    return {
        "fitcheck": "0.1.0",
        "python": "3.13.1",
        "finished": "2026-02-01T08:30:00+00:00",
        "classifier": classifier,
        "codebook": {"id": "fit", "version": 1, "sha256": "cd" * 32},
        "input": {
            "format": "xlsx",
            "rows": 1500,
            "rows_not_classified": {"preview": 3},
            "text_columns": 2,
        },
        "answers": 1300,
        "min_group": 5,
        **more,
    }


def sheet_of(folder: Path, run: dict[str, Any], lang: str = "de") -> PrivacySheet:
    """Return the sheet of a run file with this content."""
    path = folder / "a.run.json"
    path.write_text(json.dumps(run), encoding="utf-8")
    return make_privacy_sheet(read_run_file(path), Texts(lang))  # type: ignore[arg-type]


def said(folder: Path, classifier: dict[str, Any], **more: Any) -> str:
    """Return the German sheet as text, in one line."""
    sheet = sheet_of(folder, run_of(classifier, **more))
    return " ".join(FORMS[".txt"](sheet, Texts("de")).split())


def test_offline(tmp_path: Path) -> None:
    """Nothing was sent or kept, and nobody asks about a provider."""
    text = said(tmp_path, OFFLINE)
    assert "Dieser Lauf hat nichts verschickt: Ein Modell auf diesem Rechner hat 1.300 Ant" in text
    assert "Aus den Antworten hat dieser Lauf nichts in einem Zwischenspeicher abgelegt." in text
    assert "Ausgewertete Zeilen: 1.500" in text
    assert "Übergangene Zeilen: 3" in text
    for word in ("Server:", "Art. 28", "cache info", "Platzhalter ersetzt", "reicht er"):
        assert word not in text


def test_a_provider(tmp_path: Path) -> None:
    """Host, model, counts and what was replaced; contract, retention and country are questions."""
    text = said(tmp_path, ASKED)
    assert "Texte aus Antworten an api.firma.example: erkannte Namen" in text
    for fact in (
        *("Server: api.firma.example", "Modell: gpt-x", "Verschiedene Antworten gesendet: 1.234"),
        *("Anfragen: 62", "Ersetzt: Person 7", "Gruppe mitgesendet: nein"),
    ):
        assert fact in text
    questions = text.partition("Was fitcheck nicht wissen kann")[2]
    for question in ("Vertrag mit dem Betreiber von api.firma.example", "trainiert", "EU", "https"):
        assert question in questions
    assert "älter als 30 Tage" in text
    assert "nichts verschickt" not in text
    assert "bekannten Antworten wurden" not in text


@pytest.mark.parametrize(
    ("changed", "there", "not_there"),
    [
        ({"redacted": False}, "Ersetzt wurde nichts", "Vor dem Senden ersetzt"),
        ({"redacted": False}, "so, wie sie geschrieben", "Ersetzt: Person"),
        ({"persona_shown": True}, "wurde mitgesendet (--show", "wurde nicht mitgesendet"),
        (
            {"answers_kept": 9},
            "bekannten Antworten wurden in einem früheren",
            "Aus den Antworten hat",
        ),
        ({"evidence": {"kind": "votes", "votes": 5}}, "wurde 5-mal gefragt", "einzeln an das"),
        ({"evidence": {"kind": "logprobs"}}, "einzeln an das Modell", "-mal gefragt"),
        ({"endpoint": "localhost"}, "auf diesem Rechner (localhost)", "Art. 28"),
        ({"endpoint": "127.0.0.1"}, "Server auf 127.0.0.1 selbst, oder", "außerhalb der EU"),
    ],
)
def test_what_was_chosen_is_said(
    changed: dict[str, Any], there: str, not_there: str, tmp_path: Path
) -> None:
    """Each option of a run has its sentence, and the opposite is not there."""
    text = said(tmp_path, ASKED | changed)
    assert there in text
    assert not_there not in text


def test_batches(tmp_path: Path) -> None:
    """What went as files, and the answer that was asked before, count as well."""
    by_batch = {"answers": 99, "requests": 20, "first_request": {"requests": 2}}
    text = said(tmp_path, ASKED | {"requests": 1, "answers_asked": 1, "batch_api": by_batch})
    assert "Anfragen: 3 " in text
    assert "Antworten per Batch: 99" in text
    assert "Vorher ging eine einzelne Antwort direkt" in text
    assert "*.batch.json" in text


def test_vectors(tmp_path: Path) -> None:
    """Their server is named apart, and asked about like the other one."""
    text = said(tmp_path, ASKED | {"vectors": VECTORS})
    assert "an api.firma.example, vektor.firma.example" in text
    assert "Texte für Satzvektoren gesendet: 4.321" in text
    assert "Betreiber von vektor.firma.example" in text
    alone = said(tmp_path, {**OFFLINE, "endpoint": "vektor.firma.example", "vectors": VECTORS})
    assert "Texte aus Antworten an vektor.firma.example" in alone
    assert "Modell: gpt-x" not in alone


def test_a_foreign_classifier(tmp_path: Path) -> None:
    """What fitcheck did not write, it does not vouch for."""
    text = said(tmp_path, {"id": "MyClassifier", "endpoint": None})
    assert "ob dieses Programm etwas verschickt, kann fitcheck nicht wissen" in text
    assert "Wohin verschickt MyClassifier Texte?" in text
    assert "nichts verschickt" not in text
    assert "nichts in einem Zwischenspeicher" not in text


@pytest.mark.parametrize(
    ("floor", "detail", "is_low"), [(5, 10, False), (12, 12, False), (3, 10, True)]
)
def test_thresholds(floor: int, detail: int, is_low: bool, tmp_path: Path) -> None:
    """Those of the run, and a word if somebody lowered them."""
    text = said(tmp_path, OFFLINE, min_group=floor)
    assert f"Unter {floor} Personen: keine Zahlen" in text
    assert f"Unter {detail} Personen: kein Anteil" in text
    assert ("unter den vorgegebenen 5 Personen" in text) == is_low


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("ending", FORMS)
def test_every_form_says_everything(lang: str, ending: str, tmp_path: Path) -> None:
    """Page, Markdown and text hold each sentence, fact and question."""
    sheet = sheet_of(tmp_path, run_of(ASKED | {"model": "a<b>_c|d", "vectors": VECTORS}), lang)
    form = FORMS[ending](sheet, Texts(lang))  # type: ignore[arg-type]
    plain = " ".join(html.unescape(form.replace("\\", "")).split())
    for section in sheet.sections:
        cells = [cell for row in (*section.facts, *section.rows) for cell in row]
        for text in (section.heading, *section.sentences, *cells, *section.questions):
            assert " ".join(text.split()) in plain, text
    assert "a<b>" not in form or ending == ".txt"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no run file"),
        ("[]", "no run file"),
        ('{"summary": 1}', "no run file"),
        ('{"fitcheck": "0.1.0", "classifier": {}, "scores": {}}', "of another command"),
        (json.dumps({**run_of(OFFLINE), "min_group": None}), "min_group is missing"),
        (json.dumps(run_of({k: v for k, v in ASKED.items() if k != "redacted"})), "redacted is m"),
        (json.dumps(run_of({"id": "llm", "endpoint": "x.example"})), "classifier is missing"),
    ],
)
def test_what_is_no_run_file(content: str, told: str, tmp_path: Path) -> None:
    """An older or foreign file is refused: nobody could tell what was sent."""
    path = tmp_path / "a.run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=told) as error:
        read_run_file(path)
    assert "fitcheck classify" in str(error.value)
    with pytest.raises(DataError, match="cannot be read"):
        read_run_file(tmp_path / "none.json")
