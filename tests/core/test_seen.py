"""When a fan was last seen: whatever the fan does is a sign of it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from fancast.core import chats, fan_pages
from fancast.model.fans import FanFilter
from tests.world import World


def last_seen(world: World, name: str) -> datetime | None:
    return world.fan_of(name).last_seen_at


def types(world: World) -> None:
    with world.write() as tx:
        assert chats.fan_types(tx, world.account(), world.fan_of("bo"), now=world.clock())


ACTS: list[Callable[[World], object]] = [
    lambda world: world.writes("bo"),
    lambda world: world.reads("bo"),
    lambda world: world.tips("bo", 500),
    lambda world: world.buys("bo", world.sent("for sale", price_cents=500, media=[7])),
    types,
    lambda world: world.likes("bo", world.chat("bo")[0]),
]


@pytest.mark.parametrize("act", ACTS, ids=["writes", "reads", "tips", "buys", "types", "likes"])
def test_a_fan_who_does_something_is_seen(world: World, act: Callable[[World], object]):
    world.fans("bo", "cy")
    world.sent("hello")
    assert last_seen(world, "bo") is None
    world.clock.forward(seconds=60)
    act(world)
    assert last_seen(world, "bo") == world.clock()
    assert last_seen(world, "cy") is None
    with world.read() as tx:
        online = FanFilter(seen_since=world.clock())
        found = fan_pages.page(tx, world.account(), only=online, limit=10, now=world.clock())
    assert [fan.username for fan in found] == ["bo"]


def test_a_clock_that_was_set_back_does_not_take_a_sign_of_a_fan_back(world: World):
    world.fans("bo")
    world.writes("bo")
    seen = world.clock()
    world.clock.forward(seconds=-60)
    world.writes("bo", "again")
    assert last_seen(world, "bo") == seen
