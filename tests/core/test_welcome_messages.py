"""New subscribers are greeted, once, by what the account wrote."""

from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
import structlog

from fancast.core import welcome_messages
from fancast.model.mass_messages import Content
from fancast.model.problems import Problem
from fancast.model.welcome_messages import WelcomeMessage
from fancast.store import tables
from fancast.workers.sweeping import Sweeper
from tests.world import DAY, NOON, World


def written(world: World, text: str = "welcome", **content: object) -> WelcomeMessage:
    with world.write() as tx:
        return welcome_messages.put(tx, world.account(), Content(text, **content), now=world.clock())  # type: ignore[arg-type]


def switched(world: World, *, on: bool) -> None:
    with world.write() as tx:
        welcome_messages.switch(tx, world.account(), on=on)


def subscribed(world: World, name: str, action: str = "start", **how: object) -> None:
    world.subscription(name, action, **{"expires_at": world.clock() + 60 * DAY, **how})


def swept(world: World) -> None:
    Sweeper().run(world.store, world.clock())


def test_a_new_subscriber_is_greeted_once(world: World) -> None:
    world.fan("bo", subscribed=False)
    assert written(world).enabled
    subscribed(world, "bo")
    assert world.inbox("bo") == []
    swept(world)
    swept(world)
    assert world.inbox("bo") == ["welcome"]


def test_nobody_is_greeted_without_a_welcome_message(world: World) -> None:
    world.fan("bo", subscribed=False)
    subscribed(world, "bo")
    written(world)
    swept(world)
    assert world.inbox("bo") == []


def test_a_renewal_is_not_greeted_and_coming_back_is(world: World) -> None:
    world.fan("bo")
    written(world)
    subscribed(world, "bo", "renew")
    swept(world)
    assert world.inbox("bo") == []
    world.subscription("bo", "expire")
    world.clock.forward(days=1)
    subscribed(world, "bo")
    swept(world)
    assert world.inbox("bo") == ["welcome"]


def test_a_subscription_of_long_ago_that_is_told_now_is_not_greeted(world: World) -> None:
    world.fan("bo", subscribed=False)
    written(world)
    subscribed(world, "bo", at=NOON - 2 * DAY)
    swept(world)
    assert world.inbox("bo") == []


def test_switched_off_nobody_is_greeted_not_even_who_was_owed_it(world: World) -> None:
    world.fan("bo", subscribed=False)
    world.fan("cy", subscribed=False)
    written(world)
    subscribed(world, "bo")
    switched(world, on=False)
    subscribed(world, "cy")
    swept(world)
    assert world.inbox("bo") + world.inbox("cy") == []
    switched(world, on=True)
    swept(world)
    assert world.inbox("bo") + world.inbox("cy") == []


def test_a_greeting_is_a_message_with_all_that_messages_have(world: World) -> None:
    world.fan("bo", subscribed=False)
    media = world.media(789)
    written(world, price_cents=500, media_ids=media, locked_text=True)
    subscribed(world, "bo")
    swept(world)
    (message,) = world.chat("bo")
    assert (message.content.price_cents, message.content.media_ids) == (500, media)
    assert not message.from_mass_message


def test_whom_nothing_reaches_is_not_greeted_and_holds_up_nobody(world: World) -> None:
    world.fan("bo", subscribed=False)
    world.fan("cy", subscribed=False)
    written(world)
    subscribed(world, "bo")
    subscribed(world, "cy")
    world.change_fan("bo", blocked=True)
    swept(world)
    assert world.inbox("cy") == ["welcome"]
    world.change_fan("bo", blocked=False)
    swept(world)
    assert world.inbox("bo") == []


def test_a_new_text_takes_the_place_of_the_old_and_stays_off_where_it_was_off(world: World) -> None:
    written(world)
    switched(world, on=False)
    again = written(world, "better")
    assert (again.enabled, again.content.text) == (False, "better")


