"""What identifies people is replaced, what a training is about is not."""

from __future__ import annotations

import time
import unicodedata

import pytest

from fitcheck.privacy.redact import Redactor

REDACTED = {
    # e-mail
    "Fragen an jörg.test@firma-nord.de bitte": "Fragen an [E-Mail 1] bitte",
    "max (at) firma . de": "[E-Mail 1]",
    "info[at]firma.com, a.b at firma dot com": "[E-Mail 1], [E-Mail 2]",
    "a.probe@firma": "[E-Mail 1]",
    "max＠firma.de, ｍａｘ＠firma．de": "[E-Mail 1], [E-Mail 2]",
    "frag @max.muster, @mmuster.": "frag [Person 1], [Person 2].",
    # phone
    "+49 (0)89/123456-78": "[Telefon 1]",
    "0171 2345678 oder 089-1234": "[Telefon 1] oder [Telefon 2]",
    "0049 89 123456, +41 44 668 18 00": "[Telefon 1], [Telefon 2]",
    "+43 1 58858 / +1 (555) 123-4567": "[Telefon 1] / [Telefon 2]",
    "(089) 123456 und 01712345678": "[Telefon 1] und [Telefon 2]",
    "Durchwahl -4711, ext. 4712": "Durchwahl -[Telefon 1], ext. [Telefon 2]",
    "Tel.: 1234-567": "Tel.: [Telefon 1]",
    "0171/2345678 seit 2023": "[Telefon 1] seit 2023",
    # link
    "https://intranet.firma.de/kurs?id=3, danke": "[Link 1], danke",
    "Siehe www.beispiel.org.": "Siehe [Link 1].",
    "firma.de/kurse und beispiel.com": "[Link 1] und [Link 2]",
    # IBAN
    "DE89 3704 0044 0532 0130 00": "[IBAN 1]",
    "de89370400440532013000 bitte": "[IBAN 1] bitte",
    "GB29 NWBK 6016 1331 9268 19": "[IBAN 1]",
    "DE00 1234 5678 9012 3456 78 ist falsch": "[IBAN 1] ist falsch",
    # numbers
    "Personalnummer 123456": "Personalnummer [Nummer 1]",
    "Pers.-Nr. 4711, PNR: 4711": "Pers.-Nr. [Nummer 1], PNR: [Nummer 1]",
    "PN 12345, PersNr 4711": "PN [Nummer 1], PersNr [Nummer 2]",
    "Personalnr. 12345, Pers.Nr.4711": "Personalnr. [Nummer 1], Pers.Nr.[Nummer 2]",
    "MA-Nr. 889 und Personalnummer 0123456": "MA-Nr. [Nummer 1] und Personalnummer [Nummer 2]",
    "Ticket (0171) 234567": "Ticket [Telefon 1]",
    "my employee id E7114": "my employee id [Nummer 1]",
    "ticket INC0012345 and #12345": "ticket [Nummer 1] and [Nummer 2]",
    "siehe INC0012345, OPS-4321": "siehe [Nummer 1], [Nummer 2]",
    "Ticket OPS-12": "Ticket [Nummer 1]",
    "Bestellung 4500012345": "Bestellung [Nummer 1]",
    "Customer no. 99812": "Customer no. [Nummer 1]",
    # titled names
    "Frau Müller war nett": "Frau [Person 1] war nett",
    "Dr. Anna von der Heide sprach": "Dr. [Person 1] sprach",
    "Herrn Schmidts Übungen": "Herrn [Person 1]s Übungen",
    "Mr Smith's examples": "Mr [Person 1]'s examples",
    "Prof. Dr. med. K. Braun": "Prof. Dr. med. [Person 1]",
    "Herr Dipl.-Ing. Kaya": "Herr Dipl.-Ing. [Person 1]",
    "Mrs O'Brien, Mx Lee, Sir David": "Mrs [Person 1], Mx [Person 2], Sir [Person 3]",
    "Hr. Meier und Fr. Meier": "Hr. [Person 1] und Fr. [Person 1]",
    "Frau Klein, Herr Jung": "Frau [Person 1], Herr [Person 2]",
    "Frau Berger von der Bibliothek": "Frau [Person 1] von der Bibliothek",
    "Frau S. war nett": "Frau [Person 1]. war nett",
    "die Kollegin Yıldız-Kaya": "die Kollegin [Person 1]",
    "unser Trainer Thomas war gut": "unser Trainer [Person 1] war gut",
    "FRAU MÜLLER WAR SUPER": "FRAU [Person 1] WAR SUPER",
    "die frau müller war super": "die frau [Person 1] war super",
    "Frau Müller Beispiele zeigen sehen": "Frau [Person 1] Beispiele zeigen sehen",
    "Frau\nMüller war nett": "Frau\n[Person 1] war nett",
    "Prof. Dr.\r\nLindenhof": "Prof. Dr.\r\n[Person 1]",
    "Herr d'Angelo, Frau O’Neill": "Herr [Person 1], Frau [Person 2]",
    "Frau von der d'Aubigné kam": "Frau [Person 1] kam",
    "Frau Müller und Schmidt waren da": "Frau [Person 1] und [Person 2] waren da",
    "Frau Lindenhof & Quandt": "Frau [Person 1] & [Person 2]",
    "Herren Weber, Lindenhof und Kaya": "Herren [Person 1], [Person 2] und [Person 3]",
    "Mr Smith and Jones were": "Mr [Person 1] and [Person 2] were",
    "Frau Müller und Anna Quandt": "Frau [Person 1] und [Person 2]",
    "Frau Müller, Schmidt und Team": "Frau [Person 1], [Person 2] und Team",
    "Frau Huber war da. Hubers Folien auch.": "Frau [Person 1] war da. [Person 1]s Folien auch.",
}

