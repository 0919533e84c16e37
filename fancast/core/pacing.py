"""Pace: how many recipients may go out now.

A rate is used up to a moment (`spent until`): what it allows is the rate times the time since then, at most one
second's worth. Fractions are never lost, since the moment moves by exactly what was taken.
"""

from datetime import datetime, timedelta

from fancast.kit.times import from_ms, to_ms
from fancast.model.accounts import Account
from fancast.model.mass_messages import MassMessage

_SECOND_US = 1_000_000
#: A paced send moves on four times a second, or as often as its rate gives one recipient.
STEP_EVERY_US = 250_000


class Allowance:
    """What the account's and the mass message's own pace allow at one moment."""

    def __init__(
        self, account: Account, mass_message: MassMessage, now: datetime, account_spent_us: int = 0
    ) -> None:
        """`account_spent_us`: the account's own mark, held; it counts where the account has a pace."""
        self._account, self._mass_message = account, mass_message
        self._now_us = to_ms(now) * 1_000
        self._account_spent = account_spent_us

    @property
    def count(self) -> int | None:
        """Recipients that may go out now; None is all."""
        allowed = [
            rate * (self._now_us - self._used(spent)) // _SECOND_US
            for rate, spent in (
                (self._account.pace, self._account_spent),
                (self._mass_message.pace, self._mass_message.paced_until_us),
            )
            if rate is not None
        ]
        return min(allowed) if allowed else None

    @property
    def next_at(self) -> datetime:
        """When it is worth looking again."""
        waits = [
            max(STEP_EVERY_US, _SECOND_US // rate + 1)
            for rate in (self._account.pace, self._mass_message.pace)
            if rate is not None
        ]
        return from_ms((self._now_us + max(waits, default=0)) // 1_000 + 1)

    def spend(self, count: int) -> int:
        """The mass message's own mark after `count` recipients."""
        if self._mass_message.pace is None:
            return self._mass_message.paced_until_us
        return self._moved(self._mass_message.paced_until_us, self._mass_message.pace, count)

    def spend_account(self, count: int) -> int | None:
        """The account's mark after `count` recipients; None where it has no pace."""
        if self._account.pace is None:
            return None
        return self._moved(self._account_spent, self._account.pace, count)

    def _moved(self, spent: int, rate: int, count: int) -> int:
        return self._used(spent) + count * _SECOND_US // rate

    def _used(self, spent: int) -> int:
        # At most a second's worth is saved up; a mark from a clock that was set back since means nothing.
        return min(max(spent, self._now_us - _SECOND_US), self._now_us)


def eta(mass_message: MassMessage, account: Account, now: datetime) -> datetime | None:
    """When a paced send will be done if nothing changes; None when unpaced or nothing is left."""
    rates = [rate for rate in (account.pace, mass_message.pace) if rate is not None]
    if not rates or not mass_message.pending:
        return None
    return now + timedelta(seconds=mass_message.pending / min(rates))
