"""What goes wrong while it is sent: noted in words for anybody, counted once, gone when it is over."""

import structlog

from fancast.core import sending
from fancast.core.sending import Found
from fancast.model.mass_messages import State
from fancast.model.problems import Kind, Problem
from fancast.workers import drive
from tests.world import World, in_the_way

FULL = "The database's disk is full; nothing was done."


def test_a_callers_reason_holds_no_statement_and_no_row(world: World):
    world.crowd(2)
    made = world.send("for your eyes only")
    with in_the_way(world.store, world.account().key):
        world.deliver()
        seen = world.again(made)
    named = {"sqlite": "SQLITE_CONSTRAINT_PRIMARYKEY", "postgresql": "UniqueViolation"}[world.store.dialect]
    assert seen.trouble == f"The database refused it (IntegrityError: {named}); the server's log says more."
    world.clock.forward(seconds=1)
    world.deliver()
    done = world.again(made)
    assert (done.state, done.trouble) == (State.DONE, None)


def test_a_problem_says_itself_and_what_nobody_expected_its_name_alone():
    assert sending.reason_of(Problem(Kind.UNAVAILABLE, "database_unavailable", FULL)) == FULL
    told = sending.reason_of(OSError(2, "No such file", "/home/mia/fancast.db"))
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