def test_there_must_be_something_to_greet_with(world: World) -> None:
    with pytest.raises(Problem):
        switched(world, on=True)
    switched(world, on=False)
    for content in ({"text": ""}, {"text": "x", "price_cents": 500}, {"text": "x", "media_ids": (999,)}):
        with pytest.raises(Problem):
            written(world, **content)


def test_many_new_subscribers_are_all_greeted_a_few_at_a_time(world: World) -> None:
    names = [f"f{number}" for number in range(welcome_messages.MOST_AT_ONCE + 1)]
    for name in names:
        world.fan(name, subscribed=False)
    written(world)
    for name in names:
        subscribed(world, name)
    sweeper = Sweeper()
    sweeper.run(world.store, world.clock())
    assert sum(world.inbox(name) == ["welcome"] for name in names) == welcome_messages.MOST_AT_ONCE
    sweeper.run(world.store, world.clock())
    assert all(world.inbox(name) == ["welcome"] for name in names)


#: Of another version, say: no such moment can be read.
NO_MOMENT = 10**18


def spoilt(world: World, *names: str) -> dict[str, int]:
    """Make the rows of these fans unreadable. What stood there."""
    held = {}
    for name in names:
        with world.read() as tx:
            held[name] = tx.value(sa.select(tables.fans.c.subscribed_at).where(row_of(world, name)))
        mended(world, {name: NO_MOMENT})
    return held


def mended(world: World, held: dict[str, int]) -> None:
    for name, value in held.items():
        with world.write() as tx:
            tx.run(sa.update(tables.fans).where(row_of(world, name)).values(subscribed_at=value))


def row_of(world: World, name: str) -> sa.ColumnElement[bool]:
    place, t = world.place(), tables.fans
    return sa.and_(t.c.account_id == place.account.key, t.c.number == place.numbers[name])


def all_subscribed(world: World, count: int) -> list[str]:
    names = [f"f{number}" for number in range(count)]
    for name in names:
        world.fan(name, subscribed=False)
    written(world, "our little secret")
    for name in names:
        subscribed(world, name)
    return names


def test_one_who_cannot_be_greeted_keeps_nobody_from_being_greeted_and_is_tried_again(world: World) -> None:
    first, *others = all_subscribed(world, 3)
    held = spoilt(world, first)
    sweeper = Sweeper()
    with logged() as lines:
        sweeper.run(world.store, world.clock())
    assert [world.inbox(name) for name in others] == [["our little secret"]] * 2
    assert [(line["event"], line["why"]) for line in lines] == [("greeting.failed", "OverflowError")]
    assert "secret" not in str(lines)
    mended(world, held)
    world.clock.forward(seconds=1)
    sweeper.run(world.store, world.clock())
    assert world.inbox(first) == ["our little secret"]


def test_more_who_cannot_be_greeted_than_a_turn_greets_do_not_starve_the_others(world: World) -> None:
    names = all_subscribed(world, welcome_messages.MOST_AT_ONCE + 2)
    held = spoilt(world, *names[:-2])
    sweeper = Sweeper()
    for _ in range(3):
        sweeper.run(world.store, world.clock())
        world.clock.forward(seconds=1)
    assert [world.inbox(name) for name in names[-2:]] == [["our little secret"]] * 2
    mended(world, held)
    world.clock.forward(minutes=1)
    sweeper.run(world.store, world.clock())
    assert all(world.inbox(name) == ["our little secret"] for name in names)


def test_one_who_cannot_be_greeted_is_tried_less_and_less_often_up_to_once_a_minute(world: World) -> None:
    (only,) = all_subscribed(world, 1)
    held = spoilt(world, only)
    sweeper, began, tried = Sweeper(), world.clock(), []
    while len(tried) < 9:
        with logged() as lines:
            sweeper.run(world.store, world.clock())
        tried += [(world.clock() - began).total_seconds() for _ in lines]
        world.clock.forward(seconds=1)
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    mended(world, held)


def logged() -> AbstractContextManager[list[dict[str, object]]]:
    return structlog.testing.capture_logs()  # type: ignore[return-value]
