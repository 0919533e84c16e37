"""Drive one account: do what is due, oldest first, each act a transaction of conditional updates."""

import time

import structlog

from fancast.core import sending
from fancast.core.sending import Overtaken
from fancast.kit.clock import Clock
from fancast.model.ids import AccountKey
from fancast.model.mass_messages import MassMessage
from fancast.store.database import Store

log = structlog.get_logger()

#: After this an account with more to do goes to the back of the queue, so that accounts take turns.
TURN_SECONDS = 0.05
#: Its first turn is short: when many accounts come at once, each has its first send started soon.
FIRST_TURN_SECONDS = 0.005


def drive(store: Store, account: AccountKey, clock: Clock, *, seconds: float = TURN_SECONDS) -> bool:
    """Do what is due now, for about so long. Whether more is due already."""
    with store.write(durable=False) as tx:
        sending.take_up(tx, account)
        more = sending.any_due(tx, account, now=clock())
    turn_over = time.monotonic() + seconds
    while more:
        more = bool(act(store, account, clock))
        if time.monotonic() >= turn_over:
            break
    return more


def act(store: Store, account: AccountKey, clock: Clock) -> bool | None:
    """One act: look in one snapshot, write in one transaction. Whether more is due; None when nothing was.

    What raises is noted on the mass message and tried again later, by itself; others of the account go on.
    """
    found: MassMessage | None = None
    try:
        with store.read() as tx:
            found = sending.look(tx, account, now=clock())
            if found is None:
                return None
            due = sending.plan(tx, account, found, now=clock())
        with store.write() as tx:
            sending.work(tx, due, now=clock())
            return sending.any_due(tx, account, now=clock())
    except Overtaken:
        return True
    except Exception as error:
        if found is None:
            raise
        with store.write() as tx:
            sending.stumble(tx, account, found, f"{type(error).__name__}: {error}", now=clock())
        log.exception("mass_message.stumbled", mass_message_id=found.id, account=account)
        return True
