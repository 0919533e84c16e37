"""The send path, by hand and by the clock: what goes out, when, to whom, and that every number adds up."""

from datetime import timedelta

import pytest

from fancast.core import sending
from fancast.model.accounts import OwnedMedia
from fancast.model.events import EventKind
from fancast.model.mass_messages import MassMessage, State
from fancast.model.problems import Problem
from tests.conftest import check_ledgers
from tests.world import DAY, NOON, World


def adds_up(world: World, seen: MassMessage) -> MassMessage:
    """The mass message as it is now, its ledger checked."""
    now = world.again(seen)
    if now.total is not None:
        parts = now.sent + now.pending + now.skipped + now.cancelled + now.failed + now.unknown
        assert (parts, min(now.sent, now.pending, now.skipped, now.cancelled) >= 0) == (now.total, True)
    check_ledgers(world.store)
    return now


def refused(code: str):
    return pytest.raises(Problem, match=r".+", check=lambda problem: problem.code == code)


# ---- when


def test_an_immediate_one_is_frozen_and_delivered_in_one_act(world: World):
    world.crowd(3)
    made = world.send("hi")
    assert (made.state, made.total, made.pending) == (State.QUEUED, None, 0)
    assert world.act()
    done = adds_up(world, made)
    assert (done.state, done.total, done.sent, done.pending) == (State.DONE, 3, 3, 0)
    assert (done.queued_at, done.started_at, done.finished_at, done.last_step_at) == (NOON, NOON, NOON, NOON)
    assert not world.act()
    assert [world.inbox(name) for name in ("f0", "f1", "f2")] == [["hi"]] * 3


def test_a_paced_one_is_frozen_before_its_first_step(world: World):
    world.crowd(3)
    made = world.send("hi", pace=2)
    assert world.act()
    frozen = adds_up(world, made)
    assert (frozen.state, frozen.total, frozen.sent, frozen.pending) == (State.SENDING, 3, 0, 3)
    assert world.inbox("f0") == []
    world.clock.forward(seconds=1)
    assert world.act()
    assert (adds_up(world, made).sent, world.inbox("f0"), world.inbox("f2")) == (2, ["hi"], [])


def test_who_is_blocked_between_the_look_and_the_freeze_is_skipped(world: World):
    world.crowd(3)
    made, key = world.send("hi"), world.account().key
    with world.store.read() as tx:
        due = sending.plan(tx, sending.look(tx, [key], now=world.clock()), now=world.clock())
        assert due
    world.change_fan("f1", blocked=True)
    with world.write() as tx:
        sending.work(tx, due, now=world.clock())
    done = adds_up(world, made)
    assert (done.state, done.total, done.sent, done.skipped) == (State.DONE, 3, 2, 1)
    assert (world.inbox("f0"), world.inbox("f1")) == (["hi"], [])


def test_a_scheduled_one_starts_at_its_hour_and_says_how_late_it_was(world: World):
    world.crowd(2)
    made = world.send(at=NOON + DAY)
    assert made.state is State.SCHEDULED
    world.clock.now = NOON + DAY - timedelta(milliseconds=1)
    world.deliver()
    assert adds_up(world, made).state is State.SCHEDULED
    world.clock.now = NOON + DAY + timedelta(milliseconds=1_250)
    world.deliver()
    done = adds_up(world, made)
    assert (done.state, done.sent, done.late_by_ms) == (State.DONE, 2, 1_250)
    assert done.queued_at == NOON + DAY


def test_who_joins_after_the_freeze_is_not_included_and_who_joins_before_is(world: World):
    world.fan("bo")
    made = world.send(pace=1)
    world.fan("cy")
    world.deliver()
    world.fan("di")
    for _ in range(2):
        world.clock.forward(seconds=1.5)
        world.deliver()
    assert adds_up(world, made).sent == 2
    assert (world.inbox("cy"), world.inbox("di")) == (["hello"], [])


def test_a_draft_waits_until_it_is_published(world: World):
    world.fan("bo")
    made = world.send(save_for_later=True)
    world.clock.forward(days=10)
    world.deliver()
    assert adds_up(world, made).state is State.DRAFT
    assert world.do("publish", made).state is State.QUEUED
    world.deliver()
    assert adds_up(world, made).sent == 1


def test_a_scheduled_one_can_be_published_at_once(world: World):
    world.fan("bo")
    made = world.send(at=NOON + DAY)
    assert world.do("publish", made).scheduled_at is None
    world.deliver()
    assert (adds_up(world, made).state, adds_up(world, made).late_by_ms) == (State.DONE, 0)


