"""Repeats of one send: retries that a client marks, the late original, and the twin guard.

Measured: the stock `onlyfans` 0.2.0 client repeats a mass send up to twice after a time-out, 408, 409, 429 or
5xx, without a key, marked `x-stainless-retry-count`. So a marked retry gets the first result; a send that was made
by a marked retry absorbs one late unmarked original; and an identical unmarked send within the account's guard
time is refused. How late each may come: decision 0018.
"""

import hashlib
from datetime import datetime, timedelta

from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.ids import QueueId
from fancast.model.problems import Kind, Problem
from fancast.store import sent_fingerprints as store
from fancast.store.database import Tx

#: The stock client's last retry comes within this of the first try. Measured with its defaults: 122 s after it, two
#: time-outs of 60 s; each may also wait for a connection, and for up to 60 s of `Retry-After`.
RETRY_WINDOW = timedelta(minutes=10)
#: What a proxy held back comes within this of the retry that overtook it. Nothing marks it, so the time is short: a
#: person who means to send the same words again must not be taken for it.
LATE_ORIGINAL_WINDOW = timedelta(minutes=2)
#: As long as the longest guard time.
_KEPT = timedelta(days=1)


def fingerprint(*what: object) -> str:
    """The same for the same words of a caller, whatever it is that they ask for."""
    return hashlib.sha256(repr(what).encode("utf-8", "surrogatepass")).hexdigest()


def first_result(
    tx: Tx, account: Account, key: ApiKey, print_: str, *, marked: bool, now: datetime
) -> QueueId | None:
    """The send that this one repeats, or None when it is one of its own; then `remember` it.

    Raises Problem(CONFLICT, duplicate_send) for a twin within the guard time.
    """
    store.lock(tx, account.key, print_)
    guard = timedelta(seconds=account.duplicate_guard_seconds)
    # What is refused as a twin when nothing marks it is no send of its own when something does.
    retry_window = max(RETRY_WINDOW, guard)
    found = store.newest(tx, account.key, key.key_id, print_, since=now - retry_window)
    if found is None:
        return None
    id, sent_at, by_retry = found
    age = now - sent_at
    if marked and age < retry_window:
        return id
    if by_retry and age < LATE_ORIGINAL_WINDOW:
        store.absorb(tx, account.key, id)
        return id
    # Also where the clock was set back since.
    if not marked and abs(age) < guard:
        raise Problem(
            Kind.CONFLICT, "duplicate_send", "An identical message was sent a moment ago; this one was not.",
            queue_id=id,
        )  # fmt: skip
    return None


def remember(
    tx: Tx, account: Account, key: ApiKey, print_: str, id: QueueId, *, marked: bool, now: datetime
) -> None:
    """Keep what was sent, for the time in which it may be repeated."""
    store.add(tx, account.key, key.key_id, print_, id, by_retry=marked, now=now)


def sweep(tx: Tx, *, now: datetime) -> None:
    """Forget what can be repeated no more."""
    store.forget(tx, before=now - _KEPT)
