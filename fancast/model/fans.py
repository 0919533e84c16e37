"""Fans, and their paid time with the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from fancast.model.ids import FanId, FanNumber

#: A month of a subscription, as prices and discounts count it.
MONTH = timedelta(days=30)


class Period(Struct, frozen=True):
    """One paid time, and what began it: `subscribe` or, while the one before still ran, `renew`."""

    began_at: datetime
    ends_at: datetime
    price_cents: int
    action: str


class Subscription(Struct, frozen=True):
    """The current unbroken subscription, or the last one there was."""

    #: Start of the unbroken time: a renewal does not move it, a return after a gap does.
    subscribed_at: datetime
    expires_at: datetime
    renewed_at: datetime | None
    price_cents: int
    renews: bool

    @property
    def period(self) -> Period:
        """The last paid time of it."""
        action = "subscribe" if self.renewed_at is None else "renew"
        return Period(self.renewed_at or self.subscribed_at, self.expires_at, self.price_cents, action)

    def runs_at(self, now: datetime) -> bool:
        return self.expires_at > now


class Spending(Struct, frozen=True):
    """What a fan has spent here, gross, in cents."""

    subscriptions_cents: int = 0
    messages_cents: int = 0
    tips_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.subscriptions_cents + self.messages_cents + self.tips_cents


class Discount(Struct, frozen=True):
    """A price cut that the creator offers one fan, on the next months of the subscription."""

    percent: int
    months: int
    began_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.began_at + self.months * MONTH

    def off(self, price_cents: int) -> int:
        """The price with the cut taken off, rounded to the cent."""
        return price_cents - (price_cents * self.percent + 50) // 100


class Fan(Struct, frozen=True):
    number: FanNumber
    fan_id: FanId
    username: str
    name: str
    avatar_url: str | None
    time_zone: str | None
    custom_name: str | None
    notice: str | None
    subscription: Subscription | None
    blocked: bool
    restricted: bool
    deleted: bool
    unreachable: bool
    spending: Spending
    last_seen_at: datetime | None
    created_at: datetime
    #: The end of the subscription was told already: by hand, ahead of the sweep.
    end_told: bool = False
    discount: Discount | None = None

    @property
    def receives(self) -> bool:
        """Whether messages go out to this fan: expired and restricted ones do receive."""
        return not (self.blocked or self.deleted or self.unreachable)

    def subscribed(self, now: datetime) -> bool:
        return self.subscription is not None and self.subscription.runs_at(now)


class FanPlace(NamedTuple):
    """Where a page of fans by the start of their subscription ended; None is who never subscribed."""

    subscribed_at: datetime | None
    number: FanNumber


class Began(StrEnum):
    """By which moment a list of fans goes: the start of the subscription, its last renewal, or the later one."""

    NEW = "new"
    RENEWED = "renewals"
    EITHER = "total"


@dataclass(frozen=True, slots=True)
class FanFilter:
    """Further conditions on a list of fans."""

    seen_since: datetime | None = None
    #: Whether they were not seen since, in place of seen.
    unseen: bool = False
    #: The unbroken subscription began by then: so long it lasts already.
    began_by: datetime | None = None
    least_tips_cents: int | None = None
    least_spent_cents: int | None = None
    most_spent_cents: int | None = None


class SubscriptionAction(StrEnum):
    START = "start"
    RENEW = "renew"
    #: Will not renew; runs to its end.
    CANCEL = "cancel"
    #: Ends now.
    EXPIRE = "expire"


class FanStatus(StrEnum):
    """Which fans a list of them shows."""

    ALL = "all"
    ACTIVE = "active"
    EXPIRED = "expired"


class Spent(StrEnum):
    """By which money a list of the top fans goes."""

    TOTAL = "total"
    SUBSCRIPTIONS = "subscriptions"
    MESSAGES = "messages"
    TIPS = "tips"
