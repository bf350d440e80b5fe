"""Finds e-mail addresses, links and phone numbers.

Every pattern is linear: an unbounded part starts only where a token starts, everything else is
bounded.
"""

from __future__ import annotations

import re

from fitcheck.privacy.found import MARKS, Found, merge
from fitcheck.privacy.words import COMMON_WORDS

_ADDRESS = rf"[\w{MARKS}.+%&'=~-]"
_HOST = rf"[\w{MARKS}-]"
_TLD = (
    "de|com|org|net|eu|at|ch|li|lu|info|biz|edu|gov|uk|fr|nl|pl|cz|dk|tv|io|gmbh|berlin|"
    "hamburg|bayern|koeln"
)
_TLD_WITH_PATH = (
    f"{_TLD}|es|it|se|fi|no|be|us|ca|in|me|to|so|ly|gl|co|ai|app|dev|shop|online|cloud|ms|gle|"
    "local|intern|internal|intranet|corp|lan"
)
"""Endings that are also words or file endings ("gut.es gab") count only before a path."""
_OPEN, _CLOSE = r"[(\[{<]", r"[)\]}>]"
_DOT = rf"(?:[ ]?\.[ ]?|[ ]?{_OPEN}[ ]?(?:dot|punkt|\.)[ ]?{_CLOSE}[ ]?|[ ](?:dot|punkt)[ ])"
_AT = rf"(?:[ ]?{_OPEN}[ ]?(?:at|ät|@)[ ]?{_CLOSE}[ ]?|[ ]?@[ ]?)"

