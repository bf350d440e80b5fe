"""Finds names: after a title ("Frau Müller") and from the user's own list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from fitcheck.privacy.found import MARKS, Found
from fitcheck.privacy.words import COMMON_WORDS, FIRST_NAMES, NOUN_ENDINGS, SURNAMES

_DEGREE = (
    r"Doktor|DOKTOR|Doctor|Professor(?:in)?|PROFESSOR(?:IN)?|Dr|DR|Prof|PROF|"
    r"(?:Dipl|DIPL)\.?[ -]{0,2}[A-Z][A-Za-z]{1,6}|Ing(?=\.)|Mag(?=\.)"
)
_FIELD = r"med|phil|jur|rer|nat|pol|oec|h\.c|habil|dr|prof"
_GAP = r"(?: \.?[ \u00a0\t]{0,2}\r?\n[ \u00a0\t]{0,2} | \.[ \u00a0\t]{0,2} | [ \u00a0\t]{1,2} )"
"""Between a title and the name; a line may end there."""
_TITLE = re.compile(
    rf"""
    (?<![\w-])
    (?: (?P<title> Herrn?|HERRN?|herrn?|Frau|FRAU|frau|Fräulein|Hr|Hrn|Fr|hr(?=\.)|fr(?=\.)
          | (?<!und[ ])Herren | Eheleute
          | Familie | Family
          | Mister|Mrs?|MRS?|mrs?|Ms|Miss|Mx|Sir|Madame|Mme|Monsieur|Signora?|Señora?
          | {_DEGREE} | dr | prof )
      | (?P<role> Kolleg(?:en|e|in)|kolleg(?:en|e|in)|KOLLEG(?:EN|E|IN)|[Cc]olleague|[Cc]o-?worker )
      | (?P<job> (?:[Tt]rainer|[Dd]ozent|[Rr]eferent|[Mm]oderator|[Tt]eamleiter|[Cc]hef)(?:in|en)?
          | [Ii]nstructor|[Tt]eacher|[Cc]oach|[Pp]resenter|[Ss]peaker|[Mm]anager|[Bb]oss )
    )
    {_GAP}
    (?: (?:{_DEGREE}|{_FIELD}) {_GAP} ){{0,5}}
    """,
    re.VERBOSE,
)
_ELIDED = re.compile(r"(?:d|l|dell|dall|t)['’](?=[^\W\d_a-zäöüß])")
_NAME = re.compile(
    rf"(?:{_ELIDED.pattern})?"
    rf"(?:[^\W\d_][{MARKS}]*\.[ ]?(?=[^\W\d_a-zäöüß]))*[^\W\d_](?:[\w{MARKS}]|['’-](?=[^\W\d_]))*"
)
_PARTICLE = re.compile(
    r"(?:von und zu|von der|von dem|von den|von|van der|van den|van de|van|de la|de|di|da|del|"
    r"della|dos|du|le|la|el|al|bin|ten|ter|zu|Von|Van|De|El|Al)[ ]"
)
_NEXT = re.compile(r"[ \u00a0\t]{1,2}(?=[^\W\d_])")
_JOINED = re.compile(r"(?:(?P<comma>,)[ \u00a0]?|[ \u00a0](?:und|and|u\.|sowie|&|\+)[ \u00a0])")
_FOR_SEVERAL = ("Herren", "Eheleute", "Familie", "Family")
_ARTICLE = re.compile(
    r"(?:^|\W)(?:d(?:ie|er|as|en|em|es)|eine?[rnms]?|keine?[rnm]?|jede[rnms]?|diese[rnms]?|als|"
    r"meine?[rnm]?|unsere?[rnm]?|ihre?[rnm]?|seine?[rnm]?|the|an?|this|my)[ ]{1,2}$",
    re.IGNORECASE,
)
_ONE_COLLEAGUE = re.compile(
    r"\b(?:de[mns]|vom|beim|zum|[mds]?einem|unser(?:em|en)|lieben)[ ]$", re.IGNORECASE
)
"""What stands before "Kollegen" where it is not the plural."""
_UNMISTAKABLE = ("Frau", "Herr", "Herrn", "Dr")
_BEFORE_BREAK = (*_UNMISTAKABLE, "Prof", "Mr", "Mrs")
_MAX_WORDS = 4
"""A name has no more words than this."""
_BEFORE = 12
_GENITIVE = re.compile(r"['’]s$", re.IGNORECASE)
_CAPITAL_NEXT = re.compile(r"[ \u00a0][A-ZÄÖÜ]")
_WORD = re.compile(rf"[^\W_]+(?:[{MARKS}]+[^\W_]*+)*+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "ł": "l"})
_BETWEEN = re.compile(r"[\s_.,'’–‑-]{0,3}")
_SHORTEST_PART = 3


def find_titled_names(text: str) -> list[Found]:
    """Return the names after titles, without the titles.

    Examples
    --------
    >>> find_titled_names("Frau Müller war nett")
    [Found(start=5, end=11, kind='Person')]
    """
    found: list[Found] = []
    for cue in _TITLE.finditer(text):
        if found and cue.start() < found[-1].end:
            continue
        start: int | None = cue.end()
        while start is not None and (end := _end_of_name(cue, start)):
            found.append(Found(start, end, "Person"))
            start = _start_of_next(cue, end)
    return found


def _start_of_next(cue: re.Match[str], end: int) -> int | None:
    """Return where the next name with the same title starts: "Frau Müller und Schmidt"."""
    join = _JOINED.match(cue.string, end)
    word = _NAME.match(cue.string, join.end()) if join else None
    if not join or not word or _TITLE.match(cue.string, word.start()):
        return None
    if _is_known(word[0]) and word[0][0].isupper() and not _is_common(word[0]):
        return word.start()
    if not cue["title"] or (join["comma"] and cue["title"] not in _FOR_SEVERAL):
        return None  # a comma rather starts another thought: "Frau Müller, Excel war neu"
    is_name = word[0].istitle() and len(word[0]) >= _SHORTEST_PART
    return (
        word.start() if is_name and not (_is_common(word[0]) or _ends_like_noun(word[0])) else None
    )


def _end_of_name(cue: re.Match[str], start: int) -> int:
    """Return where the name from `start` on ends; 0 if no name stands there."""
    text, position, end, previous = cue.string, start, 0, ""
    for n_words in range(_MAX_WORDS):
        particle = _PARTICLE.match(text, position)
        if particle:
            position = particle.end()
        word = _NAME.match(text, position)
        if not word or (particle and not _takes_particle(word[0], previous, cue)):
            break
        if not (_goes_on(word, previous) if n_words else _begins(word, cue)):
            break
        end, previous = word.end(), word[0]
        gap = _NEXT.match(text, end)
        if not gap or previous[-2:-1] in ("'", "’"):
            break
        position = gap.end()
    return end and end - _length_of_genitive(text, end, previous)


def _begins(word: re.Match[str], cue: re.Match[str]) -> bool:
    """Return whether a name can begin with this word."""
    title = cue["title"] or cue["role"] or cue["job"]
    if "\n" in cue[0] and not _may_break(word[0], title, cue):
        return False
    if title in _UNMISTAKABLE and word[0].istitle() and word[0].casefold() in SURNAMES:
        return True
    if _is_common(word[0]):
        return False
    if cue["job"] or (title == "Kollegen" and not _ONE_COLLEAGUE.search(_before(cue))):
        return _is_known(word[0])
    if not _starts_like_name(word[0]):
        return _is_name_in_lower_case(word, cue)
    if title.isupper():
        return word[0].isupper() and len(word[0]) > 1
    return title in _UNMISTAKABLE or not _ends_like_noun(word[0])


def _may_break(word: str, title: str, cue: re.Match[str]) -> bool:
    """Return False for "bis Fr." or "die Frau", where the next line starts with a noun."""
    if title not in _BEFORE_BREAK or _ARTICLE.search(_before(cue)):
        return False
    return _starts_like_name(word) or _is_known(word)


def _is_name_in_lower_case(word: re.Match[str], cue: re.Match[str]) -> bool:
    """Return whether "frau müller" is meant, not "die frau war nett"."""
    if _is_known(word[0]):
        return True
    return (
        cue["title"] != "Herren"
        and not _ARTICLE.search(_before(cue))
        and cue[0].lower().startswith(("herr", "mr", "dr", "hr."))
        and word[0].isalpha()
        and len(word[0]) >= _SHORTEST_PART
        and not _ends_like_noun(word[0])
    )


def _starts_like_name(word: str) -> bool:
    """Return whether a capital shows a name: "Müller", "d'Angelo"."""
    return word[0].isupper() or _ELIDED.match(word) is not None


def _before(cue: re.Match[str]) -> str:
    return cue.string[max(0, cue.start() - _BEFORE) : cue.start()]


def _goes_on(word: re.Match[str], previous: str) -> bool:
    """Return whether this word still belongs to the name before it."""
    after_first_name = previous.casefold() in FIRST_NAMES
    if _is_common(word[0]):
        return False
    if _starts_like_name(word[0]):
        return after_first_name or (
            not previous.endswith("s") and previous[0].isupper() and not _ends_like_noun(word[0])
        )
    return after_first_name and word[0].casefold() in SURNAMES


def _takes_particle(word: str, previous: str, cue: re.Match[str]) -> bool:
    """Return whether "von der" belongs to the name: not in "Frau Berger von der Bibliothek"."""
    if previous.casefold() in SURNAMES - FIRST_NAMES:
        return False
    if not previous and _ARTICLE.search(_before(cue)):
        return False  # "die Frau von der Kammer"
    return _starts_like_name(word) and not _ends_like_noun(word)


def _is_known(word: str) -> bool:
    folded = unicodedata.normalize("NFC", _GENITIVE.sub("", word)).casefold()
    stem = folded.removesuffix("s")
    return bool({folded, stem} & (FIRST_NAMES | SURNAMES))


def _is_common(word: str) -> bool:
    folded = unicodedata.normalize("NFC", word).casefold()
    parts = re.split("[-'’]", folded)
    return folded in COMMON_WORDS or parts[0] in COMMON_WORDS or parts[-1] in COMMON_WORDS


def _ends_like_noun(word: str) -> bool:
    folded = unicodedata.normalize("NFC", word).casefold()
    return folded.endswith(NOUN_ENDINGS) or (folded.endswith("ung") and len(folded) > 7)


def _length_of_genitive(text: str, end: int, word: str) -> int:
    """Return how many characters at the end of a name are its genitive: "Schmidts Übungen"."""
    apostrophe = _GENITIVE.search(word)
    if apostrophe:
        return len(apostrophe[0])
    is_genitive = word[-1:] == "s" and word[-2:] != "ss" and len(word) > _SHORTEST_PART
    if word.casefold() in FIRST_NAMES | SURNAMES:
        return 0
    return int(is_genitive and _CAPITAL_NEXT.match(text, end) is not None)


def is_distinctive(name: str) -> bool:
    """Return whether a name is not also another word, so that it gives away its bearer alone.

    Examples
    --------
    >>> is_distinctive("Schmidt"), is_distinctive("Klein")
    (True, False)
    """
    return len(name) >= _SHORTEST_PART and not _is_common(name) and not _ends_like_noun(name)


class NameList:
    """Finds listed names as whole words in any case, also with a German genitive -s.

    Names of several words are also found by their first and by their last word.

    Examples
    --------
    >>> NameList(["Anna Mueller"]).find("bei MÜLLERs Übung")
    [Found(start=4, end=10, kind='Person')]
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first_word: dict[str, list[tuple[str, ...]]] = {}
        for words in {words for name in names for words in _ways_to_say(name)}:
            self._by_first_word.setdefault(words[0], []).append(words)
        for candidates in self._by_first_word.values():
            candidates.sort(key=len, reverse=True)

    def find(self, text: str) -> list[Found]:
        """Return where listed names stand; of overlapping ones the first and longest."""
        if not self._by_first_word:
            return []
        found: list[Found] = []
        for word in _WORD.finditer(text):
            key = _fold(word[0])
            if key not in self._by_first_word and key[:-1] not in self._by_first_word:
                continue
            end = self._end_of_name(word, key)
            if end and not (found and word.start() < found[-1].end):
                found.append(Found(word.start(), end, "Person"))
        return found

    def _end_of_name(self, word: re.Match[str], key: str) -> int:
        for first_word in _with_and_without_s(key):
            for candidate in self._by_first_word.get(first_word, ()):
                end = _end_of_words(candidate, word)
                if end:
                    return end
        return 0


