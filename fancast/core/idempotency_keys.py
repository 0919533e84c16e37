"""The same write twice, done once: `begin` and `finish` stand around a write, in its own transaction.

Without a key, for retries that a client marks, `wait_for_first` and `first_answer` stand in the place of `begin`.

So the stored answer is there exactly when the write is: after a crash neither is, and the repeat does it.
"""

from datetime import datetime

from fancast.core.repeats import RETRY_WINDOW
from fancast.model.idempotency_keys import KEPT_FOR, IdempotencyClaim, KeptAnswer
from fancast.model.problems import Kind, Problem
from fancast.store import idempotency_keys as store
from fancast.store.database import Tx

#: How long a call waits for its twin that is still running.
WAIT_SECONDS = 2


def begin(tx: Tx, claim: IdempotencyClaim, *, now: datetime) -> KeptAnswer | None:
    """The first answer to this call, or None if it is the first: then `finish` is owed.

    Raises Problem(CONFLICT, idempotency_running) when a twin still runs after a while, Problem(MISMATCH,
    idempotency_mismatch) when the key stood for another call.
    """
    if not store.lock(tx, claim, wait_seconds=WAIT_SECONDS):
        raise _running("A call with this Idempotency-Key is still running.", field="Idempotency-Key")
    found = store.find(tx, claim, since=now - KEPT_FOR)
    if found is None:
        return None
    fingerprint, answer = found
    if fingerprint != claim.fingerprint:
        message = "This Idempotency-Key was used for a call with another path, query or body."
        raise Problem(Kind.MISMATCH, "idempotency_mismatch", message, field="Idempotency-Key")
    return answer


def wait_for_first(tx: Tx, claim: IdempotencyClaim, *, marked: bool) -> None:
    """Let a call that is `marked` as a retry wait for what it repeats; one that is not waits for nobody.

    Raises Problem(CONFLICT, idempotency_running) when that takes too long.
    """
    if not marked:
        store.share(tx, claim)
    elif not store.lock(tx, claim, wait_seconds=WAIT_SECONDS):
        raise _running("The call that this one repeats is still running.")


def first_answer(tx: Tx, claim: IdempotencyClaim, *, now: datetime) -> KeptAnswer | None:
    """What a call of the same words was told within `RETRY_WINDOW`, for its marked retry. Each is kept by `finish`."""
    found = store.find(tx, claim, since=now - RETRY_WINDOW)
    return None if found is None else found[1]


def finish(tx: Tx, claim: IdempotencyClaim, answer: KeptAnswer, *, now: datetime) -> None:
    """Keep the answer for as long as `KEPT_FOR`, as part of the write."""
    store.keep(tx, claim, answer, now=now)


def sweep(tx: Tx, *, now: datetime) -> int:
    """Forget the answers that are too old to be returned. How many."""
    return store.forget(tx, before=now - KEPT_FOR)


def _running(message: str, field: str | None = None) -> Problem:
    return Problem(Kind.CONFLICT, "idempotency_running", message, field=field)
