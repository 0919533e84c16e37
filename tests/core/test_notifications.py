"""Notifications: what fans did, in one order, by kind and by fan; and which of them were read."""

from collections.abc import Sequence
from typing import Any

import pytest

from fancast.core import chats, notifications
from fancast.model.events import EventKind
from fancast.model.notifications import KINDS, Notification
from tests.world import World

SUBSCRIBED, WROTE, LIKED = (
    EventKind.SUBSCRIPTION_STARTED,
    EventKind.MESSAGE_RECEIVED,
    EventKind.MESSAGE_LIKED,
)
TIPPED, BOUGHT = EventKind.TIP_RECEIVED, EventKind.MESSAGE_UNLOCKED


def told(
    world: World, *, about: str | None = None, kinds: Sequence[EventKind] = KINDS, limit: int = 100, offset: int = 0
) -> list[tuple[str, Notification]]:  # fmt: skip
    """The fan's name and the notification, newest first."""
    fan = None if about is None else world.fan_of(about)
    with world.read() as tx:
        found = notifications.page(tx, world.account(), kinds, about=fan, offset=offset, limit=limit)
    assert all(one.fan_id == fan.fan_id for one, fan in found)
    return [(fan.username, one) for one, fan in found]


def shown(world: World, **where: Any) -> list[tuple[str, EventKind]]:
    return [(name, one.kind) for name, one in told(world, **where)]


def busy(world: World) -> list[tuple[str, EventKind]]:
    """Two fans do one thing after another; what is told of it, newest first."""
    world.fans("ann", "bo")
    made = world.sent("look", price_cents=500, media=[7])
    for name in ("ann", "bo"):
        world.writes(name)
        world.likes(name, made)
        world.tips(name, 500, what=made)
        world.buys(name, made)
        world.direct(name, "thanks")
    acts = [WROTE, LIKED, TIPPED, BOUGHT]
    done = [(name, act) for name in ("ann", "bo") for act in acts]
    return [*reversed(done), ("bo", SUBSCRIBED), ("ann", SUBSCRIBED)]


def test_what_fans_did_is_told_in_one_order_whatever_it_was(world: World):
    wanted = busy(world)
    assert shown(world) == wanted
    numbers = [one.id for _, one in told(world)]
    assert numbers == sorted(numbers, reverse=True)
    for kind in KINDS:
        assert shown(world, kinds=[kind]) == [item for item in wanted if item[1] is kind]
    some = [WROTE, SUBSCRIBED]
    assert shown(world, kinds=some) == [item for item in wanted if item[1] in some]


@pytest.mark.parametrize("about", [None, "ann", "bo"])
def test_pages_leave_nothing_out_and_tell_nothing_twice(world: World, about: str | None):
    wanted = [item for item in busy(world) if about in (None, item[0])]
    assert shown(world, about=about) == wanted
    for size in (1, 3):
        pages = [
            shown(world, about=about, offset=at, limit=size) for at in range(0, len(wanted) + size, size)
        ]
        assert [item for page in pages for item in page] == wanted


def test_a_fan_whose_id_is_that_of_a_message_is_not_told_of_it(world: World):
    world.fan("ann", subscribed=False)
    written = world.writes("ann")
    world.fan("bo", id=written.id, subscribed=False)
    assert shown(world, about="bo") == []
    assert shown(world, about="ann") == shown(world) == [("ann", WROTE)]


def test_another_accounts_fans_are_not_told(world: World):
    world.fan("ann", subscribed=False)
    world.fan("eve's", on="eve")
    world.writes("eve's", on="eve")
    assert shown(world) == []


def test_a_notification_names_the_message_that_it_is_about(world: World):
    world.fan("ann", subscribed=False)
    theirs = world.direct("ann", "look", price_cents=500, media_ids=world.media(7))
    written = world.writes("ann")
    world.likes("ann", theirs)
    tip = world.tips("ann", 700, what=theirs)
    world.buys("ann", theirs)
    said = {one.kind: (one.message_id, one.amount_cents) for _, one in told(world)}
    assert said == {
        WROTE: (written.id, 0), LIKED: (theirs.id, 0), TIPPED: (tip.message_id, 700), BOUGHT: (theirs.id, 500),
    }  # fmt: skip


def test_a_like_that_is_given_again_is_told_once(world: World):
    world.fans("ann", "bo", subscribed=False)
    one, other = (world.direct("ann", text) for text in ("one", "other"))
    theirs = world.direct("bo", "theirs")
    for liked in (True, False, True, False, True):
        for name, message in (("ann", one), ("ann", other), ("bo", theirs)):
            world.likes(name, message, liked=liked)
    assert [(name, said.message_id) for name, said in told(world)] == [
        ("bo", theirs.id), ("ann", other.id), ("ann", one.id),
    ]  # fmt: skip


def test_a_tip_is_told_once_and_not_as_a_message_too(world: World):
    world.fan("ann", subscribed=False)
    world.tips("ann", 500, "for you")
    assert shown(world) == shown(world, about="ann") == [("ann", TIPPED)]


def test_what_a_fan_wrote_is_read_with_its_chat_and_nothing_else_is(world: World):
    busy(world)

    def read(name: str) -> set[EventKind]:
        return {one.kind for fan, one in told(world) if fan == name and one.read}

    assert read("ann") == read("bo") == set()
    with world.write() as tx:
        chats.mark_read(tx, world.account(), world.fan_of("ann"))
    assert (read("ann"), read("bo")) == ({WROTE, TIPPED}, set())
    world.writes("ann", "more")
    assert [one.read for _, one in told(world, about="ann", kinds=[WROTE])] == [False, True]
    with world.write() as tx:
        chats.mark_all_read(tx, world.account())
    assert read("ann") == read("bo") == {WROTE, TIPPED}
    with world.write() as tx:
        chats.mark_unread(tx, world.account(), world.fan_of("ann"))
    assert [one.read for _, one in told(world, about="ann", kinds=[WROTE])] == [False, True]