UNCHANGED = [
    "Mensch, Stärken, Ihre Aufgaben",
    "Er ist Herr der Lage, die Frau am Steuer auch.",
    "die Frau war nett, Frau und Mann, als Frau fühlt man sich wohl",
    "Fr. 14:00 Uhr, Fr. Nachmittag, Mo. bis Fr. Online-Kurs",
    "Frau von der Personalabteilung, Frau zu Hause, Herr Trainer",
    "am 01.02.2024 bis 03.02.2024, 2024-01-15, 02/05/2024",
    "08:30-10:00, 08.30-10.00 Uhr, 01/2024 - 05/2024, 2019/2020",
    "12.500 €, 10 000 000 €, 100.000.000 Datensätze, 30-40 %, 1,5",
    "§ 12 Abs. 3, DIN EN ISO 9001:2015, VDE 0100-600, DIN VDE 0701-0702",
    "GMP-201, ISO 27001, ISO-27001, EN 60204-1",
    "VA01, SE16N, ME21N, S_ALR_87013611, Vorgang VA01",
    "3.11.7, feedback.csv, main.py, numpy.array, ASP.NET, Node.js",
    "Modul 3, BU-2026, 400 V, 16 A, Seiten 120-145, A1:B20, 192.168.0.1",
    "z.B./i.d.R. und e.g. this",
    "Das war gut.es gab viel.",
    "Ticket 3 war schwierig, Auftrag 2023, Vertrag 12, Customer 360",
    "Handy 2023, Hotline 24/7, 08/15 Beispiele",
    "MS Excel, HR Abteilung, 20 ms delay, Dear Sir or Madam",
    "I miss Excel. Miss the examples.",
    "Kollegen Excel beibringen, den Kollegen Zeit geben, Trainer Praxis",
    "Wir waren 12 von 120 Personen.",
    "Lernen@Work, B.Com, S7-1500",
    "die Frau von der Kammer",
    "Er ist Herr\nder Lage, die Frau\nZertifikate, Mo. bis Fr.\nFolien, als Frau\nLob",
    "Er war ein wahrer Herr\nallerdings zu schnell",
    "Sehr geehrte Damen und Herren Toiletten, ältere Herren wussten alles",
    "Frau und Familie, Herren und Damen",
    "learning @home und @work, @Trainer: danke, 3 @ 5 €",
    "PN 16 und PN 2023",
    "",
]


@pytest.mark.parametrize(("text", "expected"), REDACTED.items())
def test_replaces_what_identifies_people(text: str, expected: str) -> None:
    """Placeholders keep the grammar and lead back to the text."""
    redacted = Redactor().redact(text)
    assert redacted.text == expected
    assert redacted.restore(redacted.text) == text


@pytest.mark.parametrize(
    "rest",
    [
        "und Team",
        "und Praxisbeispiele",
        "und IT",
        "& Excel",
        "und wir",
        ", Zertifikate fehlten",
        ", Herr der Lage",
        "und die Folien",
        "und\nSchmuck",
    ],
)
def test_what_follows_a_name_need_not_be_one(rest: str) -> None:
    """Nouns after "und" or a comma stay."""
    assert Redactor().redact(f"Frau Müller {rest}").text == f"Frau [Person 1] {rest}"


