"""The words that `blockBannedWords` looks for, in the pages of the framework that the vendor uses for this list.

The list is this server's own; its operator edits it with `fancast words`.
"""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import field

from fancast.api.http import Answer, Call, Query
from fancast.core import banned_words
from fancast.model.banned_words import BannedWord, RiskLevel
from fancast.model.problems import invalid
from fancast.store.database import Tx

LONGEST_FILTER = 255
MOST_AT_ONCE = 100
_DEFAULT = 50
Description = msgspec.Meta


class BannedWordItem(msgspec.Struct, frozen=True, kw_only=True):
    """A banned word or phrase."""

    word: str
    base: Annotated[str, Description(description="The word that this one is a form of.")]
    category: str
    risk_level: Annotated[str, Description(description="strict_ban, risky or replace_soften.")]
    safe_alternatives: list[str]
    notes: str | None
    regex_pattern: Annotated[str | None, Description(description="Always null: words are met whole.")] = None


class PageLinks(msgspec.Struct, frozen=True):
    first: str
    last: str
    prev: str | None
    next: str | None


class PageLink(msgspec.Struct, frozen=True):
    url: str | None
    label: str
    active: bool


class PageMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where this page stands; the first item is number 1."""

    current_page: int
    first: Annotated[int | None, Description(description="Number of the first item on it.")] = field(
        name="from"
    )
    last_page: int
    links: list[PageLink]
    path: str
    per_page: int
    to: int | None
    total: int


class BannedWordPage(msgspec.Struct, frozen=True):
    data: list[BannedWordItem]
    links: PageLinks
    meta: PageMeta


def listing(tx: Tx, call: Call) -> Answer:
    found = banned_words.listing(
        tx, category=_filter(call.query, "category") or None, risk_level=_risk_level(call.query),
        query=_filter(call.query, "search"),
    )  # fmt: skip
    size = call.query.integer("per_page", default=_DEFAULT, low=1, high=MOST_AT_ONCE)
    page = call.query.integer("page", default=1, low=1)
    return Answer(write_page(call, found, size, page))


def _filter(query: Query, name: str) -> str:
    said = (query.text(name) or "").strip()
    if len(said) > LONGEST_FILTER:
        raise invalid(name, f"The {name} field must not be greater than {LONGEST_FILTER} characters.")
    return said


def _risk_level(query: Query) -> RiskLevel | None:
    said = (query.text("risk_level") or "").strip()
    if said and said not in set(RiskLevel):
        raise invalid("risk_level", f"The risk_level field must be one of {', '.join(RiskLevel)}.")
    return RiskLevel(said) if said else None


# ---- to the wire


def write_word(word: BannedWord) -> BannedWordItem:
    return BannedWordItem(
        word=word.word, base=word.base, category=word.category, risk_level=word.risk_level.value,
        safe_alternatives=list(word.safe_alternatives), notes=word.notes,
    )  # fmt: skip


def write_page(call: Call, found: list[BannedWord], size: int, page: int) -> BannedWordPage:
    shown = found[(page - 1) * size : page * size]
    last = max(1, -(-len(found) // size))
    before, after = _url(call, page - 1, 1, last), _url(call, page + 1, 1, last)
    first = (page - 1) * size + 1 if shown else None
    return BannedWordPage(
        data=[write_word(each) for each in shown],
        links=PageLinks(str(_url(call, 1, 1, last)), str(_url(call, last, 1, last)), before, after),
        meta=PageMeta(
            current_page=page, first=first, last_page=last,
            links=[
                PageLink(before, "&laquo; Previous", False),
                *(PageLink(_url(call, each, 1, last), str(each), each == page) for each in _near(page, last)),
                PageLink(after, "Next &raquo;", False),
            ],
            path=call.origin + call.path, per_page=size, to=None if first is None else first + len(shown) - 1,
            total=len(found),
        ),
    )  # fmt: skip


def _near(page: int, last: int) -> range:
    return range(max(1, min(page, last) - 3), min(last, max(page, 1) + 3) + 1)


def _url(call: Call, page: int, first: int, last: int) -> str | None:
    """This call again at another page; None where there is none."""
    if not first <= page <= last:
        return None
    kept = {name: call.query.all(name) for name in call.query.names() if name != "page"}
    return f"{call.origin}{call.path}?{urlencode({**kept, 'page': [str(page)]}, doseq=True)}"
