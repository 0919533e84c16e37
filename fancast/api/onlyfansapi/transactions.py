"""The ledger's lines in this dialect."""

import re
from datetime import datetime, timedelta

import msgspec

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.onlyfansapi.buyers import read_marker
from fancast.api.onlyfansapi.envelope import next_page, paged
from fancast.api.onlyfansapi.fans import UserCard, write_card
from fancast.api.onlyfansapi.params import limit
from fancast.api.onlyfansapi.values import account_of, limit_of, price_number, read_moment, read_window
from fancast.core import transactions
from fancast.kit.times import offset_text
from fancast.model.fans import Fan
from fancast.model.problems import invalid
from fancast.model.transactions import PENDING_DAYS, Transaction, TransactionType
from fancast.store.database import Tx

MOST_AT_ONCE = 100
#: Without a start, so far back.
DEFAULT_DAYS = timedelta(days=30)
_TYPES: dict[str, tuple[TransactionType, ...]] = {
    "subscribes": (TransactionType.SUBSCRIPTION,), "tips": (TransactionType.TIP,), "post": (),
    "chat_messages": (TransactionType.MESSAGE,), "stream": (),
}  # fmt: skip
#: All tips are given in chats here.
_TIPS_SOURCES = ("profile", "post_all", "chat", "stream", "story")
_SAID = {
    TransactionType.SUBSCRIPTION: ("subscription", "Subscription from {name}"),
    TransactionType.MESSAGE: ("message", "Payment for message from {name}"),
    TransactionType.TIP: ("tip", "Tip from {name}"),
}
#: `-30days`, as this vendor's own URLs say it.
_DAYS_AGO = re.compile(r"-\s?(\d{1,4})\s?days?")
QUERY = (
    limit(10, 1, MOST_AT_ONCE),
    QueryParam("marker", str, "The nextMarker of the page before."),
    QueryParam("startDate", str, "Only what was paid at or after this; by default 30 days ago."),
    QueryParam("type", str, f"{', '.join(_TYPES)}; several by commas."),
    QueryParam("tipsSource", str, f"With type=tips: {', '.join(_TIPS_SOURCES)}."),
)
TOTAL_QUERY = (
    QueryParam("start_date", str, "The first day; by default the first there is."),
    QueryParam("end_date", str, "The last day, included; by default today."),
)


class TransactionItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a fan paid, in dollars."""

    id: str
    created_at: str
    type: str
    amount: float
    vat_amount: float = 0
    tax_amount: float = 0
    fee: float
    net: float
    currency: str
    #: loading until it can be paid out, then done.
    status: str
    description: str
    payout_pending_days: int
    user: UserCard


class TransactionPage(msgspec.Struct, frozen=True, rename="camel"):
    """Newest first."""

    list: list[TransactionItem]
    has_more: bool
    marker: int | None
    next_marker: int | None


class TotalTransactions(msgspec.Struct, frozen=True):
    """Gross dollars, and how many payments they are."""

    total_amount: float
    total_transactions: int


def listing(tx: Tx, call: Call) -> Answer:
    most = limit_of(call.query, high=MOST_AT_ONCE)
    marker = read_marker(call)
    found = transactions.page(
        tx, account_of(call), read_types(call.query), since=read_start(call.query, call.now), marker=marker,
        limit=most + 1,
    )  # fmt: skip
    shown, more = found[:most], len(found) > most
    last = transactions.marker_between(shown[-1][0], found[most][0]) if more else None
    items = [write_transaction(line, fan, call.now) for line, fan in shown]
    following = next_page(call, limit=most, marker=last) if more else None
    return paged(TransactionPage(items, more, marker, last), following)


def total(tx: Tx, call: Call) -> Answer:
    start, end = read_window(call.query)
    sums = transactions.totals(tx, account_of(call), start=start, end=end, now=call.now).values()
    gross = sum(one.gross_cents for one in sums)
    return Answer(TotalTransactions(price_number(gross), sum(one.count for one in sums)))


def read_start(query: Query, now: datetime) -> datetime:
    """Raises Problem(INVALID)."""
    sent = (query.text("start_date") or "").strip()
    if not sent:
        return now - DEFAULT_DAYS
    ago = _DAYS_AGO.fullmatch(sent)
    return now - timedelta(days=int(ago[1])) if ago else read_moment("startDate", sent)


def read_types(query: Query) -> tuple[TransactionType, ...]:
    """Raises Problem(INVALID)."""
    asked, sources = query.listed("type"), query.listed("tips_source")
    for name, words, known in (("type", asked, _TYPES), ("tipsSource", sources, _TIPS_SOURCES)):
        if not set(words) <= set(known):
            raise invalid(name, f"The {name} field must be one of {', '.join(known)}.")
    types = [type for word in asked for type in _TYPES[word]] if asked else list(TransactionType)
    if sources and "chat" not in sources and "tips" in asked:
        types.remove(TransactionType.TIP)
    return tuple(dict.fromkeys(types))


def write_transaction(line: Transaction, fan: Fan, now: datetime) -> TransactionItem:
    type, said = _SAID[line.type]
    return TransactionItem(
        id=str(line.id), created_at=offset_text(line.created_at), type=type, amount=price_number(line.gross_cents),
        fee=price_number(line.fee_cents), net=price_number(line.net_cents), currency=line.currency,
        status="loading" if line.pending_days_left(now) else "done", description=said.format(name=fan.name),
        payout_pending_days=PENDING_DAYS, user=write_card(fan),
    )  # fmt: skip