@pytest.mark.parametrize("text", UNCHANGED)
def test_leaves_what_the_training_is_about(text: str) -> None:
    """Nouns, dates, norms, transaction codes and file names stay."""
    assert Redactor().redact(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "Anna Weißmüller kam": "[Person 1] kam",
        "ANNA war da": "[Person 1] war da",
        "Weissmuellers Beispiele": "[Person 1]s Beispiele",
        "weißmüller’s Folien": "[Person 1]’s Folien",
        unicodedata.normalize("NFD", "Weißmüller"): "[Person 1]",
        "die Weißmüller-Methode": "die [Person 1]-Methode",
        "Frau Anna Weißmüller": "Frau [Person 1]",
        "frau anna weißmüller kam": "frau [Person 1] kam",
        "Annalena kam mit Joanna": "Annalena kam mit Joanna",
        "Jo kam, Li auch": "Jo kam, Li auch",
    }.items(),
)
def test_finds_listed_names(text: str, expected: str) -> None:
    """In any case and spelling, in parts of three letters or more, never inside a word."""
    assert Redactor(["Anna Weißmüller", "Jo Li", ""]).redact(text).text == expected


@pytest.mark.parametrize("name", ["Yıldız Işık", "Yildiz Isik", "YILDIZ IŞIK", "YILDİZ İSİK"])
@pytest.mark.parametrize("text", ["Yıldız kam", "YILDIZ IŞIK kam", "yildiz işik kam", "İşık kam"])
def test_turkish_letters_without_their_dots(name: str, text: str) -> None:
    """People and systems write ı and İ as i and I."""
    assert Redactor([name]).redact(text).text == "[Person 1] kam"


def test_the_same_original_has_the_same_number() -> None:
    """So a reader of the redacted text can follow who is meant."""
    text = "Frau Weber und Herr Kaya; Frau Weber schrieb an a@b.de und c@d.de."
    redacted = Redactor().redact(text)
    assert redacted.text == (
        "Frau [Person 1] und Herr [Person 2]; Frau [Person 1] schrieb an [E-Mail 1] und [E-Mail 2]."
    )
    assert redacted.counts == {"Person": 3, "E-Mail": 2}
    for hit in redacted.hits:
        assert redacted.text.startswith(hit.placeholder, hit.start)


def test_a_quote_is_restored() -> None:
    """A model quotes the redacted text; the report shows the written one."""
    redacted = Redactor().redact("Danke, Frau Weber! Tel. 089 123456")
    assert redacted.restore("Frau [Person 1]!") == "Frau Weber!"
    assert redacted.restore("[Person 9]") == "[Person 9]"


def test_a_text_may_speak_of_placeholders() -> None:
    """What looked like a placeholder from the start stays and lends its number to nobody."""
    text = "[Person 1] und Frau Weber, [Person 3] und Herr Kaya, [E-Mail 007]"
    redacted = Redactor(["Person"]).redact(text)
    assert (
        redacted.text
        == "[Person 1] und Frau [Person 2], [Person 3] und Herr [Person 4], [E-Mail 007]"
    )
    assert redacted.restore(redacted.text) == text


@pytest.mark.parametrize(
    "text", ["\ud800 a@b.de", "\x00", "👩‍🏫 Frau Weber 👍", "Frau \u0308", "٠١٧١ ٢٣٤٥٦٧٨"]
)
def test_strange_characters_do_not_raise(text: str) -> None:
    """Exports hold whatever people and programs put into them."""
    redacted = Redactor(["\ud800", "\x00", "👍"]).redact(text)
    assert redacted.restore(redacted.text) == text


@pytest.mark.parametrize(
    "part",
    [
        "a.a.a.",
        "1 1 1",
        "@@@",
        "a@",
        "\u0301",
        "A.",
        "0171 ",
        "Frau Müller ",
        "Frau Müller und ",
        "Herren Müller, ",
        "Frau\n",
        "@a.",
        "＠",
        "Frau A. ",
        "anna_",
        "DE12 ",
        "ticket-1-",
        "a at b dot ",
        "[Person 1]",
        "Herr von der ",
        "+49 ",
    ],
)
def test_time_is_linear(part: str) -> None:
    """A hostile or broken cell holds nobody up: eight times the text is not 64 times the work."""
    redactor = Redactor(["Anna Weber"])

    def work(n_characters: int) -> float:
        text = (part * n_characters)[:n_characters]
        start = time.process_time()  # of this process alone, so that a busy machine does not count
        redactor.redact(text)
        return time.process_time() - start

    small = min(work(5_000) for _ in range(3))
    assert min(work(40_000) for _ in range(2)) < 25 * small + 0.05
