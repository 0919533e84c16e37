"""Which media a fan may see when no message is named: those of any message in the chat, however old."""

import pytest

from fancast.core import fan_media, messages, timelines
from fancast.model.ids import MediaId
from fancast.model.problems import Problem
from tests.world import World


def shown(world: World, name: str, *ids: int) -> list[int]:
    """Those of these media that the fan may see."""
    return [id for id in ids if sees(world, name, id)]


def sees(world: World, name: str, id: int) -> bool:
    try:
        with world.read() as tx:
            fan_media.get(tx, world.account(), world.fan_of(name), MediaId(id))
    except Problem as refused:
        if refused.code != "locked":
            raise
        return False
    return True


def test_media_of_an_old_message_are_open(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(messages, "MOST_SEARCHED", 400)
    world.fan("bo")
    world.sent("free", media=[7])
    world.direct("bo", "for you", media_ids=world.media(8))
    with world.write():
        for _ in range(400):
            world.writes("bo")
    assert shown(world, "bo", 7, 8) == [7, 8]


def test_media_are_open_by_what_became_of_the_messages_that_carry_them(world: World):
    world.fans("bo", "cy")
    world.media(1, 3, 5, 7, 17, 71, 9)
    world.sent("both", media=[17], fans=["bo"])
    world.direct(
        "bo",
        "previewed",
        price_cents=500,
        media_ids=(MediaId(5), MediaId(71)),
        preview_media_ids=(MediaId(5),),
    )
    assert shown(world, "bo", 1, 5, 7, 17, 71) == [5, 17]
    assert shown(world, "cy", 1, 5, 7, 17, 71) == []
    paid = world.sent("paid", price_cents=500, media=[3, 9], previews=[9])
    assert shown(world, "bo", 3, 9) == [9]
    world.buys("bo", paid)
    assert shown(world, "bo", 3, 9) == [3, 9]
    world.do("unsend", paid)
    assert (shown(world, "bo", 3, 9), shown(world, "cy", 3, 9)) == ([3, 9], [])


def test_a_copy_that_has_not_gone_out_yet_shows_nothing(world: World):
    world.crowd(10)
    world.sent("slow", pace=4, media=[7])
    world.clock.forward(seconds=1)
    world.deliver()
    assert (sees(world, "f0", 7), sees(world, "f9", 7)) == (True, False)


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_every_message_that_carries_a_media_item_is_found(world: World, at_once: int):
    world.fan("bo")
    wanted = []
    for place in range(4):
        wanted.append(world.direct("bo", f"{place}", media_ids=world.media(7, 70 + place)).id)
        world.direct("bo", "other", media_ids=world.media(70 + place))
        wanted.append(world.copy("bo", world.sent(f"all {place}", media=[7])).id)
        world.sent("other", media=[70 + place])
    with world.read() as tx:
        of = timelines.carrying(tx, world.account(), world.fan_of("bo").number, MediaId(7), at_once=at_once)
        found = [message.id for some in of for message in some]
    assert sorted(found) == wanted
