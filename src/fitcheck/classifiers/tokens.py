"""Many texts at once as numbers: the words that differ, and where each of them stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np

from fitcheck.classifiers.segments import MAX_CHARACTERS, without_surrogates
from fitcheck.classifiers.stretches import stretches

_T = TypeVar("_T")
_MAX_REMEMBERED = 40_000
_TOKEN = re.compile(r"\w+|[!?]")


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Words, or parts of words, of many texts.

    Examples
    --------
    >>> words = words_between_blanks(["passt gut!", "", "passt"])
    >>> words.names, words.ids.tolist(), words.texts.tolist(), words.n_texts
    (['passt', 'gut!'], [0, 1, 0], [0, 0, 2], 3)
    >>> words.divided(TOKENS).lists()
    [['passt', 'gut', '!'], [], ['passt']]
    """

    names: Sequence[str]
    """What stands there; `ids` are indices of it."""
    ids: np.ndarray
    """Which name each token is, text after text."""
    texts: np.ndarray
    """In which text each token stands; ascending."""
    n_texts: int

    def divided(self, parts_of: Mapping[str, Sequence[str]]) -> Tokens:
        """Return the parts of each token, in the same order; each name is looked up once."""
        parts = list(map(parts_of.__getitem__, self.names))
        n_parts = np.fromiter(map(len, parts), np.int64, len(parts))
        first = np.cumsum(n_parts) - n_parts
        n_here = n_parts[self.ids]
        return Tokens(
            list(chain.from_iterable(parts)),
            stretches(first[self.ids], n_here),
            np.repeat(self.texts, n_here),
            self.n_texts,
        )

    def of_texts(self, wanted: np.ndarray) -> Tokens:
        """Return the tokens of some of the texts; `wanted` says of each whether it is one."""
        kept = wanted[self.texts]
        return Tokens(self.names, self.ids[kept], self.texts[kept], self.n_texts)

    def values(self, numbers: Iterable[float], dtype: type) -> np.ndarray:
        """Return a number for each token, given one for each name in their order."""
        return np.asarray(np.fromiter(numbers, dtype, len(self.names))[self.ids])

    def lists(self) -> list[list[str]]:
        """Return the tokens of each text."""
        found: list[list[str]] = [[] for _ in range(self.n_texts)]
        for text, name in zip(self.texts.tolist(), self.ids.tolist(), strict=True):
            found[text].append(self.names[name])
        return found


def joined(*parts: Tokens) -> Tokens:
    """Return of each text the tokens of the first part, then those of the second, and so on.

    Examples
    --------
    >>> words = words_between_blanks(["passt gut", "ja"])
    >>> joined(words, words).lists()
    [['passt', 'gut', 'passt', 'gut'], ['ja', 'ja']]
    """
    n_before = np.cumsum([0, *(len(part.names) for part in parts)])
    ids = [part.ids + n for part, n in zip(parts, n_before, strict=False)]
    texts = np.concatenate([part.texts for part in parts])
    order = np.argsort(texts, kind="stable")
    names = list(chain.from_iterable(part.names for part in parts))
    return Tokens(names, np.concatenate(ids)[order], texts[order], parts[0].n_texts)


class _Numbers(dict[str, int]):
    """Numbers words in the order in which they are first seen."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


def words_between_blanks(texts: Sequence[str]) -> Tokens:
    """Return what stands between blanks in texts that `fold_texts` returned."""
    n_words = [text.count(" ") + 1 if text else 0 for text in texts]
    words, numbers = " ".join(texts).split(), _Numbers()
    ids = np.fromiter(map(numbers.__getitem__, words), np.int64, len(words))
    return Tokens(list(numbers), ids, np.repeat(np.arange(len(texts)), n_words), len(texts))


class Remembered(dict[str, _T]):
    """What a function says of words, remembered for those that were seen.

    Examples
    --------
    >>> n_letters = Remembered(len)
    >>> n_letters["passt"]
    5
    """

    def __init__(self, of: Callable[[str], _T]) -> None:
        self._of = of

    def __missing__(self, word: str) -> _T:
        """Ask the function, and forget all others where there are too many."""
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        self[word] = found = self._of(word)
        return found


def tokens_of(word: str) -> list[str]:
    """Return what is counted of a word: letters and digits, ``!`` and ``?``.

    Examples
    --------
    >>> tokens_of("geht's?")
    ['geht', 's', '?']
    """
    return _TOKEN.findall(word)


TOKENS = Remembered(tokens_of)


def fold_texts(texts: Sequence[str]) -> list[str]:
    r"""Return texts as words are compared: one line each, NFKC, lower case, ss for ß.

    Examples
    --------
    >>> fold_texts(["Zu  groß?\n", "ﬁt"])
    ['zu gross?', 'fit']
    """
    lines = [text.replace("\x00", "")[:MAX_CHARACTERS].replace("\n", " ") for text in texts]
    if not lines:
        return []
    together = without_surrogates("\n".join(lines))
    folded = unicodedata.normalize("NFKC", together).casefold()
    return [" ".join(line.split()) for line in folded.split("\n")]
