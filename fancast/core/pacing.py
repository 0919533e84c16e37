"""Pace: how many recipients may go out now.

A rate is used up to a moment (`spent until`): what it allows is the rate times the time since then, at most one
second's worth. Fractions are never lost, since the moment moves by exactly what was taken.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fancast.kit.times import from_ms, to_ms
from fancast.model.accounts import Account
from fancast.model.ids import QueueId
from fancast.model.mass_messages import MassMessage, State
from fancast.store import pacing
from fancast.store.database import Tx
from fancast.store.pacing import UnderWay

_SECOND_US = 1_000_000
#: A paced send moves on four times a second, or as often as its rate gives one recipient.
STEP_EVERY_US = 250_000
#: When more than so many of an account are sent at once, nobody reckons when the newer ones will be done.
MOST_FORESEEN = 100


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
        """When it is worth looking again.

        What shares an account's pace looks at the same moments. The oldest then goes first each time: between its
        moments a newer one would take what was saved up since.
        """
        waits = [
            max(STEP_EVERY_US, _SECOND_US // rate + 1)
            for rate in (self._account.pace, self._mass_message.pace)
            if rate is not None
        ]
        wait = max(waits, default=0)
        since = self._now_us % wait if wait and self._account.pace is not None else 0
        return from_ms((self._now_us - since + wait) // 1_000 + 1)

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


def etas(tx: Tx, account: Account, shown: Sequence[MassMessage], *, now: datetime) -> dict[QueueId, datetime]:
    """When those that are sent at a pace will be done if nothing changes.

    Those with an account's pace in common go oldest first, so that each waits for what is left of the older ones: one
    statement reads them all. Without an entry: what has no pace, is not being sent, waits to
    be tried again, or comes after too many.
    """
    sending = [
        UnderWay(one.id, one.pending, one.pace) for one in shown if one.state is State.SENDING and one.pending
    ]
    if account.pace is None:
        left = {one.id: one.pending / one.pace for one in sending if one.pace is not None}
    elif sending:
        left = seconds_left(account.pace, pacing.under_way(tx, account.key, MOST_FORESEEN))
    else:
        left = {}
    return {one.id: now + timedelta(seconds=left[one.id]) for one in sending if one.id in left}


def seconds_left(account_pace: int, queue: Sequence[UnderWay]) -> dict[QueueId, float]:
    """How long each will take, of those that share an account's pace, oldest first."""
    left = {one.id: float(one.pending) for one in queue}
    ends: dict[QueueId, float] = {}
    elapsed, waiting = 0.0, list(queue)
    while waiting:
        rates = _shares(account_pace, waiting)
        wait = min(left[id] / rate for id, rate in rates.items())
        elapsed += wait
        for id, rate in rates.items():
            left[id] -= rate * wait
            # What a rounding leaves is nobody.
            if left[id] < 0.001:
                ends[id] = elapsed
        waiting = [one for one in waiting if one.id not in ends]
    return ends


def _shares(account_pace: int, waiting: Sequence[UnderWay]) -> dict[QueueId, int]:
    """Recipients a second: the oldest takes what it may, the next of what that leaves."""
    shares: dict[QueueId, int] = {}
    free = account_pace
    for one in waiting:
        shares[one.id] = free if one.pace is None else min(one.pace, free)
        free -= shares[one.id]
        if not free:
            break
    return shares
