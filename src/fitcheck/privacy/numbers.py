"""Finds bank accounts and the numbers that stand for a person, a ticket or a contract."""

from __future__ import annotations

import re
from collections.abc import Callable

from fitcheck.privacy.found import Found, Kind

_IBAN = re.compile(
    r"""
    (?<![^\W_])
    (?: (?:[A-Z]{2}[ ]?|[A-Za-z]{2}) \d\d (?:[ \u00a0-]?\d){10,28}
      | [A-Z]{2} \d\d (?:[ \u00a0-]?[A-Z0-9]{4}){2,7} (?:[ \u00a0-]?[A-Z0-9]{1,3})?
      | [A-Za-z]{2} \d\d [A-Za-z0-9]{11,30}
    ) (?![^\W_])
    """,
    re.VERBOSE,
)
_IBAN_DIGITS = 8
"""An account has at least so many digits after its country; a heading in capitals has not."""

_NUMBER_WORD = r"(?:nummern?|nrn?|num|numbers?|no|id|kennung|\#)"
_WHOSE = (
    r"personal|pers|p|ma|mitarbeiter(?:in)?|mitarbeitenden|kunden|kd|auftrags?|bestell|vertrags?|"
    r"versicherungs?|police|policen|versicherungsschein|ticket|vorgangs?|incident|fall|akten|"
    r"matrikel|teilnehmer|tn|ausweis|rechnungs?|steuer|sozialversicherungs?|sv|rv|konto|"
    r"dienst|stamm|patienten|mitglieds?|angebots?|lieferanten|schadens?|user|benutzer|"
    r"employee|staff|personnel|badge|order|customer|client|policy|contract|case|invoice|account|"
    r"member|participant|request|claim|passport|patient"
)
_VALUE = r"(?P<value> (?:[A-Za-z]{1,8}[-_/]?)? \d (?:[\w./-]*\w)? (?:[ ]\d{3,}(?!\w)){0,4} )"
_CUED = re.compile(
    rf"""
    (?<!\w)
    (?: (?P<strong> (?:{_WHOSE}) [ .:/-]{{0,2}} {_NUMBER_WORD}(?!\w) | pnr(?!\w) | persnr(?!\w)
        | aktenzeichen(?!\w) | kdnr(?!\w) )
      | (?: tickets? | incidents? | vorgang | auftrag | bestellung | police | versicherungsschein
          | vertrag | kunde | rechnung | order | case | policy | customer | employee | invoice
          | contract | pn | change | request | jira | anruf ) (?!\w) )
    [ .:=\#(-]{{0,3}} (?:(?:lautet|ist|is|war|was)[ :]{{1,2}})?
    {_VALUE}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(
    r"""
      (?<![\w#]) \# \d{4,} (?!\w)
    | (?<![^\W_]) (?:INC|REQ|RITM|CHG|TASK|PRB|SCTASK|WO) \d{5,} (?!\w)
    | (?<![\w-]) (?P<project>[A-Z]{2,10}) - (?P<issue>\d{4,}) (?![\w-])
    | (?<![\w.,/-]) [A-Za-z]\d{6,8} (?!\w)
    | (?<![\w.,]) \d\d[ ]?\d{6}[ ]?[A-Za-z][ ]?\d{3} (?!\w)
    | (?<![\w.,]) \d\d[ ]\d{3}[ ]\d{3}[ ]\d{3} (?![\w,])
    | (?<![\w.,]) \d{9,} (?!\w|[,.]\d|[ ]?[€%$£]|[ ](?:EUR|Euro|CHF|USD)\b)
    """,
    re.VERBOSE,
)
_NORMS = {"ISO", "IEC", "EN", "DIN", "VDE", "VDI", "RFC", "CVE", "GMP", "DGUV", "TRBS", "TRGS"}
_YEAR = re.compile(r"(?:19|20)\d\d(?:[./-](?:\d\d){1,2})?")
_DIGIT = re.compile(r"\d")


def find_ibans(text: str) -> list[Found]:
    """Return IBANs, whether or not their check digits hold.

    Examples
    --------
    >>> find_ibans("DE89 3704 0044 0532 0130 00")
    [Found(start=0, end=27, kind='IBAN')]
    """
    return _found(text, _IBAN, _is_iban, "IBAN", group=0)


def find_cued_numbers(text: str) -> list[Found]:
    """Return numbers after a word such as ``Personalnummer`` or ``ticket``.

    Examples
    --------
    >>> find_cued_numbers("Pers.-Nr. 4711, Ticket 3")
    [Found(start=10, end=14, kind='Nummer')]
    """
    return _found(text, _CUED, _is_cued, "Nummer", group="value")


def find_bare_numbers(text: str) -> list[Found]:
    """Return numbers that need no cue: ``#12345``, ``INC0012345``, nine digits and more.

    Examples
    --------
    >>> find_bare_numbers("#12345 nach ISO-27001")
    [Found(start=0, end=6, kind='Nummer')]
    """
    return _found(text, _BARE, _is_bare, "Nummer", group=0)


def _found(
    text: str,
    pattern: re.Pattern[str],
    is_meant: Callable[[re.Match[str]], bool],
    kind: Kind,
    group: str | int,
) -> list[Found]:
    if not _DIGIT.search(text):
        return []
    return [Found(*match.span(group), kind) for match in pattern.finditer(text) if is_meant(match)]


def _is_iban(match: re.Match[str]) -> bool:
    return sum(map(str.isdigit, match[0][4:])) >= _IBAN_DIGITS


def _is_cued(match: re.Match[str]) -> bool:
    """After "Vertrag" or "order" a small number counts something and a year is a year."""
    value = match["value"]
    n_digits = sum(map(str.isdigit, value))
    if match["strong"]:
        return n_digits >= 2
    return (n_digits >= 4 and not _YEAR.fullmatch(value)) or (
        "-" in value and value[:2].isalpha() and value[:2].isupper()
    )


def _is_bare(match: re.Match[str]) -> bool:
    if match["project"] is None:
        return True
    return match["project"] not in _NORMS and not _YEAR.fullmatch(match["issue"])