# ---- pause, cancel, unsend


def paced(world: World, fans: int = 10, pace: int = 4, **how) -> MassMessage:
    """A paced send with its first second's worth out."""
    world.crowd(fans)
    made = world.send(pace=pace, **how)
    world.deliver()
    world.clock.forward(seconds=1)
    world.deliver()
    assert adds_up(world, made).sent == pace
    return world.again(made)


def test_a_paused_one_stands_still_and_goes_on_where_it_stopped(world: World):
    made = paced(world)
    assert world.do("pause", made).state is State.PAUSED
    world.clock.forward(hours=1)
    world.deliver()
    assert adds_up(world, made).sent == 4
    assert world.do("resume", made).state is State.SENDING
    for _ in range(4):
        world.deliver()
        world.clock.forward(seconds=1)
    done = adds_up(world, made)
    assert (done.state, done.sent) == (State.DONE, 10)
    assert all(world.inbox(f"f{place}") == ["hello"] for place in range(10))


def test_a_pause_saves_up_no_more_than_a_second(world: World):
    made = paced(world)
    world.do("pause", made)
    world.clock.forward(hours=1)
    world.do("resume", made)
    world.deliver()
    assert adds_up(world, made).sent <= 8


def test_a_cancelled_one_sends_no_more_and_counts_the_rest_as_cancelled(world: World):
    made = paced(world)
    stopped = world.do("cancel", made)
    assert (stopped.state, stopped.sent, stopped.cancelled, stopped.pending) == (State.CANCELLED, 4, 6, 0)
    world.clock.forward(hours=1)
    world.deliver()
    adds_up(world, made)
    assert [len(world.inbox(f"f{place}")) for place in range(10)] == [1] * 4 + [0] * 6


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED, State.QUEUED])
def test_one_cancelled_before_its_start_reaches_nobody(world: World, state: State):
    world.fan("bo")
    made = world.in_state(state)
    world.do("cancel", made)
    world.clock.forward(days=2)
    world.deliver()
    assert world.inbox("bo") == []
    assert (adds_up(world, made).state, world.again(made).removed) == (State.CANCELLED, True)


def test_what_is_unsent_within_the_window_vanishes_from_every_chat(world: World):
    world.crowd(3)
    made = world.sent()
    world.clock.forward(hours=23)
    taken = world.do("unsend", made)
    assert (taken.state, taken.sent) == (State.UNSENT, 3)
    assert [world.inbox(f"f{place}") for place in range(3)] == [[]] * 3
    adds_up(world, made)


def test_after_the_window_it_stays(world: World):
    world.account(unsend_window_seconds=60)
    world.fan("bo")
    made = world.sent()
    world.clock.forward(seconds=60)
    with refused("unsend_window_over"):
        world.do("unsend", made)
    assert world.inbox("bo") == ["hello"]


def test_the_window_runs_from_the_last_step_not_from_the_first(world: World):
    world.account(unsend_window_seconds=2)
    made = paced(world, fans=8)
    world.clock.forward(seconds=1)
    world.deliver()
    assert adds_up(world, made).state is State.DONE
    world.clock.forward(seconds=1.5)
    assert world.do("unsend", made).state is State.UNSENT


def test_one_unsent_under_way_counts_the_rest_as_cancelled(world: World):
    made = paced(world)
    taken = world.do("unsend", made)
    assert (taken.sent, taken.cancelled, taken.pending) == (4, 6, 0)
    world.clock.forward(hours=1)
    world.deliver()
    assert all(world.inbox(f"f{place}") == [] for place in range(10))
    adds_up(world, made)


def test_a_cancelled_one_can_still_be_taken_back(world: World):
    made = paced(world)
    world.do("cancel", made)
    assert world.do("unsend", made).state is State.UNSENT
    assert world.inbox("f0") == []
    adds_up(world, made)


def test_it_takes_itself_back_when_its_time_is_up(world: World):
    world.fan("bo")
    made = world.sent(unsend_after_seconds=60)
    world.clock.forward(seconds=59)
    world.deliver()
    assert world.inbox("bo") == ["hello"]
    world.clock.forward(seconds=1)
    world.deliver()
    assert adds_up(world, made).state is State.UNSENT
    assert world.inbox("bo") == []


def test_its_own_taking_back_runs_from_the_last_step(world: World):
    made = paced(world, fans=8, unsend_after_seconds=3)
    world.clock.forward(seconds=1)
    world.deliver()
    world.clock.forward(seconds=2.9)
    world.deliver()
    assert adds_up(world, made).state is State.DONE
    world.clock.forward(seconds=0.2)
    world.deliver()
    assert adds_up(world, made).state is State.UNSENT


