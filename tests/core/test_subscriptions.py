"""Who is subscribed is exact at any instant, whatever happened in whatever order."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.core import fan_pages, subscriptions, user_lists
from fancast.model.events import EventKind
from fancast.model.fans import FanStatus
from fancast.model.problems import Kind, Problem
from fancast.model.user_lists import BuiltIn
from tests.world import DAY, NOON, World

HOUR = timedelta(hours=1)
NAMES = ["bo", "cy", "di"]
names = (f"sub{number}" for number in itertools.count())

ACTS = st.one_of(
    st.tuples(
        st.sampled_from(["start", "renew", "cancel", "expire"]), st.sampled_from(NAMES),
        st.sampled_from([1, 2, 5, 50]), st.sampled_from([0, 0, 0, 1, 3]),
    ),
    st.tuples(st.sampled_from(["sweep", "forward"]), st.none(), st.sampled_from([1, 2, 3]), st.just(0)),
)  # fmt: skip


@dataclass
class Model:
    """What a careful clerk would write down for one fan."""

    since: datetime | None = None
    until: datetime | None = None
    renews: bool = False
    paid_cents: int = 0

    def act(self, action: str, at: datetime, until: datetime) -> str | None:
        """The code of the refusal, or None."""
        runs = self.until is not None and self.until > at
        if action == "start" and runs:
            return "already_subscribed"
        if action == "renew" and self.until is None:
            return "never_subscribed"
        if action in ("start", "renew"):
            if runs and until <= self.until:
                return "invalid"
            self.since, self.renews = (self.since, self.renews) if runs else (at, True)
            self.until, self.paid_cents = until, self.paid_cents + 500
            return None
        if not runs:
            return "not_subscribed"
        self.renews = False
        if action == "expire":
            self.until = at
        return None


@settings(max_examples=25)
@given(acts=st.lists(ACTS, max_size=14))
def test_the_current_subscribers_are_exact_after_any_acts_in_any_order(world: World, acts: list[tuple]):
    world.clock.now, on = NOON, next(names)
    world.fans(*NAMES, subscribed=False, on=on)
    clerk = {name: Model() for name in NAMES}
    for action, name, hours, ago in acts:
        now = world.clock()
        if action == "forward":
            world.clock.forward(hours=hours)
        elif action == "sweep":
            with world.write() as tx:
                subscriptions.sweep(tx, world.account(on).key, now=now)
        else:
            at, until = now - ago * HOUR, now + hours * HOUR
            how = {"expires_at": until, "price_cents": 500} if action in ("start", "renew") else {}
            code = None
            try:
                world.subscription(name, action, at=at, on=on, **how)
            except Problem as problem:
                code = problem.code
            assert code == clerk[name].act(action, at, until)
        exact(world, on, clerk, world.clock())
    for moment in (world.clock() - HOUR, world.clock() + 2 * HOUR):
        exact(world, on, clerk, moment)


def exact(world: World, on: str, clerk: dict[str, Model], now: datetime) -> None:
    place = world.place(on)
    with world.read() as tx:
        found = {
            ref: place.names_of(user_lists.members_of(tx, place.account, ref, now=now))
            for ref in (BuiltIn.FANS, BuiltIn.REBILL_ON, BuiltIn.REBILL_OFF, BuiltIn.RECENT)
        }
        active = fan_pages.page(tx, place.account, status=FanStatus.ACTIVE, limit=10, now=now)
        expired = fan_pages.page(tx, place.account, status=FanStatus.EXPIRED, limit=10, now=now)
    current = {name for name, fan in clerk.items() if fan.until is not None and fan.until > now}
    assert found[BuiltIn.FANS] == {fan.username for fan in active} == current
    assert {fan.username for fan in expired} == {n for n, fan in clerk.items() if fan.until} - current
    assert found[BuiltIn.REBILL_ON] == {name for name in current if clerk[name].renews}
    assert found[BuiltIn.REBILL_OFF] == {name for name in current if not clerk[name].renews}
    assert found[BuiltIn.RECENT] == {name for name in current if clerk[name].since > now - 24 * HOUR}
    assert all(
        fan.spending.subscriptions_cents == clerk[fan.username].paid_cents for fan in [*active, *expired]
    )


def test_a_subscription_ends_at_its_instant_without_any_sweep(world: World):
    world.fan("bo", until=NOON + HOUR)
    world.clock.forward(minutes=59, seconds=59)
    assert world.preview(lists=["fans"]) == {"bo"}
    world.clock.forward(seconds=1)
    assert world.preview(lists=["fans"]) == set()


def test_each_ended_subscription_is_told_once(world: World):
    world.fans("bo", "cy", until=NOON + HOUR)
    world.clock.forward(hours=2)
    for _ in range(3):
        with world.write() as tx:
            subscriptions.sweep(tx, world.account().key, now=world.clock())
    told = [event.ref for event in world.events() if event.kind is EventKind.SUBSCRIPTION_EXPIRED]
    assert sorted(told) == sorted(world.place().fans.values())


def test_a_subscription_that_was_ended_by_hand_is_told_once(world: World):
    world.fan("bo")
    world.clock.forward(hours=1)
    world.subscription("bo", "expire")
    world.clock.forward(hours=1)
    with world.write() as tx:
        subscriptions.sweep(tx, world.account().key, now=world.clock())
    assert [event.kind for event in world.events()].count(EventKind.SUBSCRIPTION_EXPIRED) == 1


def test_an_end_is_told_although_the_fan_came_back_before_the_sweep(world: World):
    world.fan("bo", until=NOON + HOUR)
    world.clock.forward(hours=2)
    world.subscription("bo", "start", expires_at=NOON + 9 * HOUR)
    with world.write() as tx:
        subscriptions.sweep(tx, world.account().key, now=world.clock())
    assert [event.kind for event in world.events()].count(EventKind.SUBSCRIPTION_EXPIRED) == 1


def test_more_than_a_thousand_ended_ones_are_swept_in_several_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subscriptions, "_SWEPT_AT_ONCE", 3)
    with world.write():
        for place in range(8):
            world.fan(f"f{place}", until=NOON + (1 + place // 4) * HOUR)
    world.clock.forward(hours=3)
    swept = []
    while not swept or swept[-1]:
        with world.write() as tx:
            swept.append(subscriptions.sweep(tx, world.account().key, now=world.clock()))
        assert world.preview(lists=["fans"]) == set()
        assert world.ledger().wrong == []
    assert sum(swept) == 8


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"expires_at": None}, "expires_at"),
        ({"expires_at": NOON}, "expires_at"),
        ({"expires_at": NOON - DAY}, "expires_at"),
        ({"expires_at": NOON + DAY, "price_cents": -1}, "price_cents"),
        ({"expires_at": NOON + DAY, "price_cents": 10_000_001}, "price_cents"),
        ({"expires_at": NOON + DAY, "at": NOON + HOUR}, "at"),
    ],
)
def test_a_start_that_cannot_be_is_refused_and_changes_nothing(world: World, how: dict, field: str):
    world.fan("bo", subscribed=False)
    before = len(world.events())
    with pytest.raises(Problem) as refused:
        world.subscription("bo", "start", **how)
    assert (refused.value.kind, refused.value.field) == (Kind.INVALID, field)
    assert len(world.events()) == before
    assert world.fan_of("bo").subscription is None


def test_a_paid_start_is_a_line_of_the_ledger_with_its_fee(world: World):
    world.account(fee_basis_points=1_250)
    world.fan("bo", price_cents=999)
    paid = next(event for event in world.events() if event.kind is EventKind.TRANSACTION_NEW)
    assert (paid.data["gross_cents"], paid.data["fee_cents"]) == (999, 125)
    assert world.ledger().transactions == 1
