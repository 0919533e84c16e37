"""Subscriptions: the platform tells that a fan's paid time began, went on or ends."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Cents,
    Moment,
    Sent,
    SentMoment,
    Told,
    account_of,
    fan_id,
    read_body,
    read_moment,
)
from fancast.core import subscriptions
from fancast.kit.times import maybe_zulu, zulu_text
from fancast.model.fans import Subscription, SubscriptionAction
from fancast.store.database import Tx


class SentSubscription(Sent):
    """What happened to a fan's subscription."""

    action: Annotated[
        SubscriptionAction,
        Meta(description="cancel: it will not renew but runs to its end; expire: it ends."),
    ]
    price_cents: Annotated[
        int | None, Meta(description="Of a start or renewal; by default the one before.")
    ] = None
    expires_at: Annotated[SentMoment | None, Meta(description="A start or renewal needs it.")] = None
    renews: Annotated[bool | None, Meta(description="Whether it renews by itself.")] = None
    at: Annotated[SentMoment | None, Meta(description="When it happened; by default now.")] = None


class ToldSubscription(Told):
    """The current unbroken subscription, or the last one there was."""

    active: bool
    subscribed_at: Annotated[
        Moment, Meta(description="A renewal does not move it, a return after a gap does.")
    ]
    renewed_at: Moment | None
    expires_at: Moment
    price_cents: Cents
    renews: bool


def write_subscription(seen: Subscription, *, now: datetime) -> ToldSubscription:
    return ToldSubscription(
        active=seen.runs_at(now), subscribed_at=zulu_text(seen.subscribed_at),
        renewed_at=maybe_zulu(seen.renewed_at), expires_at=zulu_text(seen.expires_at), price_cents=seen.price_cents,
        renews=seen.renews,
    )  # fmt: skip


def change(tx: Tx, call: Call) -> Answer:
    sent = read_body(call, SentSubscription)
    fan = subscriptions.change(
        tx, account_of(call), fan_id(call), sent.action, price_cents=sent.price_cents, renews=sent.renews,
        expires_at=read_moment("expires_at", sent.expires_at), at=read_moment("at", sent.at), now=call.now,
    )  # fmt: skip
    assert fan.subscription is not None
    return Answer(write_subscription(fan.subscription, now=call.now))
