"""Drafts and scheduled ones that are handed over: to whom, and how late they are said to be."""

from datetime import timedelta

import pytest

from fancast.core import mass_messages
from fancast.model.mass_messages import Edit, MassMessage, State
from tests.core.test_arrivals import arrive
from tests.core.test_arrivals import send as send_by_url
from tests.core.test_sending import adds_up, refused
from tests.world import DAY, NOON, World

LATE = timedelta(seconds=90)
MONTH = timedelta(days=30)


def forgotten(world: World) -> MassMessage:
    """A draft whose hour passed a month ago."""
    world.fan("bo", until=NOON + 90 * DAY)
    made = world.send(at=NOON + DAY, save_for_later=True)
    world.clock.now = NOON + DAY + MONTH
    world.deliver()
    return world.again(made)


@pytest.mark.parametrize("wanted", [{"save_for_later": False}, {"scheduled_at": NOON + DAY}])
def test_a_draft_is_not_handed_over_for_an_hour_that_has_passed(world: World, wanted: dict):
    seen = forgotten(world)
    with refused("scheduled_in_past"):
        world.edit(seen, **wanted)
    assert world.again(seen) == seen


def test_a_draft_whose_hour_passed_is_never_late(world: World):
    seen = forgotten(world)
    assert world.edit(seen, text="still a draft").state is State.DRAFT
    published = world.do("publish", seen)
    assert (published.state, published.scheduled_at, published.late_by_ms) == (State.QUEUED, None, 0)
    world.deliver()
    assert (adds_up(world, seen).state, world.again(seen).late_by_ms) == (State.DONE, 0)


def test_a_draft_whose_hour_is_taken_away_goes_out_now_and_is_not_late(world: World):
    seen = forgotten(world)
    assert world.edit(seen, save_for_later=False, scheduled_at=None).late_by_ms == 0
    world.deliver()
    assert (adds_up(world, seen).state, world.again(seen).late_by_ms) == (State.DONE, 0)


def test_a_draft_that_gets_a_new_hour_is_late_by_that_one(world: World):
    seen = forgotten(world)
    world.edit(seen, scheduled_at=world.clock() + DAY)
    world.clock.now += DAY + LATE
    world.deliver()
    assert adds_up(world, seen).late_by_ms == 90_000


@pytest.mark.parametrize("how", ["publish", "take its hour away"])
def test_one_that_is_late_stays_late_when_it_is_sent_by_hand(world: World, how: str):
    world.fan("bo")
    made = world.send(at=NOON + DAY)
    world.clock.now = NOON + DAY + LATE
    queued = world.do("publish", made) if how == "publish" else world.edit(made, scheduled_at=None)
    assert (queued.state, queued.scheduled_at, queued.late_by_ms) == (State.QUEUED, None, 90_000)
    # The engine comes to it half a minute later.
    world.clock.forward(seconds=30)
    world.edit(queued, text="better")
    world.deliver()
    assert (adds_up(world, made).state, world.again(made).late_by_ms) == (State.DONE, 120_000)


def test_one_that_was_late_is_not_when_it_gets_another_hour_or_becomes_a_draft(world: World):
    world.fan("bo")
    made = send_by_url(world, "https://cdn.example/a.jpg", at=NOON + DAY)
    world.clock.now = NOON + DAY + LATE
    assert world.do("publish", made).late_by_ms == 90_000
    assert world.edit(made, scheduled_at=NOON + 2 * DAY).late_by_ms == 0
    world.clock.now = NOON + 2 * DAY + LATE
    assert world.do("publish", made).late_by_ms == 90_000
    assert world.edit(made, save_for_later=True).late_by_ms == 0
    assert world.do("publish", made).late_by_ms == 0
    world.clock.forward(seconds=5)
    arrive(world, made.content.media_ids[0])
    world.deliver()
    assert (adds_up(world, made).state, world.again(made).late_by_ms) == (State.DONE, 0)


# ---- to somebody


@pytest.mark.parametrize("state", [State.SCHEDULED, State.QUEUED])
def test_where_somebody_must_be_named_an_edit_cannot_leave_nobody(world: World, state: State):
    world.fan("bo")
    seen = world.in_state(state)
    with refused("no_selector"), world.write() as tx:
        wanted = Edit(text="to whom?", user_lists=())
        mass_messages.edit(tx, world.account(), seen.id, wanted, must_select=True, now=world.clock())
    assert world.again(seen) == seen


@pytest.mark.parametrize("wanted", [Edit(save_for_later=False), Edit(scheduled_at=NOON + DAY)])
def test_where_somebody_must_be_named_no_draft_for_nobody_is_handed_over(world: World, wanted: Edit):
    world.fan("bo")
    seen = world.edit(world.send(save_for_later=True), user_lists=())
    account, now = world.account(), world.clock()
    with refused("no_selector"), world.write() as tx:
        mass_messages.edit(tx, account, seen.id, wanted, must_select=True, now=now)
    with refused("no_selector"), world.write() as tx:
        mass_messages.publish(tx, account, seen.id, must_select=True, now=now)
    assert world.again(seen) == seen
