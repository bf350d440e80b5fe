"""Cards of personas show what a report may show, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from test_forms import judged, people, report_of

from fitcheck.personas import Personas, load_personas, personas_path
from fitcheck.records import ThemeHit
from fitcheck.report.persona_cards import make_cards, personas_page
from fitcheck.report.texts import LANGUAGES, Texts

DE = Texts("de")


def personas_of(*names: str, **more: Any) -> Personas:
    """Return personas of these names, each assigned by its own."""
    return Personas.model_validate(
        {
            "personas": [
                {
                    "id": f"p{i}",
                    "name": {"de": name},
                    "assign": [{"column": "Rolle", "values": [name], **more}],
                }
                for i, name in enumerate(names)
            ]
        }
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shipped_personas_are_told_in_full(lang: str) -> None:
    """Six aspects of each in both languages, and nothing of numbers without predictions."""
    found = load_personas(personas_path())
    cards = make_cards(found, None, Texts(lang))  # type: ignore[arg-type]
    assert len(cards) == 5
    assert [len(card.facts) for card in cards] == [6] * 5
    assert not any(card.rate or card.remarks or card.verdict or card.reasons for card in cards)
    for persona in found.personas:
        for aspect in ("name", "goals", "need", "context", "knowledge", "format", "barriers"):
            assert set(getattr(persona, aspect)) == {"de", "en"}


def test_rate_verdict_and_reasons() -> None:
    """A persona gets what the report says of its group; the themes that are critical come first."""
    late, praised = ThemeHit("need_timing", "wish"), ThemeHit("trainer_facilitation", "positive")
    pairs = people("Lager", "not_fit", 20, late, praised) + people("Lager", "fit", 48, praised)
    report = judged(pairs)
    (card,) = make_cards(personas_of("Lager"), report, DE)
    assert card.rate == "29,4\u00a0%"
    assert card.bounds == "95\u00a0%-Grenzen 20,4 bis 39,8\u00a0%, 68 Personen"
    assert card.verdict == ("no", "Ziel unter 5\u00a0% widerlegt")
    assert card.reasons is not None
    assert [said.partition(";")[0] for _, said in card.reasons] == ["20 mit Wunsch von 68 Personen"]
    assert card.remarks == ()
    assert "bei 0 von 1 belegt, bei 1 widerlegt" in personas_page(personas_of("Lager"), report, DE)


def test_trainers_are_no_reason() -> None:
    """Whoever gives an offer is not judged on a card, however many complain."""
    pairs = people("Lager", "not_fit", 40, ThemeHit("trainer_facilitation", "negative"))
    (card,) = make_cards(personas_of("Lager"), report_of(pairs), DE)
    assert card.reasons == ()


@pytest.mark.parametrize(("n", "is_told"), [(9, False), (10, True)])
def test_few_respondents_give_no_reasons(n: int, is_told: bool) -> None:
    """Under ten, no theme is told of."""
    pairs = people("Lager", "not_fit", n, ThemeHit("need_timing", "wish"))
    (card,) = make_cards(personas_of("Lager"), report_of(pairs), DE)
    assert bool(card.reasons) == is_told


@pytest.mark.parametrize("spelling", ["p0", "lager ", "Lager & Versand", "A7"])
def test_a_group_is_found_by_id_name_or_value(spelling: str) -> None:
    """However the answers table calls it; another name than the card's is said."""
    found = personas_of("Lager", values=["Lager & Versand"], codes=["A7"])
    (card,) = make_cards(found, judged(people(spelling, "fit", 60)), DE)
    assert card.rate == "0,0\u00a0%"
    assert card.remarks == (f"Ausgewertet als „{spelling}“.",)


def test_without_labels_there_are_counts() -> None:
    """No rate and no verdict, but a sentence."""
    (card,) = make_cards(personas_of("Lager"), report_of(people("Lager", "fit", 30)), DE)
    assert (card.rate, card.verdict) == ("", None)
    assert "Lager: 30 Personen, laut Modell 30 passend" in card.remarks[0]
    assert card.reasons == ()


def test_a_hidden_group_looks_like_one_that_nobody_answered_for() -> None:
    """Neither a number, nor a theme, nor a sign that it exists."""
    hit = ThemeHit("need_timing", "negative")
    pairs = people("Groß", "fit", 40) + people("Mittel", "fit", 12)
    found = personas_of("Groß", "Klein", "Niemand")
    cards = make_cards(found, report_of(pairs + people("Klein", "not_fit", 4, hit)), DE)
    small, nobody = cards[1:]
    assert (small.remarks, small.reasons, small.rate) == (nobody.remarks, None, "")
    assert "Keine Zahlen" in small.remarks[0]


def test_groups_without_a_card_and_cards_of_several_groups() -> None:
    """Whoever is in the survey is told of; what cannot be added up is not."""
    pairs = people("Lager", "fit", 30) + people("A7", "fit", 20) + people("Labor", "fit", 15)
    found = personas_of("Lager", codes=["A7"])
    page = personas_page(found, report_of(pairs), DE)
    assert "Ausgewertet unter mehreren Namen: Lager, A7." in page
    assert "Labor: 15 Personen" in page
    assert "Lager: 30 Personen" not in page