def _end_of_words(name: tuple[str, ...], first: re.Match[str]) -> int:
    """Return where `name` ends if its words follow each other from `first` on, else 0."""
    text, word = first.string, first
    for expected in name[:-1]:
        gap = _BETWEEN.match(text, word.end())
        following = _WORD.match(text, gap.end()) if gap else None
        if following is None or _fold(word[0]) != expected:
            return 0
        word = following
    folded = _fold(word[0])
    if folded == name[-1]:
        return word.end()
    return word.end() - 1 if folded == f"{name[-1]}s" else 0


def _ways_to_say(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the folded words of a name, of its last and of its first part."""
    parts = name.split()
    wholes = [name]
    if len(parts) > 1:
        wholes += [part for part in (parts[0], parts[-1]) if len(part) >= _SHORTEST_PART]
    for whole in wholes:
        spellings = {
            tuple(_fold(word) for word in _WORD.findall(whole)),
            tuple(_without_accents(word.casefold()) for word in _WORD.findall(whole)),
        }
        yield from (words for words in spellings if len("".join(words)) > 1)


def _with_and_without_s(word: str) -> tuple[str, ...]:
    return (word, word[:-1]) if word.endswith("s") else (word,)


def _fold(word: str) -> str:
    """Return a word as names are compared: lower case, ``ae`` for ä, no accents."""
    if word.isascii():
        return word.lower()
    composed = unicodedata.normalize("NFC", word).casefold()
    return _without_accents(composed.translate(_UMLAUTS))


def _without_accents(word: str) -> str:
    """Return lower case without accents; the Turkish ı is an i to whoever types without it."""
    decomposed = unicodedata.normalize("NFKD", word)
    plain = (letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(plain).replace("ı", "i")
