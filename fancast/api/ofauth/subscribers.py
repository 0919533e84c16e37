"""Subscribers: the fans, by the start of their subscription, newest first."""

import ast
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.api.ofauth.users import AvatarThumbs, write_thumbs
from fancast.api.ofauth.values import (
    LIMIT_20,
    OFFSET,
    SHAPE,
    Body,
    Window,
    account_of,
    date_text,
    maybe_date,
    money,
    read_window,
    shaped,
)
from fancast.core import fan_pages, fans, user_lists
from fancast.kit.money import cents_from_dollars
from fancast.kit.times import to_ms
from fancast.model.accounts import Account
from fancast.model.fans import MONTH, Began, Fan, FanFilter, FanStatus, Period
from fancast.model.problems import invalid
from fancast.store.database import Tx

#: Seen within this is online.
ONLINE = timedelta(minutes=5)
#: What nobody came by: there are no promotions here, and no trial links.
_NOBODY_S = ("promoId", "trial_id")
_FILTERS = ("online", "tips", "total_spent", "duration", *_NOBODY_S)
_MOST_MONTHS = 1_200
QUERY = (
    QueryParam("type", str, "all, active, expired, or latest: those of startDate to endDate.", default="all"),
    QueryParam("latestType", str, "For latest: total, new or renewals.", default="total"),
    QueryParam("startDate", str, "For latest."),
    QueryParam("endDate", str, "For latest."),
    QueryParam("query", str, "A part of the name, the username or the custom name."),
    QueryParam("filter", str, "`filter[online]=1`, `filter[tips]` and `filter[total_spent]` (at least so many "
                              "dollars), `filter[duration]` (months without a break, at least), or all of it "
                              "as one JSON object. `promoId` and `trial_id` match nobody: there are no promotions "
                              "here. Anything else is not looked at."),
    LIMIT_20, OFFSET, SHAPE,
)  # fmt: skip


class NoteInput(Struct, frozen=True):
    notice: Annotated[str, Meta(max_length=1_000, description="Empty takes the note away.")]


class CustomNameInput(Struct, frozen=True, rename="camel"):
    display_name: Annotated[str, Meta(min_length=1, max_length=100)]


class DiscountInput(Struct, frozen=True):
    discount: Annotated[int, Meta(ge=5, le=60, description="Percent.")]
    period: Annotated[int, Meta(ge=1, le=12, description="Months.")]


class HistoryShape(Struct, frozen=True, rename="camel", kw_only=True):
    """One paid period."""

    id: int
    start_date: str
    expire_date: str
    price: float
    regular_price: float
    discount: float = 0
    type: str
    action: str
    is_current: bool


class SubscriptionShape(Struct, frozen=True, rename="camel", kw_only=True):
    """The current unbroken subscription, or the last one; all null where there never was one."""

    is_active: bool
    is_expired: bool
    subscribed_at: Annotated[
        str | None, Meta(description="Start of the unbroken time; renewals do not move it.")
    ]
    expires_at: str | None
    renewed_at: str | None
    price: float | None
    regular_price: float | None
    discount_percent: float | None
    discount_period: float | None
    discount_started_at: str | None = None
    discount_finished_at: str | None = None
    history: list[HistoryShape]


class SpendingShape(Struct, frozen=True):
    """Gross dollars, all told."""

    total: float
    tips: float
    subscriptions: float
    messages: float
    posts: float = 0
    streams: float = 0


class Capabilities(Struct, frozen=True, rename="camel", kw_only=True):
    can_restrict: bool
    can_block: bool
    can_report: bool = True
    can_unsubscribe: bool = False
    can_receive_messages: bool
    can_send_trial: bool = False


class ListName(Struct, frozen=True):
    id: str
    name: str


class Subscriber(Struct, frozen=True, rename="camel", kw_only=True):
    """A fan."""

    id: int
    name: str
    username: str
    display_name: str
    notice: str
    is_verified: bool = False
    avatar: str | None
    avatar_thumbs: AvatarThumbs | None
    last_seen: str | None
    subscription: SubscriptionShape
    spending: SpendingShape
    is_restricted: bool
    is_blocked: bool
    capabilities: Capabilities
    lists: list[ListName]


class SubscriberPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[Subscriber]
    has_more: bool
    next_offset: int | UnsetType = UNSET


def list_all(tx: Tx, call: Call) -> Answer:
    """The SDK lets a caller ask for 100 and the guides say that 20 come: its iterators go on by `nextOffset`."""
    account, window = account_of(call), Window(call.query, most=20)
    kind, only = read_kind(call.query), read_filter(call.query, call.now)
    found = [] if only is None else fan_pages.page(
        tx, account, **kind, query=(call.query.text("query") or "").strip(), only=only,
        offset=window.offset, limit=window.one_more, now=call.now,
    )  # fmt: skip
    writer = _Writer(tx, account, found[: window.limit], call.now)
    return shaped(call, window.page(found, writer.write))


def set_note(tx: Tx, call: Call) -> Answer:
    note = Body(call.body).text("notice")
    if note is None:
        raise invalid("notice", "notice is needed; an empty one takes the note away.", code="required")
    fans.set_note(tx, account_of(call), call.params["userId"], note)
    return Answer({})


def set_custom_name(tx: Tx, call: Call) -> Answer:
    name = Body(call.body).name("displayName").strip()
    if len(name) > fans.LONGEST_CUSTOM_NAME:
        raise invalid("displayName", f"displayName has 1 to {fans.LONGEST_CUSTOM_NAME} characters.")
    fans.set_custom_name(tx, account_of(call), call.params["userId"], name)
    return Answer({})


