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


def drive(store: Store, account: AccountKey, clock: Clock) -> bool:
    """Do what is due now. Whether more is due already."""
    with store.write() as tx:
        sending.take_up(tx, account)
    turn_over = time.monotonic() + TURN_SECONDS
    while time.monotonic() < turn_over:
        if not act(store, account, clock):
            return False
    return True


def act(store: Store, account: AccountKey, clock: Clock) -> bool:
    """One act: look in one snapshot, write in one transaction. Whether there was anything to do.

    What raises is noted on the mass message and tried again later, by itself; others of the account go on.
    """
    found: MassMessage | None = None
    try:
        with store.read() as tx:
            found = sending.look(tx, account, now=clock())
            if found is None:
                return False
            due = sending.plan(tx, account, found, now=clock())
        with store.write() as tx:
            sending.work(tx, due, now=clock())
    except Overtaken:
        pass
    except Exception as error:
        if found is not None:
            with store.write() as tx:
                sending.stumble(tx, account, found, f"{type(error).__name__}: {error}", now=clock())
            log.exception("mass_message.stumbled", mass_message_id=found.id, account=account)
            return True
        raise
    return True
