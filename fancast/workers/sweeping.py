"""Housekeeping by the clock: ended subscriptions leave the set of current ones, old answers are forgotten, drafts
whose turn it is go out, and new subscribers are greeted."""

import time
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
from fancast.model.ids import AccountKey, FanNumber
from fancast.store.database import Store
from fancast.workers.leaving import Leaving
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
        # One's trouble is nobody else's.
        self._sweeping: Leaving[AccountKey] = Leaving("sweep.failed")
        self._publishing: Leaving[AccountKey] = Leaving("draft.failed")
        self._greeting: Leaving[tuple[AccountKey, FanNumber]] = Leaving("greeting.failed")

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
            with self._sweeping.trying(account.key, now=now):
                _end_subscriptions(store, account.key, now)
        with store.write() as tx:
            idempotency_keys.sweep(tx, now=now)
            repeats.sweep(tx, now=now)
            rate_limits.forget_full(tx, now=now)

    def _publish_drafts(self, store: Store, now: datetime) -> None:
        if _too_soon(self._drafts_at, now, DRAFTS_EVERY):
            return
        self._drafts_at = now
        with store.read() as tx:
            due = self._publishing.pick(
                lambda most: draft_senders.due(tx, most, now=now), draft_senders.MOST_AT_ONCE, now=now
            )
        for account in due:
            with self._publishing.trying(account, now=now), store.write() as tx:
                draft_senders.publish_next(tx, account, now=now)

    def _greet(self, store: Store, now: datetime) -> None:
        if _too_soon(self._greeted_at, now, GREET_EVERY):
            return
        self._greeted_at = now
        most = welcome_messages.MOST_AT_ONCE
        with store.read() as tx:
            owed = self._greeting.pick(lambda most: welcome_messages.owed(tx, most), most, now=now)
        for account, number in owed:
            with self._greeting.trying((account, number), now=now), store.write() as tx:
                welcome_messages.greet(tx, account, number, now=now)
        if len(owed) == most:
            self._greeted_at = None


def _end_subscriptions(store: Store, account: AccountKey, now: datetime) -> None:
    ended = 1
    while ended:
        began = time.monotonic()
        with store.write() as tx:
            ended = subscriptions.sweep(tx, account, now=now)
        if store.writers_queue:
            # After weeks of standing still there are hundreds of thousands, and requests are answered here.
            rest(began)


def _too_soon(last: datetime | None, now: datetime, every: timedelta) -> bool:
    # A clock that was set back asks again at once.
    return last is not None and timedelta() <= now - last < every
