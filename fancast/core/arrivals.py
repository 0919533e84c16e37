"""Media arrive: mass messages that wait for theirs go on, or fail with the reason.

A mass message may be accepted while its media are still being fetched or looked at: it says `awaits_media` and does
not start. Who made media ready, or gave them up, calls `settled` in a transaction of its own; if that is lost,
the engine looks by itself every few seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.ids import MediaId
from fancast.model.mass_messages import MassMessage, State
from fancast.store import events, heads, mass_messages, media
from fancast.store.database import Tx

#: A mass message that waits is looked at again after this, whether anybody said that its media arrived or not.
LOOK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Media of a message that are not there. `failure` says why one will never be; None: they are coming."""

    failure: str | None


def look(tx: Tx, account: Account, ids: Iterable[MediaId]) -> Waiting | None:
    """What these media wait for; None when all are ready."""
    wanted = list(ids)
    found = media.get_many(tx, account.key, wanted)
    if gone := [media_id for media_id in wanted if media_id not in found]:
        return Waiting(f"Media {gone[0]} is gone.")
    missing = [item for item in found.values() if not item.ready]
    failed = next((item for item in missing if item.failure is not None), None)
    if failed is not None:
        return Waiting(f"Media {failed.media_id} ({failed.name}): {failed.failure}")
    return Waiting(None) if missing else None


def settled(tx: Tx, account: Account, media_id: MediaId, *, now: datetime) -> None:
    """Media became ready or failed: those who wait for them are told. One that is queued is due at once."""
    due = False
    for id in mass_messages.awaiting(tx, account.key):
        seen = mass_messages.get(tx, account.key, id, lock=True)
        if seen is None or not seen.awaits_media or media_id not in seen.content.media_ids:
            continue
        waiting = look(tx, account, seen.content.media_ids)
        values: dict[str, Any] = {
            "awaits_media": waiting is not None, "trouble": None if waiting is None else waiting.failure,
            "attempts": 0,
        }  # fmt: skip
        late = seen.state is State.SCHEDULED and seen.scheduled_at is not None and seen.scheduled_at <= now
        if (late or seen.state is State.QUEUED) and (waiting is None or waiting.failure is not None):
            values["due_at"], due = now, True
        mass_messages.change(tx, account.key, seen, values)
    if due:
        heads.take(tx, account.key, hint_at=now)


def put_off(tx: Tx, account: Account, seen: MassMessage, waiting: Waiting, *, now: datetime) -> None:
    """Its moment has come and its media have not: it waits on, or fails when they never will."""
    if waiting.failure is None:
        mass_messages.change(
            tx, account.key, seen, {"due_at": now + LOOK_AGAIN, "trouble": None, "attempts": 0}
        )
        return
    values = {
        "state": State.FAILED, "queued_at": seen.queued_at or seen.scheduled_at or now, "finished_at": now,
        "due_at": None, "trouble": waiting.failure, "attempts": 0,
    }  # fmt: skip
    if not mass_messages.change(tx, account.key, seen, values):
        return
    head = heads.take(tx, account.key, events=1)
    fact = {"reason": waiting.failure}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_FAILED, seen.id, fact, now=now)