def test_what_a_cancelled_one_delivered_still_takes_itself_back(world: World):
    made = paced(world, unsend_after_seconds=60)
    world.clock.forward(seconds=30)
    assert world.do("cancel", made).unsend_seconds_left(86_400, world.clock()) == 86_400 - 30
    world.deliver()
    assert world.inbox("f0") == ["hello"]
    world.clock.forward(seconds=30)
    world.deliver()
    taken = adds_up(world, made)
    assert (taken.state, taken.sent, taken.cancelled) == (State.UNSENT, 4, 6)
    assert world.inbox("f0") == []


def test_what_a_paused_one_delivered_takes_itself_back_and_the_rest_never_goes_out(world: World):
    made = paced(world, unsend_after_seconds=60)
    assert made.last_step_at is not None
    world.clock.forward(seconds=30)
    assert world.do("pause", made).due_at == made.last_step_at + timedelta(seconds=60)
    world.clock.forward(seconds=29)
    world.deliver()
    assert world.inbox("f0") == ["hello"]
    world.clock.forward(seconds=1)
    world.deliver()
    taken = adds_up(world, made)
    assert (taken.state, taken.sent, taken.cancelled) == (State.UNSENT, 4, 6)
    assert world.inbox("f0") == []


def test_a_paused_one_that_stays_or_reached_nobody_is_not_due(world: World):
    assert world.do("pause", paced(world)).due_at is None
    early = world.send(pace=4, unsend_after_seconds=60)
    world.deliver()
    assert world.again(early).sent == 0
    assert world.do("pause", early).due_at is None


def test_a_resumed_one_takes_itself_back_from_its_new_last_step(world: World):
    made = paced(world, fans=8, unsend_after_seconds=60)
    world.do("pause", made)
    world.clock.forward(seconds=59)
    world.do("resume", made)
    world.deliver()
    done = adds_up(world, made)
    assert (done.state, done.due_at) == (State.DONE, world.clock() + timedelta(seconds=60))
    world.clock.forward(seconds=59)
    world.deliver()
    assert world.inbox("f0") == ["hello"]
    world.clock.forward(seconds=1)
    world.deliver()
    assert adds_up(world, made).state is State.UNSENT


def test_delete_cancels_a_paused_one_that_it_is_too_late_to_unsend(world: World):
    world.account(unsend_window_seconds=60)
    made = paced(world)
    world.do("pause", made)
    world.clock.forward(seconds=60)
    with refused("unsend_window_over"):
        world.do("unsend", made)
    seen = world.do("remove", made)
    assert (seen.state, seen.sent, seen.cancelled, seen.pending) == (State.CANCELLED, 4, 6, 0)
    adds_up(world, made)
    assert (world.inbox("f0"), world.inbox("f9")) == (["hello"], [])
    with refused("unsend_window_over"):
        world.do("remove", made)


def test_delete_cancels_what_waits_and_unsends_what_went_out(world: World):
    world.fan("bo")
    waiting, gone = world.send(at=NOON + DAY), world.sent()
    assert world.do("remove", waiting).state is State.CANCELLED
    assert world.do("remove", gone).state is State.UNSENT


# ---- pace


def test_a_paced_send_never_runs_ahead_and_loses_nothing(world: World):
    world.crowd(23)
    made = world.send(pace=5)
    for tick in range(24):
        world.deliver()
        assert adds_up(world, made).sent <= 5 * 0.26 * tick + 5
        world.clock.forward(seconds=0.26)
    assert adds_up(world, made).state is State.DONE


def test_the_account_s_pace_is_shared_by_all_its_sends_oldest_first(world: World):
    world.account(pace=10)
    world.crowd(10)
    first, second = world.send("one"), world.send("two")
    for tick in range(40):
        world.deliver()
        sent = [world.again(made).sent for made in (first, second)]
        assert sum(sent) <= 10 * 0.1 * tick + 10
        assert sent[1] == 0 or sent[0] == 10
        world.clock.forward(seconds=0.1)
    assert [adds_up(world, made).state for made in (first, second)] == [State.DONE] * 2


def test_one_account_s_pace_holds_up_nobody_else(world: World):
    world.account("ada", pace=1)
    world.fans("bo", "cy", on="ada")
    world.fans("bo", "cy", on="eve")
    slow, quick = world.send(on="ada"), world.send(on="eve")
    world.deliver()
    assert world.again(quick, on="eve").state is State.DONE
    assert world.again(slow).state is State.SENDING


