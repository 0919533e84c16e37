"""Edits before the start, and of the pace under way: what goes out is what stood last."""

import pytest

from fancast.core import mass_messages
from fancast.model.events import EventKind
from fancast.model.mass_messages import State
from fancast.model.problems import Kind, Problem
from tests.core.test_sending import adds_up, refused
from tests.world import DAY, NOON, World


def test_an_edit_before_the_start_is_what_goes_out(world: World):
    world.fan("bo", lists=["vip"])
    world.fan("cy")
    made = world.send("before", at=NOON + DAY)
    world.edit(made, text="after", user_lists=(world.user_list("vip").ref,), scheduled_at=NOON + 2 * DAY)
    world.clock.now = NOON + DAY
    world.deliver()
    assert world.inbox("bo") == []
    world.clock.now = NOON + 2 * DAY
    world.deliver()
    assert (world.inbox("bo"), world.inbox("cy")) == (["after"], [])
    assert adds_up(world, made).late_by_ms == 0


def test_an_hour_taken_away_sends_it_now_and_an_hour_given_holds_a_draft_until_then(world: World):
    world.fan("bo")
    soon = world.edit(world.send("now", at=NOON + DAY), scheduled_at=None)
    later = world.edit(world.send("later", save_for_later=True), scheduled_at=NOON + DAY)
    assert (soon.state, later.state) == (State.QUEUED, State.SCHEDULED)
    world.deliver()
    assert world.inbox("bo") == ["now"]
    world.clock.now = NOON + DAY
    world.deliver()
    assert world.inbox("bo") == ["now", "later"]


def test_named_fans_are_replaced_by_an_edit_and_kept_when_it_does_not_speak_of_them(world: World):
    world.fans("bo", "cy")
    made = world.send("hi", fans=["bo"], at=NOON + DAY)
    assert world.edit(made, text="ho").audience.fans_count == 1
    assert world.edit(made, fans=("cy",)).audience.fans_count == 1
    world.clock.now = NOON + DAY
    world.deliver()
    assert (world.inbox("bo"), world.inbox("cy")) == ([], ["ho"])


def test_a_refused_edit_changes_nothing(world: World):
    world.fan("bo")
    made = world.send("hi", at=NOON + DAY)
    for wanted in ({"text": ""}, {"text": "x" * 10_001}, {"price_cents": 500}, {"media_ids": (5,)}, {"pace": 0},
                   {"user_lists": (999,)}, {"fans": ("nobody",)}, {"scheduled_at": NOON}):  # fmt: skip
        with pytest.raises(Problem) as problem:
            world.edit(made, **wanted)
        assert problem.value.kind is Kind.INVALID
    assert world.again(made) == made


def test_the_pace_can_be_changed_while_it_goes_out(world: World):
    world.crowd(10)
    made = world.send(pace=1)
    world.deliver()
    world.edit(made, pace=None)
    world.clock.forward(seconds=1.5)
    world.deliver()
    assert adds_up(world, made).state is State.DONE


def test_two_edits_of_the_same_state_cannot_both_count(world: World):
    world.fan("bo")
    made = world.send(at=NOON + DAY)
    seen = world.again(made)
    world.edit(made, text="first")
    with refused("changed_meanwhile"), world.write() as tx:
        mass_messages._change(tx, world.account(), seen, {"text": "x"}, EventKind.MASS_MESSAGE_EDITED, NOON)
    assert world.again(made).content.text == "first"
