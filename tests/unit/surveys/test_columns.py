"""What a column is follows from its heading and from what stands below it."""

from __future__ import annotations

import pytest

from fitcheck.surveys.survey import read_survey

ANSWERS = ["", "Mehr Fälle aus dem Lager", "kürzer", "alles gut so", "Bus fährt nur früh", ""]
NOTES = [
    "passt",
    "Zu viel Theorie für mich",
    "",
    "gern wieder",
    "mehr Zeit",
    "nichts davon genutzt",
]


def distinct(values: list[str]) -> list[str]:
    """Return twice as many values, all different, as written answers are."""
    return values + [value and f"{value}, {i}" for i, value in enumerate(values)]


@pytest.mark.parametrize("heading", ["Hinweise zur Organisation", "Wunschzettel", "Rosinen"])
def test_terse_answers_are_text_whatever_the_heading(heading: str) -> None:
    """Some answers of several words among short ones are enough."""
    lines = [f"Abteilung;{heading};Was hat gefallen?"]
    cells = zip(distinct(ANSWERS), distinct(NOTES), strict=True)
    lines += [f"{'Lager' if i % 2 else 'Pflege'};{a};{b}" for i, (a, b) in enumerate(cells)]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.texts == (heading, "Was hat gefallen?")


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("feedback_id", [f"fb_6c88d1a{i}" for i in range(12)]),
        ("Ansprechperson", [f"Vorname{i} Nachname{i}" for i in range(12)]),
        ("Praxisnah?", ["+", "++", "o", "-", "+", "o"] * 2),
        ("Nutzen?", ["hoch", "mittel", "gering", "hoch", "mittel", "hoch"] * 2),
    ],
)
def test_ids_names_and_marks_are_no_answers(heading: str, values: list[str]) -> None:
    """An open heading alone makes no answers of ids; a mark is no word."""
    lines = [f"{heading};Was hat gefallen?"]
    lines += [f"{a};{b}" for a, b in zip(values, distinct(NOTES), strict=True)]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.texts == ("Was hat gefallen?",)


@pytest.mark.parametrize(
    "heading",
    [
        "trainer_kuerzel",
        "Ausbilder",
        "Which training date did you attend?",
        "Hours spent per week",
        "Content Type",
        "How likely are you to recommend this? - Group",
        "Erfasst von",
    ],
)
def test_facts_of_the_training_are_no_persona(heading: str) -> None:
    """A trainer, a date or a mark is never proposed as the learners' group."""
    lines = [f"{heading};Was hat gefallen?"]
    cells = enumerate(distinct(NOTES))
    lines += [f"{'Eins' if i % 2 else 'Zwei'};{text}" for i, text in cells]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.persona is None


@pytest.mark.parametrize(
    "heading",
    [
        "Which of these best describes your level?",
        "What is your current leadership level?",
        "attendee_type",
        "Vertriebsweg",
    ],
)
def test_groups_of_people_are_proposed(heading: str) -> None:
    """A heading that asks for the person's group, or the first column of groups."""
    lines = [f"{heading};Was hat gefallen?"]
    cells = enumerate(distinct(NOTES))
    lines += [f"{'Eins' if i % 2 else 'Zwei'};{text}" for i, text in cells]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.persona == heading


def test_a_title_and_a_question_row() -> None:
    """Columns keep their short title; the question is the fuller of the two headings."""
    rows = [
        ["Name", "Dauer", "Gut", "Besser"],
        ["", "", "Was hat Ihnen an der Schulung gefallen?", "Was schlagen Sie vor?"],
        *(["anonym", str(300 + i), text, text] for i, text in enumerate(distinct(NOTES))),
    ]
    survey = read_survey("a.csv", content="\n".join(";".join(r) for r in rows).encode())
    assert survey.columns.texts == ("Gut", "Besser")
    assert {a.question for a in survey.answers()} == {rows[1][2], rows[1][3]}


def test_exports_pasted_below_each_other() -> None:
    """A heading that comes again is no respondent."""
    part = ["Abteilung;Was hat gefallen?", *(f"Lager;{text}" for text in distinct(NOTES))]
    survey = read_survey("a.csv", content="\n".join([*part, "", *part]).encode())
    assert list(survey.layout.dropped.values()) == ["heading again"]
    assert survey.n_respondents == 24


