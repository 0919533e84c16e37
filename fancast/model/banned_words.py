"""Banned words: three tiers, and a screen that finds them in a text.

Words are met whole, whatever their case, width or accents, and however many spaces, hyphens or other signs stand
between the parts of one; characters that nobody sees do not hide them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fancast.model.problems import Problem, invalid

LONGEST_WORD = 100
LONGEST_NOTE = 500
MOST_ALTERNATIVES = 20
_LETTERS = re.compile(r"[^\W_]+")


class RiskLevel(StrEnum):
    #: Nobody may write it anywhere.
    STRICT_BAN = "strict_ban"
    #: May cost an account.
    RISKY = "risky"
    #: Allowed, but better said otherwise.
    REPLACE_SOFTEN = "replace_soften"


#: Which tiers are looked for when a sender asks for a level: the strictest looks for all.
TIERS: Mapping[RiskLevel, frozenset[RiskLevel]] = {
    RiskLevel.STRICT_BAN: frozenset(RiskLevel),
    RiskLevel.RISKY: frozenset({RiskLevel.RISKY, RiskLevel.REPLACE_SOFTEN}),
    RiskLevel.REPLACE_SOFTEN: frozenset({RiskLevel.REPLACE_SOFTEN}),
}


@dataclass(frozen=True, slots=True)
class BannedWord:
    """A word or a phrase, as `folded` writes it."""

    word: str
    risk_level: RiskLevel
    category: str
    #: The word that this one is a form of.
    base: str
    safe_alternatives: tuple[str, ...] = ()
    notes: str | None = None


class Screen:
    """Finds words in texts, in one walk over the text's words."""

    def __init__(self, words: Iterable[BannedWord]) -> None:
        self._words = {_parts(each.word): each for each in words}
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        # The longest first: of "crack cocaine" and "cocaine" the whole is told.
        for parts in sorted(self._words, key=len, reverse=True):
            self._by_first.setdefault(parts[0], []).append(parts)

    def find(self, text: str) -> list[BannedWord]:
        """Each word once, in the order in which the text has them."""
        parts, at, met = _parts(folded(text)), 0, dict[tuple[str, ...], None]()
        while at < len(parts):
            phrases = self._by_first.get(parts[at], ())
            found = next((each for each in phrases if parts[at : at + len(each)] == each), None)
            at += len(found or (0,))
            if found is not None:
                met[found] = None
        return [self._words[each] for each in met]


def folded(text: str) -> str:
    """The text as words are compared: lower case, plain letters, nothing invisible."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))


def check(word: BannedWord) -> BannedWord:
    """The word as it is kept: folded, spaces made one. Raises Problem(INVALID)."""
    plain, base = _spaced(word.word), _spaced(word.base) or _spaced(word.word)
    if not _parts(plain):
        raise invalid("word", "A banned word needs a letter or a digit.")
    _demand_length("word", plain, LONGEST_WORD)
    _demand_length("base", base, LONGEST_WORD)
    _demand_length("category", word.category, LONGEST_WORD)
    _demand_length("notes", word.notes or "", LONGEST_NOTE)
    if len(word.safe_alternatives) > MOST_ALTERNATIVES:
        raise invalid("safe_alternatives", f"A word takes at most {MOST_ALTERNATIVES} alternatives.")
    for each in word.safe_alternatives:
        _demand_length("safe_alternatives", each, LONGEST_WORD)
    return BannedWord(plain, word.risk_level, word.category, base, word.safe_alternatives, word.notes)


def refused(found: Sequence[BannedWord]) -> Problem:
    """The refusal of a text that has these words; the fact `banned_words` names them."""
    names = ", ".join(each.word for each in found)
    return invalid("text", f"Contains banned words: {names}.", code="banned_words", banned_words=tuple(found))


def _spaced(text: str) -> str:
    return " ".join(folded(text).split())


def _parts(word: str) -> tuple[str, ...]:
    return tuple(_LETTERS.findall(word))


def _demand_length(field: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise invalid(field, f"{field} may have at most {longest} characters.")
