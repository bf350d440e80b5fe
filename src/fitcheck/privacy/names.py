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
_TITLE = re.compile(
    rf"""
    (?<![\w-])
    (?: (?P<title> Herrn?|HERRN?|herrn?|Frau|FRAU|frau|Fräulein|Hr|Hrn|Fr|hr(?=\.)|fr(?=\.)
          | Familie | Family
          | Mister|Mrs?|MRS?|mrs?|Ms|Miss|Mx|Sir|Madame|Mme|Monsieur|Signora?|Señora?
          | {_DEGREE} | dr | prof )
      | (?P<role> Kolleg(?:en|e|in)|kolleg(?:en|e|in)|KOLLEG(?:EN|E|IN)|[Cc]olleague|[Cc]o-?worker )
      | (?P<job> (?:[Tt]rainer|[Dd]ozent|[Rr]eferent|[Mm]oderator|[Tt]eamleiter|[Cc]hef)(?:in|en)?
          | [Ii]nstructor|[Tt]eacher|[Cc]oach|[Pp]resenter|[Ss]peaker|[Mm]anager|[Bb]oss )
    )
    (?: \.[ \u00a0\t]{{0,2}} | [ \u00a0\t]{{1,2}} )
    (?: (?:{_DEGREE}|{_FIELD}) (?: \.[ \u00a0\t]{{0,2}} | [ \u00a0\t]{{1,2}} ) ){{0,5}}
    """,
    re.VERBOSE,
)
_NAME = re.compile(
    rf"(?:[^\W\d_][{MARKS}]*\.[ ]?(?=[^\W\d_a-zäöüß]))*[^\W\d_](?:[\w{MARKS}]|['’-](?=[^\W\d_]))*"
)
_PARTICLE = re.compile(
    r"(?:von und zu|von der|von dem|von den|von|van der|van den|van de|van|de la|de|di|da|del|"
    r"della|dos|du|le|la|el|al|bin|ten|ter|zu|Von|Van|De|El|Al)[ ]"
)
_NEXT = re.compile(r"[ \u00a0\t]{1,2}(?=[^\W\d_])")
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
        end = _end_of_name(cue)
        if end:
            found.append(Found(cue.end(), end, "Person"))
    return found


def _end_of_name(cue: re.Match[str]) -> int:
    """Return where the name after a cue ends; 0 if no name follows."""
    text, position, end, previous = cue.string, cue.end(), 0, ""
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
    if title in _UNMISTAKABLE and word[0].istitle() and word[0].casefold() in SURNAMES:
        return True
    if _is_common(word[0]):
        return False
    if cue["job"] or (title == "Kollegen" and not _ONE_COLLEAGUE.search(_before(cue))):
        return _is_known(word[0])
    if not word[0][0].isupper():
        return _is_name_in_lower_case(word, cue)
    if title.isupper():
        return word[0].isupper() and len(word[0]) > 1
    return title in _UNMISTAKABLE or not _ends_like_noun(word[0])


def _is_name_in_lower_case(word: re.Match[str], cue: re.Match[str]) -> bool:
    """Return whether "frau müller" is meant, not "die frau war nett"."""
    if _is_known(word[0]):
        return True
    return not _ARTICLE.search(_before(cue)) and (
        cue[0].lower().startswith(("herr", "mr", "dr", "hr."))
        and word[0].isalpha()
        and len(word[0]) >= _SHORTEST_PART
        and not _ends_like_noun(word[0])
    )


def _before(cue: re.Match[str]) -> str:
    return cue.string[max(0, cue.start() - _BEFORE) : cue.start()]


def _goes_on(word: re.Match[str], previous: str) -> bool:
    """Return whether this word still belongs to the name before it."""
    after_first_name = previous.casefold() in FIRST_NAMES
    if _is_common(word[0]):
        return False
    if word[0][0].isupper():
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
    return word[0].isupper() and not _ends_like_noun(word)


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
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