def test_a_heading_row_with_many_blanks() -> None:
    """Choices leave blanks in the first row; a full row of answers is not the heading instead."""
    rows = [
        ["Respondent ID", "Your role?", "Which parts?", "", "", "", "What got in the way?"],
        ["", "Response", "List", "Form", "Talk", "None", "Open-Ended Response"],
        *(
            [str(119_000 + i), "Teller", "List", "Form", "Talk" if i == 5 else "", "None", text]
            for i, text in enumerate(distinct(NOTES))
        ),
    ]
    survey = read_survey("a.csv", content="\n".join(";".join(r) for r in rows).encode())
    assert len(survey.layout.header) == 2
    assert survey.columns.texts == ("What got in the way?",)


def test_sosci_survey() -> None:
    """Codes above, questions below; unfinished interviews are left out."""
    rows = [
        ["CASE", "QUESTNNR", "STARTED", "ZG01", "OF01_01", "FINISHED"],
        [
            "Nummer",
            "Fragebogen",
            "Beginn",
            "Berufsgruppe (1 = Pflege)",
            "Was war nützlich?",
            "Fertig?",
        ],
        *(
            [
                str(31 + i),
                "base",
                f"2026-02-1{i % 9} 09:00:00",
                str(1 + i % 3),
                text,
                str(int(i > 1)),
            ]
            for i, text in enumerate(distinct(NOTES))
        ),
    ]
    survey = read_survey("a.csv", content="\n".join("\t".join(r) for r in rows).encode())
    assert survey.profile.id == "sosci"
    assert (survey.columns.id, survey.columns.persona) == ("CASE", "ZG01")
    assert survey.columns.texts == ("OF01_01",)
    assert survey.questions[4] == "Was war nützlich?"
    assert survey.n_respondents == 10


def test_a_named_persona_keeps_other_remarks() -> None:
    """Naming the persona silences remarks on it alone, not those on answers left out."""
    part = ["A;Was hat gefallen?;Kommentar"]
    part += [f"{i % 2};{t};es war alles in Ordnung" for i, t in enumerate(distinct(NOTES))]
    content = "\n".join(part).encode()
    survey = read_survey("a.csv", content=content, persona="A")
    assert any("Kommentar repeats" in str(note) for note in survey.notes)
    assert not any("persona" in str(note) for note in survey.notes)


def test_short_answers_that_recur_are_still_written() -> None:
    """Fifty people who mostly say the same few things were asked for words, not for a choice."""
    said = ["nichts", "Laser", "mehr Zeit", "Beispiele aus der Pflege fehlten ganz", "alles gut."]
    lines = ["Abteilung;Was hat gefehlt?"]
    lines += [f"{'Lager' if i % 2 else 'Pflege'};{said[i % 5]}{i % 4 * ' so'}" for i in range(50)]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.texts == ("Was hat gefehlt?",)


def test_a_closed_question_stays_closed() -> None:
    """Long options of a choice are no answers, though the heading ends in a question mark."""
    options = ["Ganz in Präsenz vor Ort", "Online", "Teils online, teils in Präsenz", "Gar nicht"]
    lines = ["Abteilung;Wie wurde gelernt?;Was hat gefallen?"]
    notes = distinct(NOTES) * 3
    lines += [f"{'AB'[i % 2]};{options[i % 4]};{text} {i}" for i, text in enumerate(notes)]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.columns.texts == ("Was hat gefallen?",)


def test_titles_between_pasted_months() -> None:
    """A month above a repeated heading is no respondent either; a lone id is one."""
    heading = "Nummer;Abteilung;Was hat gefallen?"
    january = [f"{i};Lager;{text}" for i, text in enumerate(distinct(NOTES), start=1)]
    february = [f"{i};Lager;{text}" for i, text in enumerate(distinct(NOTES), start=50)]
    lines = [heading, *january, "13;;", "Februar 2026;;", heading, *february]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert survey.n_respondents == 25
    assert set(survey.layout.dropped.values()) == {"heading again"}


def test_end_of_a_report() -> None:
    """Totals are found below a decorated last line as well."""
    lines = ["Role;Comments", *(f"Ward;{text}" for text in distinct(NOTES))]
    lines += ["Total responses:;12", "*** End of report ***"]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert list(survey.layout.dropped.values()) == ["total", "total"]


def test_the_group_in_a_link() -> None:
    """EFS keeps what the invitation carried in p_0001; words there name the invited group."""
    lines = ["lfdn;external_lfdn;dispcode;p_0001;v_1"]
    lines += [f"{i};0;31;{'Kfz' if i % 2 else 'Leben'};{t}" for i, t in enumerate(distinct(NOTES))]
    survey = read_survey("a.csv", content="\n".join(lines).encode())
    assert (survey.profile.id, survey.columns.persona) == ("efs", "p_0001")
