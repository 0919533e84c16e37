"""The ledger's lines in this dialect."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.api.ofauth.values import account_of, date_text, money, read_moment
from fancast.core import transactions
from fancast.model.fans import Fan
from fancast.model.problems import invalid
from fancast.model.transactions import Transaction, TransactionType
from fancast.store.database import Tx

MOST_AT_ONCE = 100
_TYPES: dict[str, tuple[TransactionType, ...]] = {
    "subscribes": (TransactionType.SUBSCRIPTION,), "chat_messages": (TransactionType.MESSAGE,),
    "tips": (TransactionType.TIP,), "post": (), "stream": (),
}  # fmt: skip
_WORDS = {
    TransactionType.SUBSCRIPTION: "subscribes",
    TransactionType.MESSAGE: "chat_messages",
    TransactionType.TIP: "tips",
}
#: All tips are given in chats here.
_TIPS_SOURCES = ("chat", "post_all", "profile", "story", "stream")
_DESCRIPTIONS = {
    TransactionType.SUBSCRIPTION: "Subscription from {name}",
    TransactionType.MESSAGE: "Payment for message from {name}",
    TransactionType.TIP: "Tip from {name}",
}
QUERY = (
    QueryParam("startDate", str, "Only what was paid at or after this."),
    QueryParam("marker", str, "The marker of the page before."),
    QueryParam("type", str, f"{', '.join(_TYPES)}."),
    QueryParam("tipsSource", str, f"With type=tips: {', '.join(_TIPS_SOURCES)}."),
    QueryParam("limit", int, "How many; more than 100 is 100.", default=20, low=1, high=MOST_AT_ONCE),
)


class Amounts(Struct, frozen=True):
    """Dollars."""

    gross: float
    net: float
    fee: float
    vat: float = 0
    tax: float = 0


class Payer(Struct, frozen=True):
    id: int
    name: str
    username: str
    avatar: str | None


class TransactionShape(Struct, frozen=True, rename="camel", kw_only=True):
    """What a fan paid."""

    id: str
    type: str
    created_at: str
    amounts: Amounts
    currency: str
    description: str | None
    #: loading until it can be paid out, then done.
    status: str
    payout_pending_days: int | None
    user: Payer


class TransactionPage(Struct, frozen=True, rename="camel", kw_only=True):
    """Newest first. Both markers are the same: this vendor's clients read one or the other."""

    list: list[TransactionShape]
    has_more: bool
    next_marker: int | None
    marker: int | None


class ChargebackPage(Struct, frozen=True, rename="camel", kw_only=True):
    """Payments that were taken back: none are, here."""

    list: Sequence[Any] = ()
    has_more: bool = False
    next_marker: None = None
    marker: None = None


def list_transactions(tx: Tx, call: Call) -> Answer:
    limit = call.query.integer("limit", default=20, low=1, high=MOST_AT_ONCE, clamp=True)
    start = (call.query.text("startDate") or "").strip()
    found = transactions.page(
        tx, account_of(call), read_types(call.query), since=read_moment("startDate", start) if start else None,
        marker=read_marker(call.query), limit=limit + 1,
    )  # fmt: skip
    shown, more = found[:limit], len(found) > limit
    marker = shown[-1][0].id if more else None
    items = [write_transaction(line, fan, call) for line, fan in shown]
    return Answer(TransactionPage(list=items, has_more=more, next_marker=marker, marker=marker))


def list_chargebacks(_tx: Tx, _call: Call) -> Answer:
    return Answer(ChargebackPage())


def read_types(query: Query) -> tuple[TransactionType, ...]:
    """Raises Problem(INVALID)."""
    asked, source = query.text("type") or "", query.text("tipsSource") or ""
    if asked and asked not in _TYPES:
        raise invalid("type", f"type is one of {', '.join(_TYPES)}.")
    if source and source not in _TIPS_SOURCES:
        raise invalid("tipsSource", f"tipsSource is one of {', '.join(_TIPS_SOURCES)}.")
    types = _TYPES[asked] if asked else tuple(TransactionType)
    return types if source in ("", "chat") or asked != "tips" else ()


def read_marker(query: Query) -> int | None:
    """Where the page before ended; 0 and nothing are the beginning. Raises Problem(INVALID)."""
    sent = (query.text("marker") or "").strip()
    if not sent or sent == "0":
        return None
    marker = read_id(sent)
    if marker is None:
        raise invalid("marker", "marker must be that of the page before.")
    return marker


def write_transaction(line: Transaction, fan: Fan, call: Call) -> TransactionShape:
    left = line.pending_days_left(call.now)
    return TransactionShape(
        id=str(line.id), type=_WORDS[line.type], created_at=date_text(line.created_at),
        amounts=Amounts(money(line.gross_cents), money(line.net_cents), money(line.fee_cents)),
        currency=line.currency, description=_DESCRIPTIONS[line.type].format(name=fan.name),
        status="loading" if left else "done", payout_pending_days=left or None,
        user=Payer(fan.fan_id, fan.name, fan.username, fan.avatar_url),
    )  # fmt: skip
