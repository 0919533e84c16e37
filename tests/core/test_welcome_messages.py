"""New subscribers are greeted, once, by what the account wrote."""

import pytest

from fancast.core import welcome_messages
from fancast.model.mass_messages import Content
from fancast.model.problems import Problem
from fancast.model.welcome_messages import WelcomeMessage
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
