"""What waits for its hour, and the tags of what has gone out."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fancast.core import queue, sending, tags
from fancast.model.mass_messages import Content, State
from fancast.model.problems import Problem
from tests.world import DAY, NOON, World

HOUR = timedelta(hours=1)


def test_what_waits_is_told_by_its_hour_the_next_one_first(world: World) -> None:
    late = world.send("late", at=NOON + 30 * HOUR)
    soon = world.send("soon", at=NOON + HOUR)
    world.send("now")
    world.send("kept", save_for_later=True)
    world.send("gone", at=NOON + HOUR, on="eve")
    with world.read() as tx:
        found = queue.between(tx, world.account(), NOON, NOON + 31 * HOUR, limit=10, now=NOON)
        assert [each.id for each in found] == [soon.id, late.id]
        assert [
            each.id for each in queue.between(tx, world.account(), NOON, NOON + 31 * HOUR, limit=1, now=NOON)
        ] == [soon.id]
        assert queue.between(tx, world.account(), NOON + 2 * HOUR, NOON + 30 * HOUR, limit=10, now=NOON) == []


def test_days_are_those_of_the_time_zone(world: World) -> None:
    """11 hours from noon UTC it is the same day in London and the next one in Tokyo."""
    world.send("one", at=NOON + 2 * HOUR)
    world.send("two", at=NOON + 11 * HOUR)
    with world.read() as tx:
        for zone, counted in (("Europe/London", [2]), ("Asia/Tokyo", [1, 1])):
            found = queue.counts_by_day(tx, world.account(), NOON, NOON + 48 * HOUR, ZoneInfo(zone), now=NOON)
            assert list(found.values()) == counted


def test_what_is_put_off_stays_on_the_day_of_its_hour(world: World) -> None:
    """Its hour is just before midnight, its next try just after."""
    midnight = NOON + 12 * HOUR
    made = world.send("late", at=midnight - timedelta(seconds=1))
    next_one = world.send("next", at=midnight)
    world.clock.now = midnight - timedelta(seconds=1)
    with world.write() as tx:
        sending.stumble(tx, world.account().key, world.again(made), "no room", now=world.clock())
    world.clock.forward(seconds=1)
    with world.read() as tx:
        put_off = world.again(made)
        assert (put_off.due_at, put_off.scheduled_at) == (midnight, midnight - timedelta(seconds=1))
        account, now = world.account(), world.clock()
        first = queue.between(tx, account, NOON, midnight, limit=10, now=now)
        assert [one.id for one in first] == [made.id]
        second = queue.between(tx, account, midnight, midnight + DAY, limit=10, now=now)
        assert [one.id for one in second] == [next_one.id]
        both = queue.between(tx, account, NOON, midnight + DAY, limit=10, now=now)
        assert [one.id for one in both] == [made.id, next_one.id]
        days = queue.counts_by_day(tx, account, NOON, midnight + DAY, ZoneInfo("UTC"), now=now)
        assert list(days.values()) == [1, 1]


TAGS = {"rf_tag": [1, "2"], "rf_partner": [3], "rf_guest": []}


def attached(world: World, id: int, **wanted: list[int | str]) -> None:
    with world.write() as tx:
        tags.attach(tx, world.account(), id, wanted or TAGS, now=world.clock())  # type: ignore[arg-type]


def test_tags_of_a_sent_mass_message_are_replaced_as_a_whole(world: World) -> None:
    world.fan("bo")
    sent = world.sent("hello")
    attached(world, sent.id)
    assert world.again(sent).content.extras == {"rf_tag": [1, "2"], "rf_partner": [3]}
    attached(world, sent.id, rf_guest=[9])
    assert world.again(sent).content.extras == {"rf_guest": [9]}


def test_tags_of_a_direct_message_are_replaced_by_its_queue_id(world: World) -> None:
    world.fan("bo")
    sent = world.direct("bo", "hello", extras={"giphy_id": "g", "rf_guest": [7]})
    attached(world, sent.queue_id)
    (seen,) = world.chat("bo")
    assert seen.content == Content("hello", extras={"giphy_id": "g", "rf_tag": [1, "2"], "rf_partner": [3]})


def test_tags_go_by_the_queue_id_and_not_by_a_messages(world: World) -> None:
    world.fan("bo")
    direct = world.direct("bo", "hello")
    world.sent("to all")
    copy = world.chat("bo")[0]
    for message in (direct, copy):
        with pytest.raises(Problem) as refusal:
            attached(world, message.id)
        assert refusal.value.code == "not_a_queue_id"
    with pytest.raises(Problem) as refusal:
        attached(world, 987_654)
    assert refusal.value.code == "message_not_found"


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED])
def test_what_has_not_gone_out_is_edited_and_not_tagged(world: World, state: State) -> None:
    world.fan("bo")
    seen = world.in_state(state)
    with pytest.raises(Problem) as refusal:
        attached(world, seen.id)
    assert refusal.value.code == "wrong_state"


def test_tagging_does_not_disturb_a_send_that_is_under_way(world: World) -> None:
    world.fans("bo", "cy", "di")
    sending = world.in_state(State.SENDING)
    attached(world, sending.id)
    for _ in range(6):
        world.clock.forward(seconds=2)
        world.deliver()
    done = world.again(sending)
    assert (done.state, done.sent, done.content.extras["rf_partner"]) == (State.DONE, 3, [3])
