"""A mass message's life, its rules, and edits, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.model import mass_messages as model
from fancast.model.audiences import AskedAudience, Audience
from fancast.model.ids import ListId, MediaId
from fancast.model.mass_messages import EDITABLE, TRANSITIONS, Content, Draft, Edit, MassMessage, State
from fancast.model.problems import Kind, Problem
from tests.world import NOON

PHOTO = MediaId(789)


def mass_message(**values: Any) -> MassMessage:
    plain = dict.fromkeys(MassMessage.__dataclass_fields__)
    numbers = dict.fromkeys(("sent", "skipped", "cancelled", "failed", "unknown", "viewed", "purchased"), 0)
    return MassMessage(**{
        **plain, **numbers, "id": 1, "state": State.QUEUED, "revision": 1, "content": Content("hi"), "html": "",
        "audience": Audience(), "paced_until_us": 0, "created_at": NOON, "late_by_ms": 0, "watermark": -1,
        "revenue_cents": 0, **values,
    })  # fmt: skip


# ---- states


def test_every_state_has_its_place_in_the_table():
    assert set(TRANSITIONS) == set(State)


def test_from_every_state_an_end_can_be_reached():
    ends = {state for state, ways in TRANSITIONS.items() if not ways}
    assert ends == {State.UNSENT}
    for state in State:
        seen, frontier = {state}, [state]
        while frontier:
            new = TRANSITIONS[frontier.pop()] - seen
            seen |= new
            frontier += new
        assert seen & (ends | {State.DONE, State.CANCELLED})


def test_nothing_that_has_started_becomes_editable_again():
    assert all(not TRANSITIONS[state] & EDITABLE for state in set(State) - EDITABLE)


def test_nothing_that_has_started_fails():
    assert all(State.FAILED not in TRANSITIONS[state] for state in set(State) - EDITABLE)


@pytest.mark.parametrize("state", sorted(EDITABLE))
@pytest.mark.parametrize("save_for_later", [model.KEEP, True, False])
@pytest.mark.parametrize("hour", [model.KEEP, None, NOON])
@pytest.mark.parametrize("before", [None, NOON])
def test_every_way_that_an_edit_goes_stands_in_the_table(
    state: State, save_for_later: Any, hour: Any, before: Any
):
    wanted = Edit(save_for_later=save_for_later, scheduled_at=hour)
    after, _ = wanted.state_after(mass_message(state=state, scheduled_at=before))
    assert after is state or after in TRANSITIONS[state]


@pytest.mark.parametrize("state", State)
def test_a_way_that_the_table_lacks_is_refused_with_the_state(state: State):
    seen = mass_message(state=state)
    for wanted in State:
        if wanted in TRANSITIONS[state]:
            seen.demand(wanted, "moved")
        else:
            with pytest.raises(Problem, match=state.value) as refused:
                seen.demand(wanted, "moved")
            assert (refused.value.code, refused.value.facts) == ("wrong_state", {"state": state.value})


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_pending_is_what_is_left_of_the_total(sent: int, skipped: int, cancelled: int, rest: int):
    seen = mass_message(
        total=sent + skipped + cancelled + rest, sent=sent, skipped=skipped, cancelled=cancelled
    )
    assert seen.pending == rest
    assert seen.recipients == sent + cancelled + rest


def test_before_the_freeze_nobody_knows_how_many():
    assert mass_message().pending == 0
    assert mass_message().recipients is None


def test_cancelled_before_it_started_is_gone_and_after_it_is_recalled():
    for before in (mass_message(state=State.CANCELLED), mass_message(state=State.CANCELLED, queued_at=NOON)):
        assert (before.removed, before.recalled) == (True, False)
    for after in (State.CANCELLED, State.UNSENT):
        seen = mass_message(state=after, queued_at=NOON, started_at=NOON)
        assert (seen.removed, seen.recalled) == (False, True)


def test_the_unsend_window_runs_from_the_last_step():
    done = mass_message(state=State.DONE, last_step_at=NOON, finished_at=NOON)
    assert done.unsend_seconds_left(60, NOON + timedelta(seconds=10)) == 50
    assert done.unsend_seconds_left(60, NOON + timedelta(seconds=61)) == 0
    assert (
        mass_message(state=State.SENDING, last_step_at=NOON).unsend_seconds_left(
            60, NOON + timedelta(hours=1)
        )
        == 60
    )
    assert mass_message(state=State.UNSENT, last_step_at=NOON).unsend_seconds_left(60, NOON) == 0


# ---- rules of content, hour, pace


@pytest.mark.parametrize(
    ("content", "field", "code"),
    [
        (Content(""), "text", "empty_message"),
        (Content(" \n\t"), "text", "empty_message"),
        (Content("x" * 10_001), "text", "text_too_long"),
        (Content("x", price_cents=299, media_ids=(PHOTO,)), "price_cents", "price_out_of_range"),
        (Content("x", price_cents=20_001, media_ids=(PHOTO,)), "price_cents", "price_out_of_range"),
        (Content("x", price_cents=-300, media_ids=(PHOTO,)), "price_cents", "price_out_of_range"),
        (Content("x", price_cents=300), "media_ids", "price_needs_media"),
        (Content("x", media_ids=(PHOTO,), preview_media_ids=(1,)), "preview_media_ids", "preview_not_in_media"),
        (Content("x", media_ids=tuple(MediaId(n) for n in range(101))), "media_ids", "too_many_media"),
    ],
)  # fmt: skip
def test_content_out_of_bounds_is_refused_where_it_is_wrong(content: Content, field: str, code: str):
    with pytest.raises(Problem) as refused:
        model.check_content(content)
    assert (refused.value.kind, refused.value.field, refused.value.code) == (Kind.INVALID, field, code)


@pytest.mark.parametrize(
    "content",
    [
        Content("x"), Content("x" * 10_000), Content("", media_ids=(PHOTO,)),
        Content("x", price_cents=300, media_ids=(PHOTO,)), Content("x", price_cents=20_000, media_ids=(PHOTO,)),
        Content("x", media_ids=(PHOTO,), preview_media_ids=(PHOTO,)),
    ],
)  # fmt: skip
def test_content_at_its_bounds_is_taken(content: Content):
    model.check_content(content)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scheduled_at": NOON}, "scheduled_at"),
        ({"scheduled_at": NOON - timedelta(days=1)}, "scheduled_at"),
        ({"pace": 0}, "pace"),
        ({"pace": -1}, "pace"),
        ({"pace": 10_000_001}, "pace"),
        ({"unsend_after_seconds": 0}, "unsend_after_seconds"),
        ({"unsend_after_seconds": 366 * 86_400 + 1}, "unsend_after_seconds"),
    ],
)
def test_an_hour_pace_or_unsend_time_out_of_bounds_is_refused(values: dict[str, Any], field: str):
    with pytest.raises(Problem) as refused:
        model.check_draft(Draft(Content("x"), AskedAudience(), **values), NOON)
    assert (refused.value.kind, refused.value.field) == (Kind.INVALID, field)


def test_only_media_that_are_no_previews_are_paid_for():
    content = Content("x", price_cents=300, media_ids=(PHOTO, MediaId(790)), preview_media_ids=(PHOTO,))
    assert content.paid_media_ids == (790,)


# ---- edits

CONTENT = Content("before", price_cents=500, media_ids=(PHOTO,), extras={"a": 1, "b": 2})


def test_an_empty_edit_keeps_everything():
    seen = mass_message(state=State.SCHEDULED, scheduled_at=NOON, content=CONTENT)
    nothing = Edit()
    assert nothing.content(CONTENT) == CONTENT
    before = Audience(user_lists=(ListId(5),), fans_count=3)
    assert nothing.audience(before, Audience()) == before
    assert nothing.state_after(seen) == (State.SCHEDULED, NOON)
    assert nothing.asked() == AskedAudience()
    assert nothing.fans_kept


@given(
    st.sampled_from(["text", "price_cents", "media_ids", "preview_media_ids", "locked_text"]), st.integers()
)
def test_an_edit_changes_what_it_names_and_nothing_else(name: str, value: int):
    assert Edit(**{name: value}).content(CONTENT) == replace(CONTENT, **{name: value})


def test_extras_are_merged_key_by_key():
    assert Edit(extras={"b": 3, "c": 4}).content(CONTENT).extras == {"a": 1, "b": 3, "c": 4}


def test_an_edit_of_the_audience_takes_only_the_named_parts_from_what_was_settled():
    before = Audience(
        user_lists=(ListId(5),), fans_count=3, exclude_user_lists=(ListId(6),), subscribed_after=NOON
    )
    settled = Audience(user_lists=(ListId(7),), fans_count=9, subscribed_within_days=4)
    after = Edit(user_lists=("7",), subscribed_after=None).audience(before, settled)
    assert after == Audience(user_lists=(ListId(7),), fans_count=3, exclude_user_lists=(ListId(6),))
    assert Edit(fans=(1,)).audience(before, settled).fans_count == 9


LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "hour", "edit", "after"),
    [
        (State.SCHEDULED, LATER, Edit(text="x"), (State.SCHEDULED, LATER)),
        (State.SCHEDULED, LATER, Edit(scheduled_at=None), (State.QUEUED, None)),
        (State.SCHEDULED, LATER, Edit(save_for_later=True), (State.DRAFT, LATER)),
        (State.DRAFT, None, Edit(text="x"), (State.DRAFT, None)),
        (State.DRAFT, None, Edit(scheduled_at=LATER), (State.SCHEDULED, LATER)),
        (State.DRAFT, None, Edit(scheduled_at=None), (State.DRAFT, None)),
        (State.DRAFT, None, Edit(save_for_later=False), (State.QUEUED, None)),
        (State.DRAFT, LATER, Edit(save_for_later=False), (State.SCHEDULED, LATER)),
        (State.DRAFT, LATER, Edit(save_for_later=False, scheduled_at=None), (State.QUEUED, None)),
        (State.QUEUED, None, Edit(scheduled_at=LATER), (State.SCHEDULED, LATER)),
        (State.QUEUED, None, Edit(save_for_later=True), (State.DRAFT, None)),
        (State.QUEUED, None, Edit(text="x"), (State.QUEUED, None)),
    ],
)  # fmt: skip
def test_an_edit_moves_a_waiting_one_between_its_states(state: State, hour, edit: Edit, after):
    assert edit.state_after(mass_message(state=state, scheduled_at=hour)) == after


def test_an_edit_of_the_pace_alone_is_known_as_such():
    assert Edit(pace=5).only_pace
    assert Edit(pace=None).only_pace
    assert not Edit(pace=5, text="x").only_pace


def test_a_pace_can_be_taken_away():
    assert Edit(pace=None).pace_or(5) is None
    assert Edit().pace_or(5) == 5
    assert Edit(unsend_after_seconds=None).unsend_after_or(60) is None


def test_release_forms_are_told_whatever_dialect_named_them():
    said = {
        "release_forms": {"users": [1, 2], "partners": [], "guests": [7]},
        "rf_tag": [2, 3],
        "rf_guest": ["8"],
    }
    assert Content("hi", extras=said).release_forms == {
        "users": [1, 2, 3],
        "partners": [],
        "guests": [7, "8"],
    }
    assert Content("hi").release_forms == {"users": [], "partners": [], "guests": []}
