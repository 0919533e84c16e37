"""Fans by number and by id, on both databases."""

from fancast.store import fans
from tests.world import World


def test_ids_come_in_the_order_in_which_their_numbers_are_asked(world: World):
    made = world.fans("bo", "cy", "di")
    asked = [made[2].number, made[0].number, made[1].number]
    with world.store.read() as tx:
        found = fans.ids_of(tx, world.account().key, asked)
    assert list(found) == asked
    assert list(found.values()) == [made[2].fan_id, made[0].fan_id, made[1].fan_id]
