"""Fans in this dialect: the lists of all, active and expired ones, newest subscription first."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from fancast.api.http import Answer, Call, Query
from fancast.api.onlyfansapi import built_in_lists
from fancast.api.onlyfansapi.envelope import next_page, paged
from fancast.api.onlyfansapi.values import account_of, limit_of, offset_of, price_number
from fancast.core import chats, fan_pages, fans, user_lists
from fancast.kit.money import cents_from_dollars
from fancast.kit.times import from_ms, offset_text, to_ms
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet
from fancast.model.fans import MONTH, Fan, FanFilter, FanPlace, FanStatus, Period, Subscription
from fancast.model.problems import invalid
from fancast.model.user_lists import BuiltIn, ListRef
from fancast.store.database import Tx

MOST_AT_ONCE = 20
#: Seen within this is online.
ONLINE = timedelta(minutes=5)
#: Why nobody can be added to a built-in list.
SYSTEM_LIST = "SYSTEM_LIST"
_DOTTED = re.compile(r"filter\.\w+")
_CURSOR = re.compile(r"(\d{1,15}|none)-(\d{1,16})")
Description = msgspec.Meta


class AvatarThumbs(msgspec.Struct, frozen=True):
    c50: str
    c144: str


class UserCard(msgspec.Struct, frozen=True, rename="camel"):
    """A user in a few words."""

    id: int
    name: str
    username: str
    is_verified: bool
    view: str
    avatar: str | None
    avatar_thumbs: AvatarThumbs | None


class SubscriptionPeriod(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One time that the fan subscribed or renewed for. What nobody told this server is null."""

    id: Annotated[int, Description(description="When it began, in milliseconds; a fan has it once.")]
    user_id: int
    subscriber_id: int
    date: str
    duration: int
    start_date: str
    expire_date: str
    cancel_date: str | None
    price: Annotated[float, Description(description="What it cost.")]
    regular_price: float | None
    discount: int | None
    earning_id: int | None
    action: Annotated[str, Description(description="`subscribe`, or `prolong` for a renewal without a gap.")]
    type: str
    offer_start: str | None
    offer_end: str | None
    is_current: bool


