"""Housekeeping by the clock: ended subscriptions leave the set of current ones, old answers are forgotten, drafts
whose turn it is go out, and new subscribers are greeted."""

import time
from contextlib import suppress
from datetime import datetime, timedelta

from fancast.core import (
    accounts,
    draft_senders,
    idempotency_keys,
    rate_limits,
    repeats,
    subscriptions,
    welcome_messages,
)
from fancast.model.problems import Problem
from fancast.store.database import Store
from fancast.workers.resting import rest

#: How far behind the stored set may be. Reading it stays exact; only the index range grows.
EVERY = timedelta(minutes=5)
#: How late a draft that goes out by itself may be; its period is hours.
DRAFTS_EVERY = timedelta(seconds=15)
#: How long a new subscriber waits for the welcome message.
GREET_EVERY = timedelta(seconds=1)


class Sweeper:
    def __init__(self) -> None:
        self._next_at: datetime | None = None
        self._drafts_at: datetime | None = None
        self._greeted_at: datetime | None = None

    def run(self, store: Store, now: datetime) -> None:
        """Sweep every account when it is time, a thousand fans to a transaction."""
        self._publish_drafts(store, now)
        self._greet(store, now)
        if self._next_at is not None and now < self._next_at:
            return
        self._next_at = now + EVERY
        with store.read() as tx:
            owners = accounts.everybody(tx)
        for account in owners:
            ended = 1
            while ended:
                began = time.monotonic()
                with store.write() as tx:
                    ended = subscriptions.sweep(tx, account.key, now=now)
                if store.writers_queue:
                    # After weeks of standing still there are hundreds of thousands, and requests are answered here.
                    rest(began)
        with store.write() as tx:
            idempotency_keys.sweep(tx, now=now)
            repeats.sweep(tx, now=now)
            rate_limits.forget_full(tx, now=now)

    def _publish_drafts(self, store: Store, now: datetime) -> None:
        if _too_soon(self._drafts_at, now, DRAFTS_EVERY):
            return
        self._drafts_at = now
        with store.read() as tx:
            due = draft_senders.due(tx, now=now)
        for account in due:
            # One account's trouble is nobody else's; it is due again when this looks next.
            with suppress(Problem), store.write() as tx:
                draft_senders.publish_next(tx, account, now=now)

    def _greet(self, store: Store, now: datetime) -> None:
        if _too_soon(self._greeted_at, now, GREET_EVERY):
            return
        self._greeted_at = now
        with store.read() as tx:
            owed = welcome_messages.owed(tx)
        for account, number in owed:
            with store.write() as tx:
                welcome_messages.greet(tx, account, number, now=now)
        if len(owed) == welcome_messages.MOST_AT_ONCE:
            self._greeted_at = None


def _too_soon(last: datetime | None, now: datetime, every: timedelta) -> bool:
    # A clock that was set back asks again at once.
    return last is not None and timedelta() <= now - last < every
