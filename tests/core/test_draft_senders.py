"""Drafts that go out by themselves, the oldest first, once a period."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from fancast.core import draft_senders
from fancast.model.draft_senders import DraftSender
from fancast.model.mass_messages import State
from fancast.model.problems import Problem
from fancast.store import tables
from fancast.workers.sweeping import Sweeper
from tests.world import NOON, World

HOUR = timedelta(hours=1)


def switched_on(world: World, hours: int = 6) -> DraftSender:
    with world.write() as tx:
        return draft_senders.switch_on(tx, world.account(), hours, now=world.clock())


def sender(world: World) -> DraftSender:
    with world.read() as tx:
        return draft_senders.get(tx, world.account())


def swept(world: World) -> None:
    Sweeper().run(world.store, world.clock())
    world.deliver()


def test_it_is_off_until_it_is_switched_on(world: World) -> None:
    world.fan("bo")
    draft = world.send("one", save_for_later=True)
    world.clock.forward(days=9)
    swept(world)
    assert (sender(world), world.again(draft).state) == (DraftSender(24, None), State.DRAFT)


def test_the_oldest_draft_goes_out_once_a_period(world: World) -> None:
    world.fan("bo")
    for text in ("one", "two", "three"):
        world.send(text, save_for_later=True)
    assert switched_on(world) == DraftSender(6, NOON + 6 * HOUR)
    swept(world)
    assert world.inbox("bo") == []
    world.clock.forward(hours=6)
    swept(world)
    swept(world)
    assert world.inbox("bo") == ["one"]
    world.clock.forward(hours=6)
    swept(world)
    assert sorted(world.inbox("bo")) == ["one", "two"]


def test_drafts_that_name_nobody_yet_are_passed_over_and_kept(world: World) -> None:
    world.fan("bo")
    unfinished = [world.edit(world.send(save_for_later=True), user_lists=()) for _ in range(2)]
    world.send("finished", save_for_later=True)
    switched_on(world)
    for _ in range(2):
        world.clock.forward(hours=6)
        swept(world)
    assert world.inbox("bo") == ["finished"]
    assert [world.again(one) for one in unfinished] == unfinished


def test_after_several_missed_periods_one_goes_out_and_the_rhythm_stays(world: World) -> None:
    world.fan("bo")
    for text in ("one", "two"):
        world.send(text, save_for_later=True)
    switched_on(world)
    world.clock.forward(hours=20)
    swept(world)
    assert world.inbox("bo") == ["one"]
    assert sender(world).next_at == NOON + 24 * HOUR


def test_a_period_without_drafts_passes(world: World) -> None:
    world.fan("bo")
    switched_on(world)
    world.clock.forward(hours=7)
    swept(world)
    draft = world.send("late", save_for_later=True)
    swept(world)
    assert world.again(draft).state is State.DRAFT
    assert sender(world).next_at == NOON + 12 * HOUR


def test_switched_off_nothing_goes_out_and_the_period_is_remembered(world: World) -> None:
    world.fan("bo")
    draft = world.send("one", save_for_later=True)
    switched_on(world, 48)
    with world.write() as tx:
        assert draft_senders.switch_off(tx, world.account()) == DraftSender(48, None)
    world.clock.forward(days=9)
    swept(world)
    assert world.again(draft).state is State.DRAFT


@pytest.mark.parametrize("hours", [0, -6, 5, 7, 49, 10**12])
def test_another_period_is_refused(world: World, hours: int) -> None:
    with pytest.raises(Problem):
        switched_on(world, hours)


def test_each_account_has_drafts_of_its_own(world: World) -> None:
    world.fan("bo")
    world.fan("cy", on="eve")
    theirs = world.send("theirs", save_for_later=True, on="eve")
    world.send("mine", save_for_later=True)
    switched_on(world)
    world.clock.forward(hours=6)
    swept(world)
    assert world.inbox("bo") == ["mine"]
    assert world.again(theirs, on="eve").state is State.DRAFT


def test_an_account_whose_draft_cannot_go_out_keeps_no_other_s_and_is_tried_again(world: World) -> None:
    world.fan("bo")
    world.fan("cy", on="eve")
    mine = world.send("mine", save_for_later=True)
    switched_on(world)
    theirs = world.send("theirs", save_for_later=True, on="eve")
    with world.write() as tx:
        draft_senders.switch_on(tx, world.account("eve"), 6, now=world.clock() + HOUR)
        here = tables.mass_messages.c.account_id == world.account().key
        audience = tx.value(sa.select(tables.mass_messages.c.audience).where(here))
        tx.run(sa.update(tables.mass_messages).where(here).values(audience={"of": "another version"}))
    world.clock.forward(hours=7)
    sweeper = Sweeper()
    sweeper.run(world.store, world.clock())
    assert world.again(theirs, on="eve").state is State.QUEUED
    with world.write() as tx:
        tx.run(sa.update(tables.mass_messages).where(here).values(audience=audience))
    assert world.again(mine).state is State.DRAFT
    world.clock.forward(seconds=15)
    sweeper.run(world.store, world.clock())
    assert world.again(mine).state is State.QUEUED