class SubscribedOnData(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The fan's subscription and what the fan spent here, in dollars, gross."""

    price: float
    regular_price: float
    subscribe_price: float
    subscribe_at: str
    expired_at: str
    renewed_at: str | None
    status: str | None
    is_muted: bool
    duration: str
    tips_summ: float
    subscribes_summ: float
    messages_summ: float
    posts_summ: float
    streams_summ: float
    total_summ: float
    last_activity: str | None
    has_active_paid_subscriptions: bool
    subscribes: Annotated[list[SubscriptionPeriod], Description(description="The newest first.")]


class ListState(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A list that a fan is on."""

    id: str
    type: Annotated[str, Description(description="`custom`, or the slug of a built-in list.")]
    name: str
    has_user: bool = True
    can_add_user: bool = False
    cannot_add_user_reason: Annotated[
        str, Description(description="`SYSTEM_LIST`: who is on it is computed; else `ALREADY_EXISTS`.")
    ]


class FanCard(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A fan."""

    id: int
    name: str
    username: str
    display_name: Annotated[str, Description(description="The creator's own name for this fan.")]
    notice: Annotated[str, Description(description="The creator's note.")]
    view: str
    avatar: str | None
    avatar_thumbs: AvatarThumbs | None
    is_verified: bool
    is_active: bool
    is_restricted: bool
    is_blocked: bool
    is_performer: bool
    can_receive_chat_message: Annotated[
        bool, Description(description="False: no mass message ever reaches this fan.")
    ]
    hide_chat: Annotated[bool, Description(description="Whether the creator hid the chat with this fan.")]
    last_seen: str | None
    subscribe_price: float
    tips_enabled: bool
    tips_min: int
    tips_max: int
    subscribed_by: bool
    subscribed_on: Annotated[bool, Description(description="Whether the fan is subscribed to us now.")]
    subscribed_on_expired_now: bool
    subscribed_on_duration: str | None
    subscribed_on_data: SubscribedOnData | None
    lists_states: Annotated[list[ListState], Description(description="The lists the fan is on.")]
    promo_offers: list[Any]


class Source(msgspec.Struct, frozen=True):
    """Where a page filtered by most spent comes from. Here it is always all of them."""

    is_complete: bool = True
    omitted_from_page: int = 0


class FanPage(msgspec.Struct, frozen=True, rename="camel"):
    list: list[FanCard]
    has_more: bool
    source: Annotated[Source | UnsetType, Description(description="Only with filter[max_total_spent].")] = (
        msgspec.field(name="_source", default=UNSET)
    )


# ---- handlers


def list_all(tx: Tx, call: Call) -> Answer:
    return _page(tx, call, FanStatus.ALL)


def list_active(tx: Tx, call: Call) -> Answer:
    return _page(tx, call, FanStatus.ACTIVE)


def list_expired(tx: Tx, call: Call) -> Answer:
    return _page(tx, call, FanStatus.EXPIRED)


def _page(tx: Tx, call: Call, those: FanStatus) -> Answer:
    limit, offset = limit_of(call.query, high=MOST_AT_ONCE), offset_of(call.query)
    status = read_status(call.query, those)
    only, began_by = read_filter(call.query, call.now)
    after = _place(tx, call)
    found = [] if status is None else fan_pages.page(
        tx, account_of(call), status=status, query=call.query.text("query") or "", subscribed_until=began_by,
        only=only, after=after, offset=0 if after else offset, limit=limit + 1, now=call.now,
    )  # fmt: skip
    shown, more = found[:limit], len(found) > limit
    following = (
        next_page(call, limit=limit, offset=offset + limit, after=_cursor(shown[-1])) if more else None
    )
    source = UNSET if only.most_spent_cents is None else Source()
    return paged(FanPage(cards(tx, call, shown), more, source), following)


# ---- from the wire


def read_status(query: Query, those: FanStatus) -> FanStatus | None:
    """Which of `those` whom the path names `type` leaves; None: nobody is both. Raises Problem(INVALID)."""
    said = (query.text("type") or "").strip() or FanStatus.ALL
    if said not in tuple(FanStatus):
        raise invalid("type", "The type field must be active, expired or all.")
    asked = FanStatus(said)
    if FanStatus.ALL in (those, asked):
        return asked if those is FanStatus.ALL else those
    return those if asked is those else None


def read_filter(query: Query, now: datetime) -> tuple[FanFilter, datetime | None]:
    """The bracketed filters, and the moment by which a subscription must have begun. Raises Problem(INVALID)."""
    _refuse_dotted_filters(query)
    online, months = query.flag("filter[online]"), query.integer("filter[duration]", low=0, high=1_200)
    most = _cents(query, "filter[max_total_spent]")
    if most is not None and online is not None:
        raise invalid("filter[max_total_spent]", "It cannot be combined with filter[online].")
    only = FanFilter(
        seen_since=None if online is None else now - ONLINE, unseen=online is False,
        least_tips_cents=_cents(query, "filter[tips]"), least_spent_cents=_cents(query, "filter[total_spent]"),
        most_spent_cents=most,
    )  # fmt: skip
    return only, None if months is None else now - months * MONTH


def _cents(query: Query, name: str) -> int | None:
    """Dollars in a filter."""
    sent = (query.text(name) or "").strip()
    if not sent:
        return None
    try:
        cents = cents_from_dollars(sent)
    except ValueError as error:
        raise invalid(name, f"{name} must be an amount of dollars.") from error
    if cents < 0:
        raise invalid(name, f"{name} must be at least 0.")
    return cents


def _refuse_dotted_filters(query: Query) -> None:
    for name in query.names():
        if _DOTTED.fullmatch(name):
            raise invalid(name, f"Write filters in brackets: filter[{name.partition('.')[2]}].")


def _cursor(last: Fan) -> str:
    """The place of a page's last fan: by `offset` alone all before it would be read again."""
    began = "none" if last.subscription is None else str(to_ms(last.subscription.subscribed_at))
    return f"{began}-{last.fan_id}"


def _place(tx: Tx, call: Call) -> FanPlace | None:
    sent = call.query.text("after")
    if not sent:
        return None
    parts = _CURSOR.fullmatch(sent)
    if parts is None:
        raise invalid("after", "The after field must come from a next_page.")
    fan = fans.get(tx, account_of(call), parts[2])
    return FanPlace(None if parts[1] == "none" else from_ms(int(parts[1])), fan.number)


# ---- to the wire


def write_card(fan: Fan) -> UserCard:
    return UserCard(
        id=fan.fan_id, name=fan.name, username=fan.username, is_verified=False, view="s",
        avatar=fan.avatar_url, avatar_thumbs=_thumbs(fan),
    )  # fmt: skip


def write_fan(
    fan: Fan, account: Account, now: datetime, *, hidden: bool, on: Sequence[tuple[ListRef, str]],
    over: Sequence[Period],
) -> FanCard:  # fmt: skip
    """`hidden`: the chat with the fan is; `on`: the lists the fan is on; `over`: paid times that are over."""
    active = fan.subscribed(now)
    data = None if fan.subscription is None else _subscribed_on(fan, fan.subscription, account, over, now)
    return FanCard(
        id=fan.fan_id, name=fan.name, username=fan.username, display_name=fan.custom_name or "",
        notice=fan.notice or "", view="s", avatar=fan.avatar_url, avatar_thumbs=_thumbs(fan), is_verified=False,
        is_active=not fan.deleted, is_restricted=fan.restricted, is_blocked=fan.blocked, is_performer=False,
        can_receive_chat_message=fan.receives, hide_chat=hidden,
        last_seen=None if fan.last_seen_at is None else offset_text(fan.last_seen_at), subscribe_price=0,
        tips_enabled=True, tips_min=5, tips_max=200, subscribed_by=False, subscribed_on=active,
        subscribed_on_expired_now=fan.subscription is not None and not active,
        subscribed_on_duration=None if fan.subscription is None else _duration(fan.subscription, now),
        subscribed_on_data=data, lists_states=[_list_state(ref, name) for ref, name in on], promo_offers=[],
    )  # fmt: skip


def _list_state(ref: ListRef, name: str) -> ListState:
    computed = isinstance(ref, BuiltIn) and ref not in user_lists.ADDABLE
    return ListState(
        id=str(ref), type=ref.value if isinstance(ref, BuiltIn) else "custom", name=name,
        cannot_add_user_reason=SYSTEM_LIST if computed else "ALREADY_EXISTS",
    )  # fmt: skip


def _subscribed_on(
    fan: Fan, subscription: Subscription, account: Account, over: Sequence[Period], now: datetime
) -> SubscribedOnData:
    price, spent = price_number(subscription.price_cents), fan.spending
    return SubscribedOnData(
        price=price, regular_price=price, subscribe_price=price,
        subscribe_at=offset_text(subscription.subscribed_at), expired_at=offset_text(subscription.expires_at),
        renewed_at=None if subscription.renewed_at is None else offset_text(subscription.renewed_at),
        status=None if subscription.renews else "Set to Expire", is_muted=False,
        duration=_duration(subscription, now), tips_summ=price_number(spent.tips_cents),
        subscribes_summ=price_number(spent.subscriptions_cents), messages_summ=price_number(spent.messages_cents),
        posts_summ=0, streams_summ=0, total_summ=price_number(spent.total_cents),
        last_activity=None if fan.last_seen_at is None else offset_text(fan.last_seen_at),
        has_active_paid_subscriptions=subscription.runs_at(now) and subscription.price_cents > 0,
        subscribes=[
            _period(fan, account, subscription.period, runs=subscription.runs_at(now)),
            *(_period(fan, account, time, runs=False) for time in reversed(over)),
        ],
    )  # fmt: skip


def _period(fan: Fan, account: Account, time: Period, *, runs: bool) -> SubscriptionPeriod:
    renewed = time.action == "renew"
    return SubscriptionPeriod(
        id=to_ms(time.began_at), user_id=account.creator_id, subscriber_id=fan.fan_id,
        date=offset_text(time.began_at), duration=max(1, round((time.ends_at - time.began_at) / MONTH)),
        start_date=offset_text(time.began_at), expire_date=offset_text(time.ends_at), cancel_date=None,
        price=price_number(time.price_cents), regular_price=None, discount=None, earning_id=None,
        action="prolong" if renewed else "subscribe", type="auto" if renewed else "regular", offer_start=None,
        offer_end=None, is_current=runs,
    )  # fmt: skip


def _duration(subscription: Subscription, now: datetime) -> str:
    """How long the unbroken subscription has lasted, in days."""
    days = (min(now, subscription.expires_at) - subscription.subscribed_at).days
    return f"{max(days, 0)} day" + ("" if days == 1 else "s")


def _thumbs(fan: Fan) -> AvatarThumbs | None:
    return None if fan.avatar_url is None else AvatarThumbs(c50=fan.avatar_url, c144=fan.avatar_url)


class FanWriter:
    """Fans to the wire: what they have beside their row is read for all of them at once."""

    def __init__(self, tx: Tx, call: Call, found: Sequence[Fan], hidden: FanSet | None = None) -> None:
        """`hidden`: whose chats are, where that is known already."""
        numbers = [fan.number for fan in found]
        self._account, self._now = account_of(call), call.now
        self._absent = built_in_lists.absent(self._account)
        self._hidden = chats.hidden_among(tx, self._account, numbers) if hidden is None else hidden
        self._on = user_lists.all_lists_of(tx, self._account, found, now=call.now)
        self._over = fans.periods_of(tx, self._account, numbers)

    def write(self, fan: Fan) -> FanCard:
        return write_fan(
            fan, self._account, self._now, hidden=fan.number in self._hidden,
            on=[each for each in self._on[fan.number] if each[0] not in self._absent],
            over=self._over.get(fan.number, ()),
        )  # fmt: skip


def cards(tx: Tx, call: Call, found: Sequence[Fan]) -> list[FanCard]:
    """Fans, each with all that is told of one."""
    writer = FanWriter(tx, call, found)
    return [writer.write(fan) for fan in found]
