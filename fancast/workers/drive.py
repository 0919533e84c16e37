"""Drive accounts: do what is due, oldest first, each act a transaction of conditional updates."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from fancast.core import sending
from fancast.core.moves import Overtaken
from fancast.core.sending import Due, Found
from fancast.kit.clock import Clock
from fancast.model.ids import AccountKey
from fancast.store.database import Store
from fancast.workers.resting import rest

log = structlog.get_logger()

#: After this accounts with more to do go to the back of the queue, so that accounts take turns.
TURN_SECONDS = 0.05
#: Their first turn is short: when many accounts come at once, each has its first send started soon.
FIRST_TURN_SECONDS = 0.005


def drive(
    store: Store, accounts: Sequence[AccountKey], clock: Clock, *, seconds: float = TURN_SECONDS
) -> Iterator[list[AccountKey]]:
    """Do what is due now, for about so long. Their hints are taken up before: see `sending.take_up`.

    Yields, as soon as that is known, accounts with something due that it leaves to others or to another turn.
    """
    turn_over = time.monotonic() + seconds
    left = list(accounts)
    while left:
        left, alone = act_together(store, left, clock)
        if len(alone) > 1:
            yield [one.account for one in alone[1:]]
        left += [one.account for one in alone[:1] if _finish(store, one, clock)]
        if time.monotonic() >= turn_over:
            break
    if left:
        yield left


@dataclass(frozen=True, slots=True)
class Alone:
    """An account whose oldest due mass message cannot move with others; and what is to be done, where it is known."""

    account: AccountKey
    known: tuple[Found, Due] | None = None


def act_together(
    store: Store, accounts: Sequence[AccountKey], clock: Clock
) -> tuple[list[AccountKey], list[Alone]]:
    """An act on the oldest due mass message of each account, the light ones in one transaction.

    What costs is the transaction: its round trips, its wait for the disk. When anything is in the way of the whole,
    each is done alone, and its own trouble is its own. Which accounts have more due; and what is left to be done
    alone.
    """
    try:
        return _act_together(store, accounts, clock)
    except Exception as error:
        if len(accounts) > 1 and not isinstance(error, Overtaken):
            log.warning("drive.parted", accounts=len(accounts), why=f"{type(error).__name__}: {error}"[:500])
        return [account for account in accounts if _finish(store, Alone(account), clock)], []


def _act_together(
    store: Store, accounts: Sequence[AccountKey], clock: Clock
) -> tuple[list[AccountKey], list[Alone]]:
    # Where writers wait for each other, all that can be read is read before. Else one transaction does it all.
    began, beforehand = time.monotonic(), store.writers_queue
    held_by_others: list[Found] = []
    with store.read() if beforehand else store.write() as tx:
        if beforehand:
            found = sending.look(tx, accounts, now=clock())
        else:
            found, held_by_others = sending.look_and_hold(tx, accounts, now=clock())
        agreeing = [one for one in found if beforehand or not sending.needs_snapshot(one.mass_message)]
        planned = {due.account.key: due for due in sending.plan(tx, agreeing, now=clock())}
        light = [due for due in planned.values() if due.movable and due.light]
        again = set() if beforehand else sending.work(tx, light, now=clock())
    if beforehand and light:
        with store.write() as tx:
            again = sending.work(tx, light, now=clock())
    done = {due.account.key for due in light}
    more = [one.account for one in found if one.account in done and (one.others or one.account in again)]
    alone = [
        Alone(one.account, (one, planned[one.account]) if one.account in planned else None)
        for one in found
        if one.account not in done
    ]
    if beforehand and alone:
        # To plan a heavy one held up requests as its write will.
        rest(began)
    return more, [*alone, *(Alone(one.account) for one in held_by_others)]


def _finish(store: Store, one: Alone, clock: Clock) -> bool:
    """Whether more is due. What cannot even be noted on the mass message is logged: it is no others' trouble."""
    began = time.monotonic()
    try:
        return bool(act(store, one.account, clock)) if one.known is None else _do(store, *one.known, clock)
    except Exception:
        # The due_at in the row brings it back by the tick.
        log.exception("drive.failed", account=one.account)
        return False
    finally:
        if store.writers_queue:
            # Requests are answered by this very process.
            rest(began)


def act(store: Store, account: AccountKey, clock: Clock) -> bool | None:
    """One act: look in one snapshot, write in one transaction. Whether more is due; None when nothing was.

    What raises is noted on the mass message and tried again later, by itself; others of the account go on.
    """
    found: Found | None = None
    try:
        with store.read() as tx:
            looked = sending.look(tx, [account], now=clock())
            if not looked:
                return None
            (found,) = looked
            (due,) = sending.plan(tx, looked, now=clock())
    except Exception as error:
        if found is None:
            raise
        return _stumble(store, found, error, clock)
    return _do(store, found, due, clock)


def _do(store: Store, found: Found, due: Due, clock: Clock) -> bool:
    try:
        with store.write() as tx:
            return bool(sending.work(tx, [due], now=clock())) or found.others
    except Overtaken:
        return True
    except Exception as error:
        return _stumble(store, found, error, clock)


def _stumble(store: Store, found: Found, error: Exception, clock: Clock) -> bool:
    with store.write() as tx:
        reason = sending.reason_of(error)
        noted = sending.stumble(tx, found.account, found.mass_message, reason, now=clock())
    if noted:
        # The whole of it: the row says only what anybody may read.
        log.exception("mass_message.stumbled", mass_message_id=found.mass_message.id, account=found.account)
    return True
