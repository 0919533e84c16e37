"""What goes wrong while it is sent: noted in words for anybody, counted once, gone when it is over."""

from datetime import timedelta

import pytest
import structlog

from fancast.core import sending
from fancast.core.sending import Found
from fancast.model.mass_messages import MassMessage, State
from fancast.model.problems import Kind, Problem
from fancast.workers import drive
from tests.world import NOON, World, in_the_way

FULL = "The database's disk is full; nothing was done."


def stumbled(world: World, made: MassMessage, reason: str = FULL) -> MassMessage:
    with world.store.write() as tx:
        assert sending.stumble(tx, world.account().key, world.again(made), reason, now=world.clock())
    return world.again(made)


def test_a_callers_reason_holds_no_statement_and_no_row(world: World):
    world.crowd(2)
    made = world.send("for your eyes only")
    with in_the_way(world.store, world.account().key):
        world.deliver()
        seen = world.again(made)
    named = {"sqlite": "SQLITE_CONSTRAINT_PRIMARYKEY", "postgresql": "UniqueViolation"}[world.store.dialect]
    assert seen.trouble == f"The database refused it (IntegrityError: {named}); the server's log says more."
    assert seen.in_error
    world.clock.forward(seconds=1)
    world.deliver()
    done = world.again(made)
    assert (done.state, done.trouble, done.in_error) == (State.DONE, None, False)


def test_a_problem_says_itself_and_what_nobody_expected_its_name_alone():
    assert sending.reason_of(Problem(Kind.UNAVAILABLE, "database_unavailable", FULL)) == FULL
    told = sending.reason_of(OSError(2, "No such file", "/srv/mia/fancast.db"))
    assert told == "Something unexpected went wrong (FileNotFoundError); the server's log says more."


def test_two_who_stumble_over_the_same_count_and_log_it_once(world: World):
    world.crowd(2)
    made = world.send()
    found = Found(world.account().key, world.again(made), False)
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            # Both had seen the same before either noted it.
            drive._stumble(world.store, found, RuntimeError("in the way"), world.clock)
    assert world.again(made).attempts == 1
    assert [line["event"] for line in lines] == ["mass_message.stumbled"]


def test_trouble_of_the_taking_back_is_over_with_it(world: World):
    world.crowd(1)
    made = world.sent(unsend_after_seconds=60)
    world.clock.forward(seconds=60)
    assert stumbled(world, made).in_error
    world.clock.forward(seconds=1)
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.trouble, seen.attempts, seen.in_error) == (State.UNSENT, None, 0, False)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.QUEUED, State.SENDING])
def test_one_that_is_cancelled_is_troubled_no_more(world: World, state: State):
    world.crowd(3)
    made = world.in_state(state)
    stumbled(world, made)
    world.do("cancel", made)
    seen = world.again(made)
    assert (seen.state, seen.trouble, seen.attempts, seen.in_error) == (State.CANCELLED, None, 0, False)


def test_one_that_failed_keeps_its_reason_when_it_is_put_away(world: World):
    world.crowd(1)
    made = world.in_state(State.FAILED)
    reason = world.again(made).trouble
    world.do("cancel", made)
    assert reason
    assert world.again(made).trouble == reason


def test_an_edit_begins_anew(world: World):
    world.crowd(1)
    made = world.send()
    stumbled(world, made)
    edited = world.edit(world.again(made), text="better")
    assert (edited.trouble, edited.attempts, edited.due_at) == (None, 0, NOON)


def test_one_that_waits_for_its_media_forgets_what_went_wrong_before(world: World):
    world.crowd(1)
    made = world.send(media=[world.coming_media()])
    stumbled(world, made)
    world.clock.forward(seconds=1)
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.trouble, seen.attempts) == (State.QUEUED, None, 0)
    assert seen.due_at == NOON + timedelta(seconds=6)
