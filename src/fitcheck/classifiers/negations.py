"""Which words a negation turns: "nicht wirklich relevant" and "relevant" are not the same."""

from __future__ import annotations

import re

import numpy as np

from fitcheck.classifiers.tokens import Remembered, Tokens

_NEGATION = re.compile(
    r"nicht|kein\w*|kaum|wenig\w*|ohne|nie|niemals|nix|nichts"
    r"|not|\w+n't|no|never|hardly|nothing|without|less|few|far"
)
_WORDS_AND_STOPS = re.compile(r"[\w']+|[,.;:!?]")
_NEGATED_PREFIX = "un"
_ITSELF, _BEFORE, _BEHIND = 0, (-1,), (1, 2, 3)
"""How far from a negation, or a negated word, the words stand that are turned."""
_PLAIN, _NEGATES, _NEGATED = range(3)


def negated_words(words: Tokens) -> Tokens:
    """Return the words that negations turn, of each text: the one before, and three behind.

    Parameters
    ----------
    words : Tokens
        As `words_between_blanks` returns them.

    Examples
    --------
    >>> from fitcheck.classifiers.tokens import words_between_blanks
    >>> words = words_between_blanks(["passt nicht zu uns, leider unbrauchbar", "gut"])
    >>> negated_words(words).lists()
    [['passt', 'zu', 'uns', 'brauchbar'], []]
    """
    tokens = words.divided(_PARTS)
    roles = tokens.values(map(_ROLES.__getitem__, tokens.names), np.int8)
    is_word = tokens.values([name[0].isalnum() for name in tokens.names], bool)
    hits = np.flatnonzero(roles != _PLAIN)
    places = hits[:, None] + np.array([_ITSELF, *_BEFORE, *_BEHIND])
    is_there = (places >= 0) & (places < len(roles))
    places[~is_there] = 0
    is_there &= (tokens.texts[places] == tokens.texts[hits][:, None]) & is_word[places]
    # Punctuation ends what is turned.
    behind = is_there[:, -len(_BEHIND) :]
    behind[:] = np.logical_and.accumulate(behind, axis=1)
    is_negated = roles[hits] == _NEGATED
    is_there[:, 0] = is_negated
    is_there[:, 1:] &= ~is_negated[:, None]
    turned = tokens.ids[places]
    turned[:, 0] += len(tokens.names)
    used, ids = np.unique(turned[is_there], return_inverse=True)
    names = [*tokens.names, *(name.removeprefix(_NEGATED_PREFIX) for name in tokens.names)]
    texts = np.repeat(tokens.texts[hits], is_there.sum(axis=1))
    return Tokens([names[i] for i in used], ids, texts, tokens.n_texts)


def _words_and_stops(word: str) -> list[str]:
    return _WORDS_AND_STOPS.findall(word.replace("’", "'"))


def _role(word: str) -> int:
    if _NEGATION.fullmatch(word):
        return _NEGATES
    return _NEGATED if word.startswith(_NEGATED_PREFIX) and len(word) > 6 else _PLAIN


_PARTS, _ROLES = Remembered(_words_and_stops), Remembered(_role)
