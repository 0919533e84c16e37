"""Fans: put, found, flagged, numbered once however many say it at once."""

import pytest

from fancast.core import fan_pages, fans
from fancast.model.problems import Kind, Problem
from tests.store.test_fan_sets import together
from tests.world import NOON, World


def test_a_fan_is_made_at_first_contact_and_changed_at_the_next(world: World):
    with world.write() as tx:
        made, new = fans.put(tx, world.account(), 77, {"username": "bo"}, now=NOON)  # type: ignore[arg-type]
        again, anew = fans.put(tx, world.account(), 77, {"name": "Bo B."}, now=NOON)  # type: ignore[arg-type]
        same, _ = fans.put(tx, world.account(), 77, {}, now=NOON)  # type: ignore[arg-type]
    assert (new, anew) == (True, False)
    assert (again.username, again.name, again.number) == ("bo", "Bo B.", made.number)
    assert same == again


def test_a_fan_without_a_name_gets_one_from_the_id(world: World):
    with world.write() as tx:
        made, _ = fans.put(tx, world.account(), 77, {}, now=NOON)  # type: ignore[arg-type]
    assert (made.username, made.name) == ("u77", "u77")


def test_first_contacts_at_the_same_time_number_a_fan_once(world: World):
    account = world.account()

    def contact(fan_id: int) -> None:
        with world.store.write() as tx:
            fans.put(tx, account, fan_id, {"blocked": True}, now=NOON)  # type: ignore[arg-type]

    together(*(lambda: [contact(fan_id) for fan_id in range(1, 13)] for _ in range(4)))
    with world.read() as tx:
        found = fan_pages.page_after(tx, account, limit=100)
    assert sorted(fan.fan_id for fan in found) == list(range(1, 13))
    assert len({fan.number for fan in found}) == 12


@pytest.mark.parametrize("wrong", [0, -1, 2**53, 10**30])
def test_an_id_that_no_client_could_hold_is_refused(world: World, wrong: int):
    account = world.account()
    with pytest.raises(Problem) as refused, world.write() as tx:
        fans.put(tx, account, wrong, {}, now=NOON)  # type: ignore[arg-type]
    assert (refused.value.kind, refused.value.field) == (Kind.INVALID, "fan_id")


@pytest.mark.parametrize("ref", [0, -1, 2**70, "nobody", "", "9" * 5_000, "٣", "1.5", " 77 "])
def test_who_is_not_there_is_not_found_whatever_is_asked(world: World, ref: int | str):
    world.fan("bo", id=78)
    with pytest.raises(Problem) as refused, world.read() as tx:
        fans.get(tx, world.account(), ref)
    assert refused.value.kind is Kind.NOT_FOUND


def test_flags_come_and_go_and_the_sets_follow(world: World):
    world.fan("bo")
    for flag in ("blocked", "deleted", "unreachable"):
        world.change_fan("bo", **{flag: True})
        assert (world.preview(lists=["fans"]), world.ledger().wrong) == (set(), [])
        world.change_fan("bo", **{flag: False})
        assert (world.preview(lists=["fans"]), world.ledger().wrong) == ({"bo"}, [])
