"""Banned words: the shipped list with the operator's changes, and the screening of texts.

The list that is shipped (`banned_words.csv`) is our own. What an operator changes stands in the database, so that
every server of a fleet screens alike.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from importlib import resources

from fancast.model import banned_words as model
from fancast.model.banned_words import TIERS, BannedWord, RiskLevel, Screen
from fancast.model.problems import invalid, not_found
from fancast.store import banned_words as store
from fancast.store.database import Tx

COLUMNS = ("word", "risk_level", "category", "base", "safe_alternatives", "notes")


def screen(tx: Tx, text: str, level: RiskLevel | None) -> None:
    """Refuse a text with banned words of the tiers that `level` looks for; None looks for none.

    Raises Problem(INVALID, banned_words).
    """
    if level is None:
        return
    found = _screen(everything(tx), level).find(text)
    if found:
        raise model.refused(found)


def everything(tx: Tx) -> tuple[BannedWord, ...]:
    """Every banned word in force, by the alphabet."""
    return _merged(tuple(store.changes(tx).items()))


def listing(
    tx: Tx, *, category: str | None = None, risk_level: RiskLevel | None = None, query: str = ""
) -> list[BannedWord]:
    """Those of a category, of a tier, whose word or base has `query` in it; None and "" leave a filter out."""
    wanted = model.folded(query)
    return [
        each
        for each in everything(tx)
        if (category is None or each.category == category)
        and (risk_level is None or each.risk_level is risk_level)
        and (wanted in each.word or wanted in each.base)
    ]


def put(tx: Tx, words: Iterable[BannedWord], *, now: datetime) -> list[BannedWord]:
    """Ban these from now on, in place of what stood for them. Raises Problem(INVALID)."""
    checked = [model.check(each) for each in words]
    store.put(tx, checked, now=now)
    return checked


def take_off(tx: Tx, word: str, *, now: datetime) -> BannedWord:
    """Ban it no more, shipped or not. Raises Problem(NOT_FOUND)."""
    wanted = model.folded(word)
    found = next((each for each in everything(tx) if each.word == wanted), None)
    if found is None:
        raise not_found("banned_word", word)
    store.take_off(tx, [found.word], now=now)
    return found


def replace_all(tx: Tx, words: Iterable[BannedWord], *, now: datetime) -> list[BannedWord]:
    """Ban exactly these. Raises Problem(INVALID)."""
    store.forget(tx)
    checked = put(tx, words, now=now)
    store.take_off(tx, sorted(_shipped().keys() - {each.word for each in checked}), now=now)
    return checked


def restore(tx: Tx) -> int:
    """The list as it was shipped. Returns how many changes are gone."""
    return store.forget(tx)


def read_rows(lines: Iterable[str]) -> Iterator[BannedWord]:
    """Words from CSV with a header of `COLUMNS`; alternatives are parted by semicolons.

    Raises Problem(INVALID) with the line's number for a row without a word or with an unknown tier.
    """
    rows = csv.DictReader(lines)
    for row in rows:
        said = {name: (row.get(name) or "").strip() for name in COLUMNS}
        yield _read_row(said, rows.line_num)


def write_row(word: BannedWord) -> tuple[str, ...]:
    """The word as `read_rows` reads it."""
    alternatives = "; ".join(word.safe_alternatives)
    return (word.word, word.risk_level.value, word.category, word.base, alternatives, word.notes or "")


def _read_row(said: dict[str, str], line: int) -> BannedWord:
    if not said["word"] or said["risk_level"] not in set(RiskLevel):
        tiers = ", ".join(RiskLevel)
        raise invalid("word", f"Line {line} needs a word and a risk_level ({tiers}).", line=line)
    alternatives = tuple(part for part in map(str.strip, said["safe_alternatives"].split(";")) if part)
    return BannedWord(
        said["word"], RiskLevel(said["risk_level"]), said["category"] or "other", said["base"], alternatives,
        said["notes"] or None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _shipped() -> dict[str, BannedWord]:
    text = resources.files("fancast.core").joinpath("banned_words.csv").read_text(encoding="utf-8")
    return {each.word: each for each in map(model.check, read_rows(text.splitlines()))}


@lru_cache(maxsize=4)
def _merged(changes: tuple[tuple[str, BannedWord | None], ...]) -> tuple[BannedWord, ...]:
    merged: dict[str, BannedWord | None] = {**_shipped(), **dict(changes)}
    return tuple(merged[word] for word in sorted(merged) if merged[word] is not None)  # type: ignore[misc]


@lru_cache(maxsize=8)
def _screen(words: tuple[BannedWord, ...], level: RiskLevel) -> Screen:
    return Screen(each for each in words if each.risk_level in TIERS[level])
