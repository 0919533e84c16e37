"""Fans: the platform tells who they are, and what they paid for."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from fancast.api.faces import Answer, Call
from fancast.api.native.subscriptions import ToldSubscription, write_subscription
from fancast.api.native.values import (
    Cents,
    Moment,
    Sent,
    Told,
    account_of,
    fan_id,
    read_after,
    read_body,
    read_fields,
    read_limit,
    write_page,
)
from fancast.core import fan_pages, fans
from fancast.kit.times import maybe_zulu, zulu_text
from fancast.model.fans import Fan
from fancast.store.database import Tx

CURSOR = "fans"


class SentFan(Sent):
    """Who a fan is. Of a fan that is known, what is not sent stays."""

    username: (
        Annotated[
            str,
            Meta(
                description="One fan's: who had it before is called `u` and the id, as every fan is by default. "
                "`u` and another fan's id is refused."
            ),
        ]
        | UnsetType
    ) = UNSET
    name: Annotated[str, Meta(description="By default the username.")] | UnsetType = UNSET
    avatar_url: str | UnsetType | None = UNSET
    time_zone: Annotated[str | None, Meta(description="As in `Europe/Berlin`.")] | UnsetType = UNSET
    reachable: Annotated[bool, Meta(description="Whether messages can reach this fan.")] | UnsetType = UNSET
    blocked: bool | UnsetType = UNSET
    restricted: bool | UnsetType = UNSET


class ToldSpending(Told):
    """Gross."""

    total_cents: Cents
    subscriptions_cents: Cents
    messages_cents: Cents
    tips_cents: Cents


class ToldFan(Told):
    fan_id: int
    username: str
    name: str
    avatar_url: str | None
    time_zone: str | None
    reachable: bool
    blocked: bool
    restricted: bool
    deleted: bool
    subscription: Annotated[
        ToldSubscription | None, Meta(description="The current one, or the last one there was.")
    ]
    spending: ToldSpending
    last_seen_at: Moment | None
    created_at: Moment


class ToldFans(Told):
    """In order of arrival."""

    items: list[ToldFan] = field(name="list")
    next: str | None


def read_fan(call: Call) -> dict[str, object]:
    values = read_fields(read_body(call, SentFan))
    if "reachable" in values:
        values["unreachable"] = not values.pop("reachable")
    return values


def write_fan(fan: Fan, call: Call) -> ToldFan:
    spent = fan.spending
    return ToldFan(
        fan_id=fan.fan_id, username=fan.username, name=fan.name, avatar_url=fan.avatar_url, time_zone=fan.time_zone,
        reachable=not fan.unreachable, blocked=fan.blocked, restricted=fan.restricted, deleted=fan.deleted,
        subscription=write_subscription(fan.subscription, now=call.now) if fan.subscription else None,
        spending=ToldSpending(
            total_cents=spent.total_cents, subscriptions_cents=spent.subscriptions_cents,
            messages_cents=spent.messages_cents, tips_cents=spent.tips_cents,
        ),
        last_seen_at=maybe_zulu(fan.last_seen_at), created_at=zulu_text(fan.created_at),
    )  # fmt: skip


def page(tx: Tx, call: Call) -> Answer:
    limit, after = read_limit(call), read_after(call, CURSOR)
    found = fan_pages.page_after(
        tx, account_of(call), query=call.query.text("query") or "", after=-1 if after is None else after,
        limit=limit + 1,
    )  # fmt: skip
    return Answer(write_page(CURSOR, found, limit, lambda fan: write_fan(fan, call), lambda fan: fan.number))


def get(tx: Tx, call: Call) -> Answer:
    return Answer(write_fan(fans.get(tx, account_of(call), fan_id(call)), call))


def put(tx: Tx, call: Call) -> Answer:
    fan, new = fans.put(tx, account_of(call), fan_id(call), read_fan(call), now=call.now)
    return Answer(write_fan(fan, call), 201 if new else 200)
