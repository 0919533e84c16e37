"""Everything at once, in any order: a hypothesis machine fires verbs, fans and time at running sends.

After each rule the engine must say what a model of plain Python sets says: every number, every chat, every reason.
`FANCAST_TEST_STORMS` is how many storms each database goes through, `FANCAST_TEST_STORM_RULES` how long one is.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fancast.core import ledger, mass_messages, purchases, recipients, sending, subscriptions, user_lists
from fancast.core.moves import Overtaken
from fancast.core.sending import Due, Found
from fancast.model.accounts import OwnedMedia
from fancast.model.events import EventKind
from fancast.model.ids import FanId
from fancast.model.mass_messages import Listing, MassMessage, State
from fancast.model.problems import Problem
from tests.fault.plain_model import WAITING, Asked, Bucket, Frozen, Model, Person, Sheet
from tests.world import DAY, NOON, World

pytestmark = [pytest.mark.fault, pytest.mark.slow]

STORMS = int(os.environ.get("FANCAST_TEST_STORMS", "10"))
RULES = int(os.environ.get("FANCAST_TEST_STORM_RULES", "36"))
LISTS = ("one", "two")
#: What an audience may name: our own lists, and built-in ones.
NAMED = (*LISTS, "fans", "rebill_off")
FLAGS = ("blocked", "deleted", "unreachable", "restricted")
FAN_ACTS = (
    "joins one", "joins two", "leaves one", "leaves two", "subscribes 2", "subscribes 300000",
    "ends cancel", "ends expire",
    "becomes blocked", "becomes deleted", "becomes unreachable", "becomes restricted", "forgiven", "owns 1", "owns 2",
    "hears",
)  # fmt: skip
UNDER_WAY = (State.SENDING, State.PAUSED)
VERBS = ("publish", "pause", "resume", "cancel", "unsend", "remove")
FIRST_FANS, MOST_FANS, MOST_SHEETS = 12, 15, 8
accounts_made = count()

which = st.integers(0, 99)
some_lists = st.lists(st.sampled_from(NAMED), max_size=3, unique=True).map(tuple)
some_fans = st.lists(st.integers(0, MOST_FANS - 1), max_size=3, unique=True)
paces = st.sampled_from((4, None, 2, 8, 1, 20))
prices = st.sampled_from(((0, ()), (500, (1,)), (700, (1, 2)), (0, (1,))))
hours = st.sampled_from((0.5, 2, 3_600))
durations = st.sampled_from((0.5, 1.0, 2.0, 0.1, 5.0, 86_400.0))
unsends = st.sampled_from((None, None, 2, 3_600))
asked_for = st.fixed_dictionaries({
    "lists": some_lists, "without": some_lists, "fans": some_fans, "days": st.sampled_from((None, None, 1, 2)),
    "price": prices, "pace": paces, "later": st.sampled_from((None, None, None, 0.5, 2, 3_600)),
    "draft": st.sampled_from((False, False, False, True)), "unsend_after": unsends,
})  # fmt: skip
#: With these a storm begins: there is always somebody still to come.
running = st.fixed_dictionaries({
    "lists": st.sampled_from((("fans",), ("one",), ("one", "fans"))), "without": st.just(()), "fans": some_fans,
    "days": st.none(), "price": prices, "pace": st.sampled_from((2, 4, 1, 8)), "later": st.none(),
    "draft": st.just(False), "unsend_after": unsends,
})  # fmt: skip
#: What the engine does after a rule: so many acts, so many seconds apart. A paced one is looked at after 0.25 s.
thens = st.sampled_from(((2, 0.3), (3, 0.6), (1, 0.3), (5, 1.1), (0, 0.0), (1, 0.0)))
edits = st.one_of(
    st.fixed_dictionaries({"text": st.sampled_from(("better", "best")), "lists": some_lists}),
    st.fixed_dictionaries({"price": prices, "unsend_after_seconds": unsends}),
    st.fixed_dictionaries({"later": st.none() | hours}),
    st.fixed_dictionaries({"save_for_later": st.just(True)}),
    st.fixed_dictionaries({"pace": paces}),
)


class Crash(Exception):
    """The process dies here."""


class Storm(RuleBasedStateMachine):
    """One account under fire. What it does to the engine it does to the model, and holds one against the other."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        world.clock.now = NOON
        self.on = f"storm{next(accounts_made)}"
        self.model = Model(NOON, owners_get_it_free=False)
        self.planned: tuple[Sheet, list[Due], int, Frozen | None] | None = None
        self.texts = count()
        self.looks = 0

    # ---- who is there

    @initialize(
        free=st.booleans(),
        pace=st.sampled_from((None, None, None, 4)),
        sends=st.lists(running, min_size=1, max_size=2),
    )
    def begin(self, free: bool, pace: int | None, sends: list[dict[str, Any]]) -> None:
        policy = OwnedMedia.UNLOCK_FREE if free else OwnedMedia.SKIP
        self.world.account(self.on, owned_media=policy.value, pace=pace)
        self.model = Model(NOON, owners_get_it_free=free)
        self.model.bucket = Bucket(pace)
        self.world.media(1, 2, on=self.on)
        with self.world.write():
            for name in LISTS:
                self.world.user_list(name, on=self.on)
            for place in range(FIRST_FANS):
                self._newcomer(lists=LISTS[: place % 3], days=None if place == 5 else place % 5)
        for wanted in sends:
            self._create(**wanted)

    @rule(place=which, act=st.sampled_from(FAN_ACTS), then=thens)
    def somebody(self, place: int, act: str, then: tuple[int, float]) -> None:
        """Something happens to one fan: who may be among those still to come."""
        # Mostly to one who is still to come: that is where it matters.
        waiting = [name for sheet in self.model.sheets if sheet.pending for name in sheet.rest]
        name = waiting[place % len(waiting)] if waiting and place % 4 else self._name(place)
        what, *how = act.split()
        getattr(self, f"_{what}")(name, self.model.people[name], *how)
        self.go_on(*then)

    @precondition(lambda self: len(self.model.people) < MOST_FANS)
    @rule(place=which)
    def newcomer(self, place: int) -> None:
        self._newcomer(LISTS[: place % 3], days=place % 4 or None)

    def _newcomer(self, lists: tuple[str, ...], days: int | None) -> None:
        name = f"f{len(self.model.people)}"
        since = None if days is None else self.model.now - days * DAY
        until = None if since is None else since + 4 * DAY + timedelta(seconds=len(self.model.people) % 4)
        self.world.fan(
            name, lists=lists, subscribed=since is not None, since=since, until=until, renews=bool(days), on=self.on,
            id=1_000 + len(self.model.people),
        )  # fmt: skip
        person = Person(lists=set(lists), since=since, until=until, renews=bool(days))
        self.model.people[name] = person

    def _joins(self, name: str, person: Person, list_name: str) -> None:
        self.world.user_list(list_name, name, on=self.on)
        person.lists.add(list_name)

    def _leaves(self, name: str, person: Person, list_name: str) -> None:
        known = self.world.place(self.on)
        with self.world.write() as tx:
            user_lists.remove(tx, known.account, known.lists[list_name], [known.numbers[name]])
        person.lists.discard(list_name)

    def _subscribes(self, name: str, person: Person, seconds: str) -> None:
        until = self.model.now + timedelta(seconds=int(seconds))
        told = self._told(
            lambda: self.world.subscription(name, "start", expires_at=until, renews=True, price_cents=0, on=self.on)
        )  # fmt: skip
        assert told == ("already_subscribed" if person.subscribed(self.model.now) else None)
        if told is None:
            person.since, person.until, person.renews = self.model.now, until, True

    def _ends(self, name: str, person: Person, action: str) -> None:
        told = self._told(lambda: self.world.subscription(name, action, on=self.on))
        assert told == (None if person.subscribed(self.model.now) else "not_subscribed")
        if told is None:
            person.renews = False
            person.until = self.model.now if action == "expire" else person.until

    def _becomes(self, name: str, person: Person, flag: str) -> None:
        self.world.change_fan(name, on=self.on, **{flag: True})
        person.flags.add(flag)

    def _forgiven(self, name: str, person: Person) -> None:
        self.world.change_fan(name, on=self.on, **dict.fromkeys(FLAGS, False))
        person.flags.clear()

    def _owns(self, name: str, person: Person, media: str) -> None:
        self.world.owns(name, int(media), on=self.on)
        person.owned.add(int(media))

    def _hears(self, name: str, person: Person) -> None:
        text = f"direct {next(self.texts)}"
        told = self._told(lambda: self.world.direct(name, text, on=self.on))
        assert told == (None if person.receives else "fan_cannot_receive")
        if person.receives:
            person.heard.append(text)

    @precondition(lambda self: any(sheet.reached and sheet.price_cents for sheet in self.model.sheets))
    @rule(place=which, then=thens)
    def somebody_buys(self, place: int, then: tuple[int, float]) -> None:
        """One who got a copy buys it, wherever it is by now."""
        for_sale = [one for one in self.model.sheets if one.reached and one.price_cents]
        sheet = for_sale[place % len(for_sale)]
        name, known = sheet.reached[place % len(sheet.reached)], self.world.place(self.on)
        with self.world.read() as tx:
            copies = recipients.page(tx, known.account, self._seen(sheet).id, limit=100)
        id = next(one.message_id for one in copies if one.fan_id == known.fans[name])
        expected, reference = self.model.refusal_of_sale(sheet, name), f"{name} {next(self.texts)}"
        assert self._told(lambda: self._buy(known.fans[name], id, reference)) == expected, (name, sheet)
        if expected is None:
            sheet.buyers.add(name)
            self.model.people[name].owned.update(sheet.media)
        self.go_on(*then)

    # ---- what callers do

    @precondition(lambda self: len(self.model.sheets) < MOST_SHEETS)
    @rule(wanted=asked_for, then=thens)
    def create(self, wanted: dict[str, Any], then: tuple[int, float]) -> None:
        self._create(**wanted)
        self.go_on(*then)

    def _create(
        self, lists: tuple[str, ...], without: tuple[str, ...], fans: list[int], days: int | None,
        price: tuple[int, tuple[int, ...]], pace: int | None, later: float | None, draft: bool,
        unsend_after: int | None,
    ) -> None:  # fmt: skip
        hour = self._hour(later)
        names = tuple(dict.fromkeys(self._name(place) for place in fans))
        asked, text = Asked(lists, names, without, days), f"mass {next(self.texts)}"
        made = self.world.send(
            text, lists=lists, fans=names, without=without, within_days=days, price_cents=price[0], media=price[1],
            pace=pace, at=hour, save_for_later=draft, unsend_after_seconds=unsend_after, on=self.on,
        )  # fmt: skip
        state = State.DRAFT if draft else State.SCHEDULED if hour else State.QUEUED
        sheet = Sheet(made.id, text, asked, *price, state, hour, unsend_after, Bucket(pace))
        if state is State.QUEUED and not (lists or names or days):
            self.model.start(sheet, Frozen([], set(), set()))
        self.model.sheets.append(sheet)

    @precondition(lambda self: self.model.sheets)
    @rule(place=which, verb=st.sampled_from(VERBS), then=thens)
    def verb(self, place: int, verb: str, then: tuple[int, float]) -> None:
        sheet = self._sheet(place)
        expected = self.model.outcome_of(verb, sheet)
        told = self._told(lambda: self.world.do(verb, self._seen(sheet), on=self.on))
        assert told == (None if isinstance(expected, State) else expected), (verb, sheet)
        if isinstance(expected, State):
            self.model.become(sheet, expected)
        self.go_on(*then)

    @precondition(lambda self: self.model.sheets)
    @rule(place=which, wanted=edits)
    def edit(self, place: int, wanted: dict[str, Any]) -> None:
        """Anything before it starts; of one that is under way only its pace."""
        sheet = self._sheet(place)
        may = sheet.state in WAITING or (wanted.keys() == {"pace"} and sheet.state in UNDER_WAY)
        told = self._told(
            lambda: self.world.edit(self._seen(sheet), on=self.on, **self._in_the_engine_s(wanted))
        )
        assert told == (None if may else "wrong_state")
        if may:
            self._edit(sheet, wanted)
            sheet.version += 1

    def _in_the_engine_s(self, wanted: dict[str, Any]) -> dict[str, Any]:
        words = dict(wanted)
        if "lists" in words:
            words["user_lists"] = tuple(
                self.world.user_list(name, on=self.on).ref for name in words.pop("lists")
            )
        if "price" in words:
            words["price_cents"], words["media_ids"] = words.pop("price")
        if "later" in words:
            words["scheduled_at"] = self._hour(words.pop("later"))
        return words

    def _edit(self, sheet: Sheet, wanted: dict[str, Any]) -> None:
        sheet.text = wanted.get("text", sheet.text)
        sheet.asked.lists = wanted.get("lists", sheet.asked.lists)
        sheet.price_cents, sheet.media = wanted.get("price", (sheet.price_cents, sheet.media))
        sheet.unsend_after = wanted.get("unsend_after_seconds", sheet.unsend_after)
        sheet.bucket.rate = wanted.get("pace", sheet.bucket.rate)
        if "save_for_later" in wanted:
            sheet.state = State.DRAFT
        if "later" in wanted:
            sheet.hour = self._hour(wanted["later"])
            if sheet.state is not State.DRAFT or sheet.hour is not None:
                sheet.state = State.QUEUED if sheet.hour is None else State.SCHEDULED

    def _wait(self, seconds: float) -> None:
        self.world.clock.forward(seconds=seconds)
        self.model.wait(seconds)

    def _hour(self, later: float | None) -> datetime | None:
        return None if later is None else self.model.now + timedelta(seconds=later)

    @rule(pace=paces)
    def change_account_pace(self, pace: int | None) -> None:
        self.world.account(self.on, pace=pace)
        self.model.bucket = Bucket(pace)
        self.planned = None

    # ---- time, and the engine

    @rule(seconds=durations, swept=st.booleans())
    def time_passes(self, seconds: float, swept: bool) -> None:
        self._wait(seconds)
        if swept:
            with self.world.write() as tx:
                subscriptions.sweep(tx, self.world.place(self.on).account.key, now=self.model.now)

    @rule(then=thens, dies=st.booleans())
    def work_goes_on(self, then: tuple[int, float], dies: bool) -> None:
        """A worker may die before its commit; another does the same again."""
        expected = self._expected()
        if dies and expected is not None:
            due = self._plan(expected)
            with suppress(Crash), self.world.write() as tx:
                sending.work(tx, due, now=self.model.now)
                raise Crash
        self.go_on(*then)

    def go_on(self, turns: int, seconds: float) -> None:
        """Some acts of a worker, with a little time before each."""
        for _ in range(turns):
            self._wait(seconds)
            expected = self._expected()
            assert self.world.act(on=self.on) == (expected is not None)
            if expected is not None:
                self._follow(expected, self.model.freeze(expected))

    @rule()
    def look(self) -> None:
        """One worker looks, and will act on it later, whatever comes between."""
        sheet = self._expected()
        self.planned = None
        if sheet is not None:
            self.planned = (sheet, self._plan(sheet), sheet.version, self.model.freeze(sheet))

    @precondition(lambda self: self.planned)
    @rule(dies=st.booleans())
    def act_on_an_old_look(self, dies: bool) -> None:
        assert self.planned is not None
        sheet, due, version, frozen = self.planned
        with suppress(Overtaken, Crash), self.world.write() as tx:
            sending.work(tx, due, now=self.model.now)
            if dies:
                raise Crash
        if not dies and version == sheet.version:
            self._follow(sheet, frozen)

    def _plan(self, sheet: Sheet) -> list[Due]:
        known = self.world.place(self.on).account
        with self.world.store.read() as tx:
            return sending.plan(tx, [Found(known.key, self._seen(sheet), False)], now=self.model.now)

    def _expected(self) -> Sheet | None:
        """Whom the engine turns to now: one that has something to do, and none that surely has is passed over."""
        with self.world.store.read() as tx:
            due = sending.look(tx, [self.world.place(self.on).account.key], now=self.model.now)
        sure = [sheet.id for sheet in self.model.sheets if sheet.must_act(self.model.now)]
        assert due or not sure, "there is something to do"
        if not due:
            return None
        (found,) = due
        assert found.mass_message.id <= min(sure, default=found.mass_message.id), "the oldest first"
        sheet = next(one for one in self.model.sheets if one.id == found.mass_message.id)
        assert sheet.may_act(self.model.now), sheet
        return sheet

    def _follow(self, sheet: Sheet, frozen: Frozen | None) -> None:
        """Do to the model what the engine has just done."""
        if sheet.state in (State.QUEUED, State.SCHEDULED):
            assert frozen is not None
            self.model.start(sheet, frozen)
            if sheet.bucket.rate is self.model.bucket.rate is None:
                # What has no pace is delivered whole, with its start.
                self.model.step(sheet, len(sheet.rest))
        elif sheet.state in (State.PAUSED, State.DONE, State.CANCELLED):
            self.model.become(sheet, State.UNSENT)
        else:
            seen = self._seen(sheet)
            taken = seen.sent + seen.skipped - len(sheet.reached) - len(sheet.skipped)
            assert self.model.may_step(sheet, taken), (taken, sheet, self.model.bucket)
            self.model.step(sheet, taken)

    # ---- holding one against the other

    @invariant()
    def every_number_is_the_model_s(self) -> None:
        if not self.model.people:
            return
        known = self.world.place(self.on).account
        with self.world.read() as tx:
            found = {one.id: one for one in mass_messages.page(tx, known, Listing(), limit=100)}
            assert ledger.check(tx, known).wrong == []
        assert found.keys() == {sheet.id for sheet in self.model.sheets}
        for sheet in self.model.sheets:
            check_numbers(found[sheet.id], sheet)
        self.looks += 1
        self._check_chat(self._name(self.looks))
        if self.model.sheets:
            self._check_recipients(self._sheet(self.looks))

    def teardown(self) -> None:
        """What is left goes out in the time its pace allows; then everything is looked at."""
        if not self.model.people:
            return
        self.change_account_pace(None)
        for _ in range(3):
            for place, sheet in enumerate(self.model.sheets):
                if sheet.state in UNDER_WAY:
                    self.edit(place, {"pace": None})
                    self.verb(place, "resume", (0, 0))
            self.time_passes(1.5, swept=True)
            self.go_on(2 * MOST_SHEETS, 0)
        assert not any(sheet.pending for sheet in self.model.sheets)
        self.every_number_is_the_model_s()
        for name in self.model.people:
            self._check_chat(name)
        for sheet in self.model.sheets:
            self._check_recipients(sheet)
        self._check_order()

    def _check_chat(self, name: str) -> None:
        chat = self.world.chat(name, on=self.on)
        assert [one.content.text for one in reversed(chat)] == self.model.chat(name), name
        assert [one.id for one in chat] == sorted({one.id for one in chat}, reverse=True)
        moments = [one.created_at for one in chat]
        assert moments == sorted(moments, reverse=True), "ids are in order of time"

    def _check_recipients(self, sheet: Sheet) -> None:
        told = self.world.recipients(self._seen(sheet), on=self.on)
        assert told == (sheet.outcomes() if sheet.frozen else {})

    def _check_order(self) -> None:
        """Events without a hole, message ids rising with them: who keeps the highest misses nothing."""
        events = self.world.events(on=self.on)
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        ids = [
            event.data["first_id"] if event.kind is EventKind.MASS_MESSAGE_STEP else event.ref
            for event in events
            if event.kind is EventKind.MESSAGE_SENT or "first_id" in event.data
        ]
        assert ids == sorted(set(ids))

    # ---- helpers

    def _name(self, place: int) -> str:
        return f"f{place % len(self.model.people)}"

    def _sheet(self, place: int) -> Sheet:
        return self.model.sheets[place % len(self.model.sheets)]

    def _seen(self, sheet: Sheet) -> MassMessage:
        with self.world.read() as tx:
            return mass_messages.get(tx, self.world.place(self.on).account, sheet.id)  # type: ignore[arg-type]

    def _buy(self, fan_id: FanId, message_id: int | None, reference: str) -> None:
        assert message_id is not None
        with self.world.write() as tx:
            account = self.world.place(self.on).account
            purchases.buy(tx, account, fan_id, message_id, reference, now=self.model.now)

    def _told(self, act: Callable[[], object]) -> str | None:
        """The code of a refusal."""
        try:
            act()
        except Problem as problem:
            return problem.code
        return None


def check_numbers(seen: MassMessage, sheet: Sheet) -> None:
    """Hold what the engine says of a mass message against who is where in the model."""
    total = None if sheet.frozen is None else len(sheet.outcomes())
    assert (seen.state, seen.total, seen.sent, seen.skipped, seen.pending, seen.cancelled) == (
        sheet.state, total, len(sheet.reached), len(sheet.skipped), sheet.pending, sheet.cancelled,
    ), sheet  # fmt: skip
    assert (seen.content.text, seen.content.price_cents, seen.pace) == (
        sheet.text, sheet.price_cents, sheet.bucket.rate,
    )  # fmt: skip
    assert (seen.purchased, seen.revenue_cents) == (
        len(sheet.buyers),
        len(sheet.buyers) * sheet.price_cents,
    )
    assert (seen.scheduled_at, seen.trouble, seen.attempts) == (sheet.hour, None, 0)
    assert (seen.started_at, seen.last_step_at) == (sheet.started_at, sheet.last_step_at)


def test_whatever_comes_in_whatever_order_every_number_is_true(world: World) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Storm(world), settings=settings(max_examples=STORMS, stateful_step_count=RULES)
    )
