"""A question's wording says what it asks for."""

from __future__ import annotations

import pytest

from fitcheck.codebook import load_codebook
from fitcheck.labeled import load_labeled
from fitcheck.question_kinds import fold_question, is_cue


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        # a negation turns the kind around, an aside does not
        ("Was hat weniger gut zu Ihrer Arbeit gepasst?", "misfit"),
        ("What didn't work for you?", "disliked"),
        ("Which parts were least relevant?", "misfit"),
        ("Hat das Training (nicht) gepasst? Bitte begründen.", "fit"),
        ("War das Niveau zu leicht, genau richtig, zu schwer?", "fit"),
        ("War etwas zu leicht für Sie?", "misfit"),
        # good and bad at once
        ("Was lief gut, was nicht?", "open"),
        ("Lob & Kritik", "open"),
        ("Anmerkungen / Verbesserungsvorschläge", "open"),
        ("What did you like, and what should we change?", "open"),
        ("Q4 What can be improved? (Comments)", "improve"),
        # a longer wording decides over a shorter one in it
        ("Any comments on how we can improve?", "improve"),
        ("Ihr Kommentar zum E-Learning", "open"),
        ("Anything else you'd like to tell us?", "open"),
        ("Zugang und Barrierefreiheit: Anmerkungen", "open"),
        ("What has changed in how you work?", "transfer"),
        ("What would you change?", "improve"),
        ("WAS_NEHMEN_SIE_MIT", "learned"),
    ],
)
def test_wordings(question: str, kind: str) -> None:
    """Negations, double questions and near misses."""
    assert load_codebook().kind_of(question) == kind


def test_most_wordings_of_the_labelled_answers_are_recognized() -> None:
    """German and English wordings agree with the coded kind; other languages have no cues."""
    codebook = load_codebook()
    kinds = {
        example.answer.question: example.answer.kind
        for example in load_labeled("train")
        if example.language[:2] in ("de", "en")
    }
    agree = sum(codebook.kind_of(question) == kind for question, kind in kinds.items())
    assert agree >= 0.95 * len(kinds)


def test_umlauts_case_and_short_forms_do_not_matter() -> None:
    """ä is ae, n't is not."""
    assert fold_question("Gefällt’s?  DIDN'T") == " gefaellt's? did not "
    assert load_codebook().kind_of("was gefiel ihnen nicht") == "disliked"
    assert load_codebook().kind_of("Was koennen wir VERBESSERN") == "improve"


@pytest.mark.parametrize("text", ["a|b", "", "a  b", "a (b)"])
def test_only_phrases_are_cues(text: str) -> None:
    """Regular expressions are no cues."""
    assert not is_cue(text)
