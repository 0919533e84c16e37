"""A message to one fan that names URLs: they are fetched first, for a bounded time; it goes out whole or not at all.

While they are fetched the call holds neither a transaction nor a thread. A mass message does not wait here: it is
accepted at once and waits in the engine.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from fancast.api.faces import Call
from fancast.core import arrivals, fetches
from fancast.core.arrivals import Waiting
from fancast.core.media import Unfetched
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.problems import Problem, invalid
from fancast.store.database import Tx

#: A caller who waits longer is told to send again later. Both vendors' clients give up after 30.
WAIT_SECONDS = 20.0
#: How often somebody looks whether the media are here.
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Wait:
    """A call that goes on when these media are here, and until when it hopes for that."""

    call: Call
    account: Account
    coming: Mapping[str, MediaId]
    until: float

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until


def begin(tx: Tx, call: Call, missing: Unfetched) -> Wait:
    """Ask for what is missing. Raises Problem(INVALID) for a URL that cannot be fetched."""
    assert call.account is not None
    coming = {url: fetches.expect(tx, call.account, url, now=call.now) for url in missing.urls}
    return Wait(call, call.account, {**call.fetched, **coming}, time.monotonic() + WAIT_SECONDS)


def look(tx: Tx, wait: Wait) -> Waiting | None:
    """What it still waits for; None when all is here."""
    return arrivals.look(tx, wait.account, wait.coming.values())


def given_up(wait: Wait, waiting: Waiting) -> Problem:
    """Why nothing was sent, and what to do."""
    if waiting.failure is not None:
        return invalid("media_ids", f"{waiting.failure} Nothing was sent.", code="media_failed")
    ids = ", ".join(map(str, wait.coming.values()))
    message = (
        f"The URLs were not fetched within {WAIT_SECONDS:g} seconds; nothing was sent. They are still being fetched: "
        f"send again with media {ids} when they are in the vault."
    )
    return invalid("media_ids", message, code="media_not_ready")
