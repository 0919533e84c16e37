"""Drafts that go out by themselves: every so many hours the oldest one is published."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fancast.core import mass_messages
from fancast.model.accounts import Account
from fancast.model.draft_senders import PERIODS_HOURS, DraftSender
from fancast.model.ids import AccountKey
from fancast.model.mass_messages import MassMessage
from fancast.model.problems import invalid
from fancast.store import accounts, queue
from fancast.store import draft_senders as store
from fancast.store.database import Tx

#: A turn publishes for no more accounts.
MOST_AT_ONCE = 500


def get(tx: Tx, account: Account) -> DraftSender:
    return store.get(tx, account.key) or DraftSender()


def switch_on(tx: Tx, account: Account, period_hours: int, *, now: datetime) -> DraftSender:
    """Publish the oldest draft in `period_hours`, and again each time they have passed.

    Raises Problem(INVALID) for another period than the offered ones.
    """
    if period_hours not in PERIODS_HOURS:
        raise invalid("period", f"The period must be one of {', '.join(map(str, PERIODS_HOURS))} hours.")
    sender = DraftSender(period_hours, now + timedelta(hours=period_hours))
    store.put(tx, account.key, sender)
    return sender


def switch_off(tx: Tx, account: Account) -> DraftSender:
    """Publish no more drafts; the period is remembered."""
    sender = replace(get(tx, account), next_at=None)
    store.put(tx, account.key, sender)
    return sender


def due(tx: Tx, most: int = MOST_AT_ONCE, *, now: datetime) -> Sequence[AccountKey]:
    """Accounts whose next draft is due, who waits longest first."""
    return store.due(tx, now, most)


def publish_next(tx: Tx, key: AccountKey, *, now: datetime) -> MassMessage | None:
    """Publish the account's oldest draft if its time has come; None where there is nothing to do.

    One that names nobody yet is passed over: published, it would be done and gone without a word.
    A server that was down for several periods publishes one and goes on from there: nobody gets a heap at once.
    """
    sender = store.get(tx, key, lock=True)
    if sender is None or sender.next_at is None or sender.next_at > now:
        return None
    period = timedelta(hours=sender.period_hours)
    behind = (now - sender.next_at) // period
    store.put(tx, key, replace(sender, next_at=sender.next_at + period * (behind + 1)))
    account = accounts.get(tx, key)
    oldest = queue.oldest_draft(tx, key)
    while oldest is not None:
        if mass_messages.get(tx, account, oldest).audience.selects:
            return mass_messages.publish(tx, account, oldest, now=now)
        oldest = queue.oldest_draft(tx, key, after=oldest)
    return None
