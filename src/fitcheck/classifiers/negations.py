"""Which words a negation turns: "nicht wirklich relevant" and "relevant" are not the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

import numpy as np

_NEGATION = re.compile(
    r"nicht|kein\w*|kaum|wenig\w*|ohne|nie|niemals|nix|nichts"
    r"|not|\w+n't|no|never|hardly|nothing|without|less|few|far"
)
_WORDS_AND_STOPS = re.compile(r"[\w']+|[,.;:!?]|\n")
_WORDS_BEFORE, _WORDS_BEHIND = 1, 3
_PLAIN, _NEGATES, _NEGATED, _END = range(4)
_MAX_KNOWN = 100_000


class _Roles(dict[str, int]):
    """What a word does, remembered for those that were seen."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MAX_KNOWN:
            self.clear()
        self[word] = role = _role(word)
        return role


def _role(word: str) -> int:
    if word == "\n":
        return _END
    if _NEGATION.fullmatch(word):
        return _NEGATES
    return _NEGATED if word.startswith("un") and len(word) > 6 else _PLAIN


_ROLES = _Roles()


def negated_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the words that negations turn, of each text: the one before, and three behind.

    Parameters
    ----------
    texts : sequence of str
        As `fold_texts` returns them.

    Examples
    --------
    >>> negated_words(["passt nicht zu uns, leider unbrauchbar", "gut"])
    [['passt', 'zu', 'uns', 'brauchbar'], []]
    """
    turned: list[list[str]] = [[] for _ in texts]
    words = _WORDS_AND_STOPS.findall("\n".join(texts).replace("’", "'"))
    roles = np.fromiter(map(_ROLES.__getitem__, words), np.int8, len(words))
    rows = np.cumsum(roles == _END)
    for i in np.flatnonzero((roles == _NEGATES) | (roles == _NEGATED)).tolist():
        own = turned[rows[i]]
        if roles[i] == _NEGATED:
            own.append(words[i].removeprefix("un"))
            continue
        own += takewhile(_is_word, reversed(words[max(0, i - _WORDS_BEFORE) : i]))
        own += takewhile(_is_word, words[i + 1 : i + 1 + _WORDS_BEHIND])
    return turned


def _is_word(token: str) -> bool:
    return token[0].isalnum()
