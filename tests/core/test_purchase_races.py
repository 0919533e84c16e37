"""Purchases at the same moment as each other, as a running send and as an unsend, on both databases."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from fancast.core import fans, mass_messages, purchases, sending, tips, withdrawals
from fancast.core.sending import Found
from fancast.model.mass_messages import MassMessage, State
from fancast.model.messages import Message
from fancast.model.problems import Problem
from fancast.model.purchases import Sale
from tests.core.test_races import meanwhile
from tests.world import World, on_postgresql

ROUNDS = 12


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave, or the code of its refusal; all begin together."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        ready.wait()
        try:
            return act()
        except Problem as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def buying(world: World, name: str, message: Message, reference: str) -> Callable[[], Sale]:
    place = world.place()

    def buy() -> Sale:
        with world.store.write() as tx:
            return purchases.buy(
                tx, place.account, place.fans[name], message.id, reference, now=world.clock()
            )

    return buy


def unsending(world: World, seen: MassMessage) -> Callable[[], object]:
    def unsend() -> object:
        with world.store.write() as tx:
            return mass_messages.unsend(tx, world.account(), seen.id, now=world.clock())

    return unsend


def priced(world: World, text: str = "look", **how: object) -> MassMessage:
    return world.sent(text, **{"price_cents": 500, "media": [7], **how})


def test_one_copy_is_sold_once_however_many_payments_come_at_once(world: World):
    world.fans("ann", "bo")
    for turn in range(ROUNDS):
        made = priced(world, media=[100 + turn])
        copy = world.copy("ann", made)
        told = at_once(*(buying(world, "ann", copy, f"{turn}-{which}") for which in range(4)))
        assert sorted(str(one) for one in told if isinstance(one, str)) == ["already_bought"] * 3
        assert (world.again(made).purchased, world.again(made).revenue_cents) == (1, 500)
    assert world.ledger().difference == 0


def test_one_payment_told_several_times_at_once_gets_one_answer(world: World):
    world.fans("ann")
    for turn in range(ROUNDS):
        made = priced(world, media=[100 + turn])
        told = at_once(*[buying(world, "ann", world.copy("ann", made), f"{turn}")] * 4)
        assert len({one.transaction.id for one in told}) == 1  # type: ignore[attr-defined]
        assert world.again(made).purchased == 1


def test_one_payment_for_two_fans_at_once_serves_one(world: World):
    world.fans("ann", "bo")
    for turn in range(ROUNDS):
        made = priced(world, media=[100 + turn])
        told = at_once(*(buying(world, name, world.copy(name, made), f"{turn}") for name in ("ann", "bo")))
        assert [one for one in told if isinstance(one, str)] == ["payment_reference_used"]
        assert world.again(made).purchased == 1


def test_the_same_media_in_two_messages_are_sold_once_to_one_fan(world: World):
    world.fans("ann")
    for turn in range(ROUNDS):
        copies = [world.copy("ann", priced(world, media=[100 + turn])) for _ in range(2)]
        copies.append(world.direct("ann", "again", price_cents=500, media_ids=world.media(100 + turn)))
        told = at_once(*(buying(world, "ann", copy, f"{turn}-{copy.id}") for copy in copies))
        assert [one for one in told if isinstance(one, str)] == ["already_owned"] * 2
    assert world.fan_of("ann").spending.messages_cents == ROUNDS * 500


def test_a_direct_message_is_sold_once(world: World):
    world.fans("ann")
    for turn in range(ROUNDS):
        message = world.direct("ann", "for you", price_cents=500, media_ids=world.media(100 + turn))
        told = at_once(*(buying(world, "ann", message, f"{turn}-{which}") for which in range(3)))
        assert [one for one in told if isinstance(one, str)] == ["already_bought"] * 2


def test_a_purchase_beside_an_unsend_is_kept_or_refused(world: World):
    world.fans("ann", "bo")
    for turn in range(ROUNDS):
        made = priced(world, f"look {turn}", media=[100 + turn])
        copy = world.copy("ann", made)
        bought, _ = at_once(buying(world, "ann", copy, f"{turn}"), unsending(world, made))
        seen = world.again(made)
        assert seen.state is State.UNSENT
        assert seen.purchased == (0 if bought == "message_unsent" else 1)
        assert (f"look {turn}" in world.inbox("ann")) == (seen.purchased == 1)
        kept = [event.data["kept"] for event in world.events() if event.kind == "mass_message.unsent"]
        assert kept[-1] == seen.purchased


def test_purchases_beside_a_running_send_count_every_one(world: World):
    names = world.crowd(60)
    made = world.send("look", price_cents=500, media=[7], pace=20)
    world.act()
    bought: list[str] = []

    def deliver() -> None:
        while world.again(made).state is not State.DONE:
            world.clock.forward(seconds=1)
            world.deliver()

    def buy(some: Sequence[str]) -> None:
        left = list(some)
        while left:
            for name in list(left):
                copies = [message for message in world.chat(name) if message.queue_id == made.id]
                if copies:
                    buying(world, name, copies[0], name)()
                    bought.append(name)
                    left.remove(name)

    at_once(deliver, *(lambda part=part: buy(names[part::2]) for part in range(2)))
    seen = world.again(made)
    assert (seen.sent, seen.purchased, seen.revenue_cents) == (60, 60, 60 * 500)
    assert sorted(bought) == sorted(names)


def test_tips_and_purchases_of_many_fans_at_once_all_count(world: World):
    names = world.crowd(8)
    made = priced(world)
    copies = {name: world.copy(name, made) for name in names}

    def tipping(name: str) -> Callable[[], object]:
        def tip() -> object:
            with world.store.write() as tx:
                return tips.give(
                    tx, world.account(), world.place().fans[name], 500, f"tip {name}", now=world.clock()
                )

        return tip

    told = at_once(
        *(buying(world, name, copies[name], f"buy {name}") for name in names), *map(tipping, names)
    )
    assert [one for one in told if isinstance(one, str)] == []
    assert world.again(made).purchased == 8
    assert all(world.fan_of(name).spending.total_cents == 1_000 for name in names)


@pytest.mark.parametrize("direct", [False, True])
def test_a_purchase_beside_the_withdrawal_of_that_message_has_one_winner(world: World, direct: bool):
    world.fans("ann")
    for turn in range(ROUNDS):
        paid = world.media(100 + turn)
        one = (
            world.direct("ann", "look", price_cents=500, media_ids=paid)
            if direct
            else world.copy("ann", priced(world, media=paid))
        )

        def withdraw(one: Message = one) -> object:
            with world.store.write() as tx:
                fan = fans.get(tx, world.account(), world.place().fans["ann"])
                return withdrawals.withdraw(tx, world.account(), fan, one.id, now=world.clock())

        bought, taken = at_once(buying(world, "ann", one, f"{turn}"), withdraw)
        there = any(message.id == one.id for message in world.chat("ann"))
        assert (bought, taken) == ("message_not_found", taken) if not there else (bought, "message_bought")


@on_postgresql
def test_a_purchase_waits_for_the_unsend_that_came_first(world: World):
    world.fans("ann")
    made = priced(world)
    copy = world.copy("ann", made)
    refused: list[object] = []

    def buy() -> None:
        refused.extend(at_once(buying(world, "ann", copy, "pay 1")))

    with ExitStack() as afterwards:
        with world.store.write() as tx:
            mass_messages.unsend(tx, world.account(), made.id, now=world.clock())
            afterwards.enter_context(meanwhile(world, buy))
    assert refused == ["message_unsent"]


@on_postgresql
def test_a_step_waits_for_the_purchase_that_came_first(world: World):
    world.crowd(10)
    made = world.sent("look", price_cents=500, media=[7], pace=4)
    world.clock.forward(seconds=1)
    world.act()
    world.clock.forward(seconds=1)
    first = world.copy("f0", made)

    def step() -> None:
        with world.store.read() as read:
            due = sending.plan(
                read, [Found(world.account().key, world.again(made), False)], now=world.clock()
            )
        with world.store.write() as tx:
            sending.work(tx, due, now=world.clock())

    with ExitStack() as afterwards:
        with world.store.write() as tx:
            purchases.buy(tx, world.account(), world.place().fans["f0"], first.id, "pay 1", now=world.clock())
            afterwards.enter_context(meanwhile(world, step))
    seen = world.again(made)
    assert (seen.purchased, seen.sent) == (1, 8)


def test_a_purchase_before_an_unsend_by_the_clock_is_told_as_kept(world: World):
    world.fans("ann", "bo")
    made = priced(world, unsend_after_seconds=60)
    copy = world.copy("ann", made)
    world.clock.forward(seconds=60)
    with world.store.read() as read:
        due = sending.plan(
            read, sending.look(read, [world.account().key], now=world.clock()), now=world.clock()
        )
        assert due
    buying(world, "ann", copy, "pay 1")()
    with world.store.write() as tx:
        sending.work(tx, due, now=world.clock())
    assert world.again(made).state is State.UNSENT
    assert world.events()[-1].data == {"withdrawn": 1, "kept": 1, "cancelled": 0}
