"""Tags of release forms: who is named by a message that has gone out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.ids import QueueId
from fancast.model.mass_messages import STARTED, MassMessage, State
from fancast.model.problems import Kind, Problem, not_found, wrong_state
from fancast.store import events, heads, mass_messages
from fancast.store import tags as store
from fancast.store.database import Tx

#: The three kinds of tags, as a content's extras name them.
NAMES = ("rf_tag", "rf_partner", "rf_guest")
Tags = Mapping[str, Sequence[int | str]]


def attach(tx: Tx, account: Account, id: QueueId, tags: Tags, *, now: datetime) -> None:
    """Let these be all the tags of what was sent under this queue id, to many or to one fan.

    Raises NOT_FOUND; CONFLICT wrong_state before it is sent, not_a_queue_id for a message's id.
    """
    seen = mass_messages.get(tx, account.key, id, lock=True)
    if seen is not None:
        _attach_to_many(tx, account, seen, tags, now)
        return
    extras = store.extras_of_sent(tx, account.key, id)
    if extras is not None:
        store.set_extras(tx, account.key, id, _tagged(extras, tags))
        return
    if store.is_message(tx, account.key, id):
        said = f"{id} is the entity type message; the message's queueId is wanted."
        raise Problem(Kind.CONFLICT, "not_a_queue_id", said)
    raise not_found("message", id)


def _attach_to_many(tx: Tx, account: Account, seen: MassMessage, tags: Tags, now: datetime) -> None:
    if seen.state not in STARTED | {State.UNSENT} or seen.started_at is None:
        raise wrong_state("tagged", seen.state.value)
    mass_messages.change(tx, account.key, seen, {"extras": _tagged(seen.content.extras, tags)})
    head = heads.take(tx, account.key, events=1)
    fact = {"state": seen.state.value}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_EDITED, seen.id, fact, now=now)


def _tagged(extras: Mapping[str, object], tags: Tags) -> dict[str, object]:
    kept = {name: value for name, value in extras.items() if name not in NAMES}
    return kept | {name: list(tags[name]) for name in NAMES if tags.get(name)}
