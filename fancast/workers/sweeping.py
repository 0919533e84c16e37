"""Housekeeping by the clock: ended subscriptions leave the set of current ones, old answers are forgotten, drafts
whose turn it is go out."""

from datetime import datetime, timedelta

from fancast.core import accounts, draft_senders, idempotency_keys, rate_limits, repeats, subscriptions
from fancast.store.database import Store

#: How far behind the stored set may be. Reading it stays exact; only the index range grows.
EVERY = timedelta(minutes=5)
#: How late a draft that goes out by itself may be; its period is hours.
DRAFTS_EVERY = timedelta(seconds=15)


class Sweeper:
    def __init__(self) -> None:
        self._next_at: datetime | None = None
        self._drafts_at: datetime | None = None

    def run(self, store: Store, now: datetime) -> None:
        """Sweep every account when it is time, a thousand fans to a transaction."""
        self._publish_drafts(store, now)
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

    def _publish_drafts(self, store: Store, now: datetime) -> None:
        # A clock that was set back asks again at once.
        if self._drafts_at is not None and timedelta() <= now - self._drafts_at < DRAFTS_EVERY:
            return
        self._drafts_at = now
        with store.read() as tx:
            due = draft_senders.due(tx, now=now)
        for account in due:
            with store.write() as tx:
                draft_senders.publish_next(tx, account, now=now)
