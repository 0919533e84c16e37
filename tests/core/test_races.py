"""Two transactions at once on PostgreSQL: whoever comes second sees what the first one did."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from fancast.core import sending
from fancast.core.sending import Found
from fancast.model.mass_messages import MassMessage, State
from fancast.store.database import Tx
from tests.serving import until
from tests.world import World, on_postgresql

pytestmark = on_postgresql


@contextmanager
def meanwhile(world: World, act: Callable[[], object]) -> Iterator[None]:
    """Begin `act` in a thread and let the block go on once it waits for a lock; it ends after the block."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: failed or waits_for_a_lock(world), "the other one waits for its lock")
    yield
    thread.join()
    assert not failed, failed


def waits_for_a_lock(world: World) -> bool:
    with world.store.read() as tx:
        waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                          " AND datname = current_database()")  # fmt: skip
        return tx.value(waiting) > 0


def one_step(world: World, tx: Tx, seen: MassMessage) -> None:
    """The step that is due for this mass message, in a transaction that stays open."""
    key = world.account().key
    with world.store.read() as read:
        due = sending.plan(read, [Found(key, seen, False)], now=world.clock())
    sending.work(tx, due, now=world.clock())


def under_way(world: World, **how: int) -> MassMessage:
    """A mass message to ten fans, with a step due."""
    world.crowd(10)
    made = world.sent(pace=4, **how)
    assert made.state is State.SENDING
    world.clock.forward(seconds=1)
    return made


def ended_during_a_step(world: World, verb: str) -> MassMessage:
    made = under_way(world)

    def end() -> None:
        # A world of its own: a world's transactions join one another.
        other = World(world.store, world.clock)
        other._places = world._places
        other.do(verb, made)

    with ExitStack() as afterwards:
        with world.store.write() as tx:
            one_step(world, tx, made)
            afterwards.enter_context(meanwhile(world, end))
    return world.again(made)


def test_a_cancel_counts_the_step_that_was_being_delivered(world: World):
    seen = ended_during_a_step(world, "cancel")
    assert (seen.state, seen.sent, seen.cancelled) == (State.CANCELLED, 4, 6)


def test_an_unsend_counts_the_step_that_was_being_delivered(world: World):
    seen = ended_during_a_step(world, "unsend")
    assert (seen.state, seen.sent, seen.cancelled) == (State.UNSENT, 4, 6)


def test_a_pause_waits_for_the_step_that_was_being_delivered(world: World):
    seen = ended_during_a_step(world, "pause")
    assert (seen.state, seen.sent, seen.pending) == (State.PAUSED, 4, 6)
