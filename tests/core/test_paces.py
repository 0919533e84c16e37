"""An account's pace that several mass messages share: who goes first, and when each says that it will be done."""

from datetime import datetime, timedelta

import pytest

from fancast.core import mass_messages, pacing, sending
from fancast.model.mass_messages import MassMessage, State
from tests.core.test_sending import adds_up
from tests.world import NOON, World


def eta(world: World, seen: MassMessage) -> datetime | None:
    with world.read() as tx:
        now = mass_messages.get(tx, world.account(), seen.id)
        return mass_messages.etas(tx, world.account(), [now], now=world.clock()).get(seen.id)


@pytest.mark.parametrize("came_ms", [1, 100, 150, 199, 201, 399, 777])
@pytest.mark.parametrize("tick_ms", [200, 500])
def test_a_newer_send_says_when_the_older_one_has_left_it_the_account_s_pace(
    world: World, tick_ms: int, came_ms: int
):
    """The ticks of both dispatchers; whenever the newer one came, it takes what was saved up then and no more."""
    world.account(pace=10)
    world.crowd(25)
    older, newer, told, first = world.send("all"), None, [], 0
    world.user_list("vip", "f0", "f1", "f2", "f3", "f4", "f5")
    moments = sorted({came_ms, *range(0, 4_001, tick_ms)})
    for moment in moments:
        world.clock.now = NOON + timedelta(milliseconds=moment)
        if moment == came_ms:
            newer = world.send("some", lists=["vip"])
        world.deliver()
        if newer is None:
            continue
        if moment == came_ms:
            first = world.again(newer).sent
        if world.again(older).state is State.SENDING:
            assert world.again(newer).sent == first, moment
            told.append(eta(world, newer))
    end = adds_up(world, newer).finished_at
    assert end is not None
    assert len(told) >= 3
    assert all(abs(end - one) <= timedelta(seconds=1) for one in told), (end, told)


def test_one_with_a_slow_pace_of_its_own_leaves_the_rest_to_the_newer_one(world: World):
    world.account(pace=10)
    world.crowd(20)
    older, newer = world.send(pace=2), world.send()
    world.deliver()
    assert (eta(world, older), eta(world, newer)) == (
        NOON + timedelta(seconds=10), NOON + timedelta(seconds=2.5),
    )  # fmt: skip


def test_what_is_paused_or_not_begun_takes_nothing_from_the_others(world: World):
    world.account(pace=10)
    world.crowd(20)
    paused, other = world.send(), world.send()
    world.deliver()
    world.do("pause", paused)
    world.send(at=NOON + timedelta(days=1))
    assert (eta(world, paused), eta(world, other)) == (None, NOON + timedelta(seconds=2))


def test_what_waits_to_be_tried_again_takes_nothing_meanwhile(world: World):
    world.account(pace=10)
    world.crowd(20)
    older, newer = world.send(), world.send()
    world.deliver()
    with world.write() as tx:
        sending.stumble(tx, world.account().key, world.again(older), "no", now=world.clock())
    assert (eta(world, older), eta(world, newer)) == (None, NOON + timedelta(seconds=2))


def test_after_too_many_nobody_reckons(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pacing, "MOST_FORESEEN", 2)
    world.account(pace=10)
    world.crowd(20)
    made = [world.send() for _ in range(3)]
    world.deliver()
    told = [eta(world, one) for one in made]
    assert told == [NOON + timedelta(seconds=2), NOON + timedelta(seconds=4), None]


def test_a_whole_list_is_reckoned_with_one_statement_and_without_a_pace_with_none(world: World):
    world.account("ada", pace=10)
    world.crowd(3)
    made = [world.send() for _ in range(5)]
    world.deliver()
    made = [world.again(one) for one in made]
    asked: list[object] = []
    with world.store.read() as tx:
        rows = tx.rows

        def counted(*what: object) -> object:
            asked.append(what)
            return rows(*what)  # type: ignore[arg-type]

        tx.rows = counted  # type: ignore[assignment,method-assign]
        assert len(mass_messages.etas(tx, world.account(), made, now=NOON)) == 5
        assert len(asked) == 1
