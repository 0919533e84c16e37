"""Housekeeping by the clock: ended subscriptions leave the set of current ones, old answers are forgotten."""

from datetime import datetime, timedelta

from fancast.core import accounts, idempotency_keys, rate_limits, repeats, subscriptions
from fancast.store.database import Store

#: How far behind the stored set may be. Reading it stays exact; only the index range grows.
EVERY = timedelta(minutes=5)


class Sweeper:
    def __init__(self) -> None:
        self._next_at: datetime | None = None

    def run(self, store: Store, now: datetime) -> None:
        """Sweep every account when it is time, a thousand fans to a transaction."""
        if self._next_at is not None and now < self._next_at:
            return
        self._next_at = now + EVERY
        with store.read() as tx:
            owners = accounts.everybody(tx)
        for account in owners:
            ended = 1
            while ended:
                with store.write() as tx:
                    ended = subscriptions.sweep(tx, account.key, now=now)
        with store.write() as tx:
            idempotency_keys.sweep(tx, now=now)
            repeats.sweep(tx, now=now)
            rate_limits.forget_full(tx, now=now)