def set_discount(tx: Tx, call: Call) -> Answer:
    body = Body(call.body)
    fans.set_discount(
        tx,
        account_of(call),
        call.params["userId"],
        body.count("discount"),
        body.count("period"),
        now=call.now,
    )
    return Answer({})


# ---- from the wire


def read_kind(query: Query) -> dict[str, Any]:
    """`type` with its dates, as `core.fans.page` takes them."""
    kind = query.text("type") or "all"
    if kind in tuple(FanStatus):
        return {"status": FanStatus(kind)}
    if kind != "latest":
        raise invalid("type", "type must be all, active, expired or latest.")
    latest = query.text("latestType") or Began.EITHER
    if latest not in tuple(Began):
        raise invalid("latestType", "latestType must be total, new or renewals.")
    start, end = read_window(query)
    return {"by": Began(latest), "subscribed_from": start, "subscribed_until": end}


def read_filter(query: Query, now: datetime) -> FanFilter | None:
    """The conditions that make sense in any of the spellings that clients send; the rest is not looked at.

    None where nobody can meet them.
    """
    said: dict[str, object] = dict(_whole_filter(query.text("filter") or ""))
    for name in _FILTERS:
        if (value := query.text(f"filter[{name}]", f"filter.{name}")) is not None:
            said[name] = value
    if any(said.get(name) not in (None, "") for name in _NOBODY_S):
        return None
    months = read_id(said.get("duration"))
    online = {"1": True, "true": True, "0": False, "false": False}.get(str(said.get("online", "")).lower())
    return FanFilter(
        seen_since=None if online is None else now - ONLINE, unseen=online is False,
        least_tips_cents=_dollars(said.get("tips")), least_spent_cents=_dollars(said.get("total_spent")),
        began_by=None if months is None or months > _MOST_MONTHS else now - months * MONTH,
    )  # fmt: skip


def _whole_filter(text: str) -> Mapping[str, object]:
    """A JSON object, or the repr of a Python dict, which one SDK sends; another one's `[object Object]` is lost."""
    if not text.startswith("{") or len(text) > 1_000:
        return {}
    found: object = None
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return {}
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _dollars(value: object) -> int | None:
    try:
        return None if value is None else cents_from_dollars(value)
    except ValueError:
        return None


# ---- to the wire


class _Writer:
    """A page of fans to the wire: what they have beside their row is read for all at once."""

    def __init__(self, tx: Tx, account: Account, found: Sequence[Fan], now: datetime) -> None:
        self._now = now
        self._periods = fans.periods_of(tx, account, [fan.number for fan in found])
        self._lists = user_lists.lists_of(tx, account, [fan.number for fan in found])

    def write(self, fan: Fan) -> Subscriber:
        return Subscriber(
            id=fan.fan_id, name=fan.name, username=fan.username, display_name=fan.custom_name or "",
            notice=fan.notice or "", avatar=fan.avatar_url, avatar_thumbs=write_thumbs(fan),
            last_seen=maybe_date(fan.last_seen_at),
            subscription=write_subscription(fan, self._periods.get(fan.number, ()), self._now),
            spending=write_spending(fan), is_restricted=fan.restricted, is_blocked=fan.blocked,
            capabilities=Capabilities(
                can_restrict=not fan.restricted, can_block=not fan.blocked, can_receive_messages=fan.receives
            ),
            lists=[ListName(str(ref), name) for ref, name in self._lists[fan.number]],
        )  # fmt: skip


def write_subscription(fan: Fan, over: Sequence[Period], now: datetime) -> SubscriptionShape:
    """The discount is an offer on what comes: what was paid for the period that runs is paid."""
    current, cut = fan.subscription, fan.discount
    none = None if current is None else 0
    offered: dict[str, Any] = {
        "discount_percent": none if cut is None else cut.percent,
        "discount_period": none if cut is None else cut.months,
        "discount_started_at": None if cut is None else date_text(cut.began_at),
        "discount_finished_at": None if cut is None else date_text(cut.ends_at),
    }
    if current is None:
        return SubscriptionShape(
            is_active=False, is_expired=False, subscribed_at=None, expires_at=None, renewed_at=None, price=None,
            regular_price=None, history=[], **offered,
        )  # fmt: skip
    price, runs = money(current.price_cents), current.runs_at(now)
    return SubscriptionShape(
        is_active=runs, is_expired=not runs, subscribed_at=date_text(current.subscribed_at),
        expires_at=date_text(current.expires_at), renewed_at=maybe_date(current.renewed_at), price=price,
        regular_price=price, **offered,
        history=[*(write_period(one, False) for one in over), write_period(current.period, runs)],
    )  # fmt: skip


def write_period(period: Period, current: bool) -> HistoryShape:
    price = money(period.price_cents)
    return HistoryShape(
        id=to_ms(period.began_at), start_date=date_text(period.began_at), expire_date=date_text(period.ends_at),
        price=price, regular_price=price, type="paid" if period.price_cents else "free", action=period.action,
        is_current=current,
    )  # fmt: skip


def write_spending(fan: Fan) -> SpendingShape:
    spent = fan.spending
    return SpendingShape(
        total=money(spent.total_cents), tips=money(spent.tips_cents),
        subscriptions=money(spent.subscriptions_cents), messages=money(spent.messages_cents),
    )  # fmt: skip
