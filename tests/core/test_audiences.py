"""Audiences against a slow, obvious oracle of plain Python sets; preview, count and freeze agree."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.core import audiences, fans, sending, user_lists
from fancast.model.accounts import OwnedMedia
from fancast.model.audiences import AskedAudience
from fancast.model.ids import FanId
from fancast.model.mass_messages import State
from fancast.model.problems import Problem
from tests.world import DAY, NOON, World

HOUR = timedelta(hours=1)
CUSTOM = ["vip", "new", "odd"]
KEPT = ["following", "tagged", "friends", "muted"]
COMPUTED = ["fans", "recent", "rebill_on", "rebill_off"]
BEGINNINGS = [
    0 * HOUR,
    HOUR,
    12 * HOUR,
    23 * HOUR,
    24 * HOUR,
    25 * HOUR,
    36 * HOUR,
    29 * DAY + 12 * HOUR,
    60 * DAY,
]
ENDS = [-2 * HOUR, -HOUR, 0 * HOUR, timedelta(milliseconds=1), HOUR, 2 * HOUR, 30 * DAY]


@dataclass(frozen=True)
class Told:
    """A fan as the oracle knows them."""

    since: datetime | None
    until: datetime | None
    renews: bool
    lists: frozenset[str]
    owns: frozenset[int]
    flags: frozenset[str]

    def on(self, name: str, now: datetime) -> bool:
        current = self.until is not None and self.until > now
        match name:
            case "fans":
                return current
            case "recent":
                return current and self.since is not None and self.since > now - 24 * HOUR
            case "rebill_on":
                return current and self.renews
            case "rebill_off":
                return current and not self.renews
        return name in self.lists


@st.composite
def told(draw: st.DrawFn) -> Told:
    since = until = None
    if draw(st.booleans()):
        since = NOON - draw(st.sampled_from(BEGINNINGS))
        until = NOON + draw(st.sampled_from([end for end in ENDS if NOON + end > since]))
    return Told(
        since, until, since is not None and draw(st.booleans()),
        draw(st.frozensets(st.sampled_from(CUSTOM + KEPT), max_size=3)),
        draw(st.frozensets(st.sampled_from([1, 2]))),
        draw(st.frozensets(st.sampled_from(["blocked", "deleted", "unreachable", "restricted"]), max_size=1)),
    )  # fmt: skip


LISTS = st.lists(st.sampled_from(CUSTOM + KEPT + COMPUTED), max_size=3)
ASKED = st.fixed_dictionaries({
    "lists": LISTS, "without": LISTS, "fans": st.lists(st.integers(0, 7), max_size=3),
    "after": st.none() | st.sampled_from([NOON - HOUR, NOON - 24 * HOUR, NOON - 60 * DAY, NOON]),
    "within_days": st.none() | st.sampled_from([1, 2, 3, 30]),
    "media": st.lists(st.sampled_from([1, 2]), max_size=2, unique=True),
})  # fmt: skip


def oracle(crowd: dict[str, Told], asked: dict[str, Any], now: datetime) -> tuple[set[str], set[str]]:
    """Who it is for, and who of them owns all that is to be paid for: word for word as the rule reads."""
    dated = asked["after"] is not None or asked["within_days"] is not None
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    chosen = set()
    for name, fan in crowd.items():
        base = name in asked["fans"] or any(fan.on(wanted, now) for wanted in asked["lists"])
        if dated and not asked["fans"] and not asked["lists"]:
            base = fan.on("fans", now)
        if asked["after"] is not None:
            base = base and fan.since is not None and fan.since > asked["after"]
        if asked["within_days"] is not None:
            first_day = midnight - (asked["within_days"] - 1) * DAY
            base = base and fan.since is not None and fan.since >= first_day
        excluded = any(fan.on(unwanted, now) for unwanted in asked["without"])
        if base and not excluded and not fan.flags & {"blocked", "deleted", "unreachable"}:
            chosen.add(name)
    owning = {name for name in chosen if asked["media"] and set(asked["media"]) <= crowd[name].owns}
    return chosen, owning


def build(world: World, on: str, crowd: dict[str, Told]) -> None:
    with world.write():
        for name in CUSTOM:
            world.user_list(name, on=on)
        world.media(1, 2, on=on)
        for name, fan in crowd.items():
            world.fan(
                name, subscribed=fan.since is not None, since=fan.since, until=fan.until, renews=fan.renews,
                lists=sorted(fan.lists), on=on, **dict.fromkeys(fan.flags, True),
            )  # fmt: skip
            if fan.owns:
                world.owns(name, *fan.owns, on=on)


names = (f"acc{number}" for number in itertools.count())


@settings(max_examples=20)
@given(
    fans=st.lists(told(), min_size=3, max_size=8),
    questions=st.lists(ASKED, min_size=2, max_size=4),
    policy=st.sampled_from(OwnedMedia),
    later=st.sampled_from([-2 * HOUR, 0 * HOUR, HOUR, 2 * HOUR, 36 * HOUR]),
)
def test_an_audience_is_what_the_obvious_oracle_says(
    world: World, fans: list[Told], questions: list[dict[str, Any]], policy: OwnedMedia, later: timedelta
):
    world.clock.now, on = NOON, next(names)
    world.account(on, owned_media=policy)
    crowd = {f"f{place}": fan for place, fan in enumerate(fans)}
    build(world, on, crowd)
    world.clock.now = NOON + later
    for question in questions:
        asked = {**question, "fans": [f"f{place % len(fans)}" for place in question["fans"]]}
        agrees(world, on, asked, *oracle(crowd, asked, world.clock()), policy)


def agrees(
    world: World, on: str, asked: dict[str, Any], chosen: set[str], owning: set[str], policy: OwnedMedia
) -> None:
    """Preview, count and freeze say what the oracle says."""
    place, skip = world.place(on), policy is OwnedMedia.SKIP
    expected = chosen - owning if skip else chosen
    seen = world.resolved(on=on, **asked)
    assert place.names_of(seen.to) == expected
    assert place.names_of(seen.skipped.get("owns_media", [])) == (owning if skip else set())
    assert place.names_of(seen.unlocked_free) == (set() if skip else owning)
    assert sum(rule.added - rule.removed for rule in seen.rules) == len(seen.to)
    sent = world.sent("hi", price_cents=500 if asked["media"] else 0, on=on, **asked)
    assert sent.state is State.DONE
    assert (sent.sent, sent.skipped) == (len(seen.to), len(owning) if skip else 0)
    with world.read() as tx:
        assert place.names_of(sending.reached(tx, place.account.key, sent)) == expected


@settings(max_examples=8)
@given(fans=st.lists(told(), min_size=1, max_size=8), later=st.sampled_from([-HOUR, 0 * HOUR, 2 * HOUR]))
def test_every_list_shows_its_members_as_the_oracle_does(world: World, fans: list[Told], later: timedelta):
    world.clock.now, on = NOON, next(names)
    crowd = {f"f{place}": fan for place, fan in enumerate(fans)}
    build(world, on, crowd)
    world.clock.now = now = NOON + later
    place = world.place(on)
    with world.read() as tx:
        shown = {str(found.name): found for found in user_lists.page(tx, place.account, limit=100, now=now)}
        assert len(shown) == len(CUSTOM + KEPT + COMPUTED)
        for name in CUSTOM + KEPT + COMPUTED:
            ref = user_lists.find_ref(tx, place.account, place.lists.get(name, name))
            members = {other for other, fan in crowd.items() if fan.on(name, now)}
            assert place.names_of(user_lists.members_of(tx, place.account, ref, now=now)) == members
            assert user_lists.get(tx, place.account, ref, now=now).fans_count == len(members)
            page = user_lists.page_of_members(tx, place.account, ref, offset=1, limit=3, now=now)
            assert page == sorted(place.numbers[member] for member in members)[1:4]
            held = {n for n in crowd if user_lists.holds(tx, place.account, ref, place.numbers[n], now=now)}
            assert held == members


# ---- single sentences, so that a failure says which


def test_exclusions_win_over_fans_named_one_by_one(world: World):
    world.fan("bo", lists=["vip"])
    world.fan("cy")
    assert world.preview(fans=["bo", "cy"], without=["vip"]) == {"cy"}


def test_an_empty_selection_is_never_everyone(world: World):
    world.fans("bo", "cy")
    assert world.preview(lists=[], without=["fans"]) == set()
    seen = world.sent(lists=[])
    assert (seen.state, seen.sent, seen.total) == (State.DONE, 0, 0)


def test_a_list_that_is_empty_sends_to_nobody_and_is_done(world: World):
    world.fan("bo")
    seen = world.sent(lists=["vip"])
    assert (seen.state, seen.total, seen.sent) == (State.DONE, 0, 0)


def test_expired_and_restricted_fans_receive_when_they_are_named(world: World):
    world.fan("bo", since=NOON - 40 * DAY, until=NOON - DAY, lists=["vip"])
    world.fan("cy", restricted=True, lists=["vip"])
    world.fan("di", subscribed=False)
    assert world.preview(lists=["vip"], fans=["di"]) == {"bo", "cy", "di"}


@pytest.mark.parametrize("flag", ["blocked", "deleted", "unreachable"])
def test_who_cannot_receive_is_dropped_and_the_rule_is_named(world: World, flag: str):
    world.fan("bo")
    world.fan("cy", **{flag: True})
    seen = world.resolved(fans=["bo", "cy"])
    assert len(seen.to) == 1
    assert [(rule.name, rule.removed) for rule in seen.rules][-1] == (flag, 1)


def test_a_renewal_does_not_move_the_start_and_a_return_after_a_gap_does(world: World):
    world.clock.now = NOON - 40 * DAY
    world.fan("bo", until=NOON - 10 * DAY)
    world.fan("cy", until=NOON - 10 * DAY)
    world.clock.now = NOON - 11 * DAY
    world.subscription("bo", "renew", expires_at=NOON + 20 * DAY)
    world.clock.now = NOON - DAY
    world.subscription("cy", "start", expires_at=NOON + 20 * DAY)
    world.clock.now = NOON
    assert world.preview(after=NOON - 20 * DAY) == {"cy"}
    assert world.preview(after=NOON - 41 * DAY) == {"bo", "cy"}


def test_subscribed_after_is_strict_and_days_are_calendar_days_with_today(world: World):
    midnight = NOON - 12 * HOUR
    world.fan("bo", since=midnight)
    world.fan("cy", since=midnight - timedelta(milliseconds=1))
    assert world.preview(after=midnight) == set()
    assert world.preview(after=midnight - timedelta(milliseconds=1)) == {"bo"}
    assert world.preview(within_days=1) == {"bo"}
    assert world.preview(within_days=2) == {"bo", "cy"}


def test_lists_go_by_id_numeric_text_slug_and_fans_by_id_text_or_username(world: World):
    world.fan("bo", id=77, lists=["vip"])
    ref = world.user_list("vip").ref
    for asked in (
        AskedAudience(user_lists=(ref,)), AskedAudience(user_lists=(str(ref), f" {ref} ")),
        AskedAudience(user_lists=("fans",)), AskedAudience(fans=(77,)), AskedAudience(fans=("77", " 077")),
        AskedAudience(fans=("bo",)), AskedAudience(fans=("bo", 77, "77"), user_lists=(ref, "fans")),
    ):  # fmt: skip
        with world.read() as tx:
            resolved, sample = audiences.preview(tx, world.account(), asked, sample=5, now=NOON)
        assert len(resolved.to) == 1
        assert [fan.username for fan in sample] == ["bo"]


def test_a_username_is_the_last_one_it_was_given_to(world: World):
    world.fan("bo", id=77)
    world.fan("di", id=79)
    with world.write() as tx:
        fans.put(tx, world.account(), FanId(79), {"username": "bo"}, now=NOON)
    with world.read() as tx:
        resolved, sample = audiences.preview(
            tx, world.account(), AskedAudience(fans=("bo",)), sample=5, now=NOON
        )
        assert [fan.fan_id for fan in sample] == [79]
        assert fans.get(tx, world.account(), "bo").fan_id == 79
        assert fans.get(tx, world.account(), 77).username == "u77"
    assert len(resolved.to) == 1


def test_fans_and_lists_of_another_account_do_not_exist_here(world: World):
    world.fan("eve", id=999_999, on="eve", lists=["hers"])
    theirs = world.user_list("hers", on="eve").ref
    for asked in (AskedAudience(fans=(999_999,)), AskedAudience(user_lists=(theirs + 1_000,))):
        with pytest.raises(Problem, match="There is no"), world.read() as tx:
            audiences.preview(tx, world.account(), asked, now=NOON)


def test_ten_thousand_fans_can_be_named_at_once(world: World):
    with world.write() as tx:
        for number in range(200):
            fans.put(tx, world.account(), 5_000 + number, {}, now=NOON)  # type: ignore[arg-type]
    asked = AskedAudience(fans=tuple(5_000 + number % 200 for number in range(10_000)))
    with world.read() as tx:
        assert len(audiences.preview(tx, world.account(), asked, now=NOON)[0].to) == 200


def test_a_fan_moved_between_two_united_lists_never_falls_out_of_both(world: World):
    world.fan("bo", lists=["vip"])
    world.user_list("new")
    asked = world.asked(lists=["vip", "new"])
    with world.read() as tx:
        audience, named = audiences.settle(tx, world.account(), asked)
        with world.store.write() as other:
            number = world.place().numbers["bo"]
            user_lists.add(other, world.account(), world.place().lists["new"], [number])
            user_lists.remove(other, world.account(), world.place().lists["vip"], [number])
        assert len(audiences.resolve(tx, world.account(), audience, named, now=NOON).to) == 1