_ONLINE = re.compile(
    rf"""
      (?P<link> (?:https?|ftps?|file)://[^\s<>"„“”]+ | (?<!\w)www\d?\.[^\s<>"„“”]+ )
    | (?P<mail> (?<!{_ADDRESS}) {_ADDRESS}+
        (?: @ {_HOST}+ (?:\.{_HOST}+)+
          | {_AT} {_HOST}+ (?:{_DOT}{_HOST}+){{0,4}} {_DOT} (?:{_TLD}) (?![\w-])
          | [ ](?:at|ät)[ ] {_HOST}+ [ ](?:dot|punkt)[ ] (?:{_TLD}) (?![\w-])
        ))
    | (?P<account> (?<!{_ADDRESS}) {_ADDRESS}+ (?<=[\w.]) @ {_HOST}+ (?!{_HOST}) )
    | (?P<handle> (?<![\w{MARKS}@./+-]) @ [^\W\d_] [\w{MARKS}.-]+ )
    | (?P<domain> (?<![\w{MARKS}@.-]) {_HOST}+ (?:\.{_HOST}+)*
        (?: \.(?:{_TLD}) (?![\w@-]|\.\w) (?:[/?:][^\s<>"„“”]*)?
          | \.(?:{_TLD_WITH_PATH}) (?::\d{{2,5}})? /[^\s<>"„“”]*
        ))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAYBE_ONLINE = re.compile(r"@|://|\w\.\w|[ (\[{<](?:at|ät)[ )\]}>]", re.IGNORECASE)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: 0x40}
"""Letters and signs of full width, as East Asian keyboards write them."""
_NO_HANDLE = COMMON_WORDS | {"home", "channel", "zuhause"}
"""What stands after an @ and is nobody's name: "learning @home"."""
_TRAILING = ".,;:!?)]}>'\"»«*_…"
_NO_LINK = re.compile(r"(?i:asp|vb|ado|ml)\.(?i:net)|\w+\.[A-Z][a-z]+")
"""Frameworks, and a sentence or a degree ("B.Com") without its space."""

_GAP = r"(?:[ \u00a0\u2009\u202f\t()/–‑-]{1,4}|\.(?=\d{3}))"
_DIGIT = r"(?:(?:[ \u00a0\u2009\u202f\t()/–‑-]{0,3}|\.(?=\d\d))\d)"
_PHONE = re.compile(
    rf"""
      (?<![\w+]) (?: (?:\+|\(\+) [ ]? [1-9] {_DIGIT}{{6,14}} | \(?00[ ]?[1-9] {_DIGIT}{{7,14}} )
      (?!\d)
    | (?<![\w+]) (?<!\d[.,:/–‑-])
      (?: \(?01[567]\d{{1,3}} {_GAP} \d {_DIGIT}{{4,8}}
        | \(?0[1-9]\d{{0,4}} {_GAP} [1-9] {_DIGIT}{{3,9}}
        | 0[1-9]\d{{5,11}} {_DIGIT}{{0,4}}
        | \(?[2-9]\d\d (?:\)[ ]?|[ .-]) \d{{3}} [ .-] \d{{4}}
        | (?:41|43|49)[ ]?1?[5-9]\d [ /-]? \d{{7,8}}
      ) (?!\d)
    """,
    re.VERBOSE,
)
_CUED_PHONE = re.compile(
    rf"""
    (?<!\w)
    (?: (?P<inside> durchwahl | dw | nebenstelle | apparat | ext(?:ension)? )
      | tel(?:efon(?:nummer)?)? | fon | phone(?:[ ]number)? | mobil(?:e|nummer|telefon)?
      | handy(?:nummer)? | (?:tele)?fax | hotline | rufnummer )
    (?!\w) [ ,.:–-]{{0,3}} (?:(?:nr|no|nummer|number)\b[ .:]{{0,3}})?
    (?:(?:ist|is|lautet|unter|auf)[ ](?:die[ ])?)?
    (?P<number> \+?\(?\d {_DIGIT}{{2,14}}) (?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TWO_DIGITS = re.compile(r"\d.{0,3}\d", re.DOTALL)
_DATE = re.compile(r"\(?\d{1,2}[./ –-]+(?:\d{1,2}[./ –-]+)?(?:19|20)\d\d(?!\d)")
_YEAR = re.compile(r"(?:19|20)\d\d(?:\D+(?:19|20)?\d\d)?$")
_AMOUNT = re.compile(r"\+?[1-9]\d{0,2}(?:[ .]\d{3})+")
_UNIT = re.compile(r"[ \u00a0\u202f]?(?:[€%$£]|(?:EUR|Euro|CHF|USD|Stück|Mio|Prozent)\b)")
_HOURS = re.compile(r"\d\d(?:\D+\d\d)+[ \u00a0]?(?:Uhr|h)\b")
_NORM = re.compile(
    r"\b(?:DIN|EN|ISO|IEC|VDE|DGUV|VDI|GMP|TRBS|TRGS|RFC|ASTM|Vorschrift|Norm)"
    r"[ .-]{0,2}(?:EN |ISO |IEC )?$"
)
_NORM_DIGITS = 9
"""The number of a norm has no more digits: "VDE 0105-100"."""
_BEFORE = 24
"""Characters before a number that can show it to be a norm."""


def find_online(text: str) -> list[Found]:
    """Return e-mail addresses, links and the names that people have online.

    Examples
    --------
    >>> find_online("mail an a@b.de")
    [Found(start=8, end=14, kind='E-Mail')]
    """
    text = text.translate(_WIDE)
    if not _MAYBE_ONLINE.search(text):
        return []
    found = []
    for match in _ONLINE.finditer(text):
        if match["mail"]:
            found.append(Found(match.start(), match.end(), "E-Mail"))
        elif match["account"]:
            # "anna.schmidt@firma" names somebody, "learning@work" is the name of a course
            if "." in match["account"].split("@")[0].strip("."):
                found.append(Found(match.start(), match.end(), "E-Mail"))
        elif match["handle"]:
            name = match[0].rstrip(_TRAILING)
            if name[1:].casefold() not in _NO_HANDLE:
                found.append(Found(match.start(), match.start() + len(name), "Person"))
        elif not _NO_LINK.fullmatch(match[0]):
            end = match.start() + len(match[0].rstrip(_TRAILING))
            found.append(Found(match.start(), end, "Link"))
    return found


def find_phones(text: str) -> list[Found]:
    """Return phone numbers, German and international ones and those after a cue word.

    Examples
    --------
    >>> find_phones("Tel. 4711 oder 089/123456")
    [Found(start=5, end=9, kind='Telefon'), Found(start=15, end=25, kind='Telefon')]
    """
    if not _TWO_DIGITS.search(text):
        return []
    cued = [match.span("number") for match in _CUED_PHONE.finditer(text) if _is_cued(match)]
    plain = [match.span() for match in _PHONE.finditer(text) if _is_phone(match)]
    return merge(Found(*span, "Telefon") for span in cued + plain)


def _is_cued(match: re.Match[str]) -> bool:
    """Return False for a year ("Handy 2023") and, but for extensions, for a short number."""
    if match["inside"]:
        return True
    return _n_digits(match["number"]) >= 4 and not _YEAR.match(match["number"])


def _is_phone(match: re.Match[str]) -> bool:
    """Return False for dates, hours, amounts of money and norms."""
    text, (start, end) = match.string, match.span()
    n_digits = _n_digits(match[0])
    if n_digits < 7 or _DATE.match(match[0]) or _HOURS.match(text, start):
        return False
    if _AMOUNT.fullmatch(match[0]) and _UNIT.match(text, end):
        return False
    return n_digits > _NORM_DIGITS or not _NORM.search(text[max(0, start - _BEFORE) : start])


def _n_digits(text: str) -> int:
    return sum(map(str.isdigit, text))
