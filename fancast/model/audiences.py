"""Audiences: who a mass message is for, as a closed set of filters, and what each rule did."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fancast.model.fan_sets import FanSet
from fancast.model.problems import invalid
from fancast.model.user_lists import BuiltIn, ListRef

#: Explicit ids that one call may name.
MOST_FAN_IDS = 10_000
MOST_LISTS = 1_000
WITHIN_DAYS = range(1, 31)


@dataclass(frozen=True, slots=True)
class AskedAudience:
    """An audience in a caller's words: lists by id, numeric text, slug or alias; fans by id or username."""

    user_lists: tuple[int | str, ...] = ()
    fans: tuple[int | str, ...] = ()
    exclude_user_lists: tuple[int | str, ...] = ()
    #: Strictly after; compared with the start of the current unbroken subscription.
    subscribed_after: datetime | None = None
    #: Calendar days in UTC, today included.
    subscribed_within_days: int | None = None
    #: Built-in lists that the caller's dialect does not have on this account. No words of the caller's.
    absent_lists: Collection[BuiltIn] = field(default=(), repr=False)

    @property
    def selects(self) -> bool:
        """Whether it names anybody at all. An empty selection is never everyone."""
        dated = self.subscribed_after is not None or self.subscribed_within_days is not None
        return bool(self.user_lists or self.fans or dated)


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience whose references are known to exist. Explicit fans are kept as a stored set."""

    user_lists: tuple[ListRef, ...] = ()
    fans_count: int = 0
    exclude_user_lists: tuple[ListRef, ...] = ()
    subscribed_after: datetime | None = None
    subscribed_within_days: int | None = None

    @property
    def dated(self) -> bool:
        return self.subscribed_after is not None or self.subscribed_within_days is not None

    @property
    def selects(self) -> bool:
        """As an `AskedAudience`'s."""
        return bool(self.user_lists or self.fans_count or self.dated)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule did to the audience, in fans."""

    name: str
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Resolved:
    """An audience at one moment: who gets it, who is left out by policy and why, and how it came about."""

    to: FanSet
    skipped: dict[str, FanSet] = field(default_factory=dict)
    unlocked_free: FanSet = field(default_factory=FanSet)
    rules: tuple[Rule, ...] = ()


def check(asked: AskedAudience) -> None:
    """Raises Problem(INVALID) for more than can be asked at once."""
    if len(asked.fans) > MOST_FAN_IDS:
        raise invalid(
            "fan_ids", f"At most {MOST_FAN_IDS} fans can be named in one call.", code="too_many_fans"
        )
    if max(len(asked.user_lists), len(asked.exclude_user_lists)) > MOST_LISTS:
        raise invalid(
            "user_lists", f"At most {MOST_LISTS} lists can be named in one call.", code="too_many_lists"
        )
    if asked.subscribed_within_days is not None and asked.subscribed_within_days not in WITHIN_DAYS:
        raise invalid("subscribed_within_days", "subscribed_within_days is from 1 to 30.")


def demand_selection(audience: AskedAudience | Audience) -> None:
    """Raises Problem(INVALID, no_selector) for one that names nobody at all."""
    if not audience.selects:
        raise invalid(
            "audience",
            "Say who gets it: lists, fans or a date. Nobody is never everyone.",
            code="no_selector",
        )


def start_of_days(now: datetime, days: int) -> datetime:
    """The first moment of the last `days` calendar days in UTC, today included."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)
