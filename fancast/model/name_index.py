"""Names, cut into grams: every fan whose name holds some letters is in the sets of those letters.

A gram is three letters in a row, or one letter alone; the last two of a name are filled up with nothing. So a
search for two letters is a range of grams.
"""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

GRAM = 3
#: A letter is a code point of 21 bits, so that a gram is its own number, below 2^63.
_BITS = 21


class Names(NamedTuple):
    """What a fan is searched by."""

    username: str
    name: str
    custom_name: str | None


class GramRange(NamedTuple):
    """All grams that begin with the same two letters: low, and the first that is beyond."""

    low: int
    beyond: int


def fold(text: str) -> str:
    """Letters without case and accents: José, JOSE and jose are one."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def grams(names: Names) -> set[int]:
    """The grams of all that a fan is searched by."""
    return {_number(letters) for letters in _cut(names)}


def turned(numbered: Iterable[tuple[int, Names]]) -> dict[int, list[int]]:
    """Fan numbers by gram, in the order given."""
    found: dict[str, list[int]] = {}
    for number, names in numbered:
        for letters in _cut(names):
            found.setdefault(letters, []).append(number)
    return {_number(letters): numbers for letters, numbers in found.items()}


def wanted(folded: str) -> set[int] | GramRange:
    """The grams that a name has if it holds these letters; for two letters, one of a range."""
    if len(folded) == 1:
        return {_number(folded)}
    if len(folded) >= GRAM:
        return {_number(folded[place : place + GRAM]) for place in range(len(folded) - GRAM + 1)}
    low = _number(folded)
    return GramRange(low, low + (1 << _BITS * (GRAM - len(folded))))


def holds(names: Names, folded: str) -> bool:
    """Whether one of a fan's names holds these letters."""
    return any(folded in fold(text) for text in names if text)


def _cut(names: Names) -> set[str]:
    found: set[str] = set()
    for text in names:
        if text:
            folded = fold(text)
            found.update(folded)
            found.update([folded[place : place + GRAM] for place in range(len(folded) - 1)])
    return found


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number << _BITS | ord(letter)
    return number << _BITS * (GRAM - len(letters))