# ---- who is left out under way


def test_fans_blocked_deleted_or_buying_under_way_are_skipped_with_their_reason(world: World):
    made = paced(world, price_cents=500, media=[1, 2], previews=[2])
    world.change_fan("f4", blocked=True)
    world.change_fan("f5", deleted=True)
    world.change_fan("f0", blocked=True)
    world.owns("f6", 1)
    world.owns("f7", 2)
    for _ in range(3):
        world.clock.forward(seconds=1)
        world.deliver()
    done = adds_up(world, made)
    assert (done.state, done.sent, done.skipped, done.total) == (State.DONE, 7, 3, 10)
    outcomes = world.recipients(made)
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "sent"} == {
        "f4": "skipped: blocked", "f5": "skipped: deleted", "f6": "skipped: owns_media",
    }  # fmt: skip
    assert [world.inbox(name) for name in ("f4", "f5", "f6", "f7")] == [[], [], [], ["hello"]]


def test_owners_of_all_paid_media_are_never_sold_them_twice(world: World):
    world.crowd(4)
    world.media(1, 2, 3)
    world.owns("f0", 1, 2)
    world.owns("f1", 1)
    world.owns("f2", 3)
    made = world.sent(price_cents=500, media=[1, 2, 3], previews=[3])
    assert (made.sent, made.skipped, made.recipients) == (3, 1, 3)
    assert world.recipients(made)["f0"] == "skipped: owns_media"
    assert world.sent("free", media=[1, 2]).sent == 4


def test_under_the_other_policy_owners_get_it_open(world: World):
    world.account(owned_media=OwnedMedia.UNLOCK_FREE)
    world.crowd(2)
    world.media(1)
    world.owns("f0", 1)
    made = world.sent(price_cents=500, media=[1])
    assert (made.sent, made.skipped) == (2, 0)
    assert [world.chat(name)[0].open for name in ("f0", "f1")] == [True, False]


def test_when_everybody_left_is_skipped_it_is_done(world: World):
    made = paced(world, fans=6)
    world.change_fan("f4", blocked=True)
    world.change_fan("f5", blocked=True)
    world.clock.forward(seconds=1)
    world.deliver()
    assert (adds_up(world, made).state, world.again(made).sent) == (State.DONE, 4)


def test_an_audience_of_nobody_is_done_at_once(world: World):
    world.fan("bo", blocked=True)
    made = world.sent(fans=["bo"])
    assert (made.state, made.total, made.sent, made.started_at) == (State.DONE, 0, 0, NOON)
    with pytest.raises(Problem):
        world.do("pause", made)


# ---- what is refused when it is made


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"text": ""}, "empty_message"),
        ({"text": "x" * 10_001}, "text_too_long"),
        ({"price_cents": 299, "media": [1]}, "price_out_of_range"),
        ({"price_cents": 20_001, "media": [1]}, "price_out_of_range"),
        ({"price_cents": 500}, "price_needs_media"),
        ({"media": [1], "previews": [2]}, "preview_not_in_media"),
        ({"at": NOON}, "scheduled_in_past"),
        ({"pace": 0}, "invalid"),
        ({"unsend_after_seconds": 0}, "invalid"),
    ],
)
def test_a_refused_send_makes_nothing(world: World, how: dict, code: str):
    world.fan("bo")
    before = len(world.events())
    with refused(code):
        world.send(**how)
    assert len(world.events()) == before
    assert world.ledger().mass_messages == 0


def test_media_that_the_vault_does_not_hold_are_refused(world: World):
    world.fan("bo")
    world.media(7, on="eve")
    made = world.send(at=NOON + DAY)
    with refused("unknown_media"):
        world.edit(made, media_ids=(7,))


# ---- what is told


def test_every_step_of_its_life_is_an_event_in_order(world: World):
    made = paced(world, fans=6)
    world.do("pause", made)
    world.do("resume", made)
    world.clock.forward(seconds=1)
    world.deliver()
    world.do("unsend", made)
    told = [event for event in world.events() if event.ref == made.id]
    assert [event.kind.value.removeprefix("mass_message.") for event in told] == [
        "created", "started", "step", "paused", "resumed", "step", "unsent",
    ]  # fmt: skip
    steps = [event.data for event in told if event.kind is EventKind.MASS_MESSAGE_STEP]
    assert [(step["count"], step["done"]) for step in steps] == [(4, False), (2, True)]
    assert [event.number for event in world.events()] == list(range(1, len(world.events()) + 1))
