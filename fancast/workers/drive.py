"""Drive one account: do what is due, oldest first, each act a transaction of conditional updates."""

import time

from fancast.core import sending
from fancast.core.sending import Overtaken
from fancast.kit.clock import Clock
from fancast.model.ids import AccountKey
from fancast.store.database import Store

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
    """One act: look in one snapshot, write in one transaction. Whether there was anything to do."""
    with store.read() as tx:
        due = sending.look(tx, account, now=clock())
    if due is None:
        return False
    try:
        with store.write() as tx:
            sending.work(tx, due, now=clock())
    except Overtaken:
        pass
    return True
