"""The native API's mass messages: every shape and every action of its contract."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from fancast.model.mass_messages import State
from tests.contract.native import Api, problem
from tests.core.test_arrivals import arrive
from tests.core.test_arrivals import send as send_by_url
from tests.serving import Server, until

KEYS = {
    "id", "state", "waits_for", "trouble", "text", "format", "price_cents", "media_ids", "preview_media_ids",
    "locked_text", "audience", "scheduled_at", "unsend_after_seconds", "late_by_seconds", "total", "sent", "pending",
    "skipped", "cancelled", "failed", "unknown", "viewed", "purchased", "revenue_cents", "pace", "rate", "eta_at",
    "created_at", "started_at", "finished_at", "unsent_at", "withdrawn", "kept",
    "unsend_seconds_left",
}  # fmt: skip


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    secret = world.key(accounts=[world.account().key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


def adds_up(seen: dict) -> bool:
    parts = ("sent", "pending", "cancelled", "failed", "unknown")
    return seen["total"] == sum(seen[part] for part in parts) + sum(seen["skipped"].values())


def test_a_send_is_answered_with_the_resource_before_its_audience_is_frozen(api: Api):
    api.world.crowd(3)
    made = api.send(text="**hi**", format="markdown", pace=1, unsend_after_seconds=3600)
    assert set(made) == KEYS
    assert made["state"] == "queued"
    assert made["waits_for"] == "engine"
    assert made["total"] is None
    assert made["pending"] == 0
    assert made["audience"] == {
        "user_lists": ["fans"], "fan_ids": [], "fan_count": 0, "exclude_user_lists": [], "subscribed_after": None,
        "subscribed_within_days": None,
    }  # fmt: skip
    assert (made["text"], made["format"], made["pace"], made["unsend_after_seconds"]) == (
        "**hi**", "markdown", 1, 3600,
    )  # fmt: skip
    assert made["created_at"] == "2026-03-02T12:00:00.000Z"


def test_a_send_goes_out_by_itself_and_adds_up(api: Api):
    api.world.media(790, 791)
    api.world.crowd(4)
    api.world.owns("f0", 791)
    made = api.send(price_cents=1250, media_ids=[790, 791], preview_media_ids=[790])
    seen = api.done(made)
    assert set(seen) == KEYS
    assert (seen["state"], seen["waits_for"]) == ("done", None)
    assert (seen["total"], seen["sent"], seen["pending"], seen["skipped"]) == (4, 3, 0, {"owns_media": 1})
    assert seen["finished_at"] == seen["started_at"] == "2026-03-02T12:00:00.000Z"
    assert seen["rate"] == 3000
    assert seen["unsend_seconds_left"] == 86_400
    assert (seen["price_cents"], seen["media_ids"], seen["preview_media_ids"]) == (1250, [790, 791], [790])
    assert adds_up(seen)


def test_an_audience_is_told_as_it_was_asked_for(api: Api):
    api.world.crowd(3, lists=["vip"])
    vip = api.world.user_list("vip").ref
    asked = {
        "user_lists": ["fans", vip], "fan_ids": [1001, 1003], "exclude_user_lists": ["rebill_off"],
        "subscribed_after": "2026-01-01T02:00:00+02:00", "subscribed_within_days": 30,
    }  # fmt: skip
    seen = api.done(api.send(audience=asked))
    whole = {**asked, "subscribed_after": "2026-01-01T00:00:00.000Z", "fan_count": 2}
    assert seen["audience"] == whole
    (listed,) = api.get("/mass-messages")["list"]
    assert listed["audience"] == {**whole, "fan_ids": None}


def test_a_scheduled_one_waits_for_the_clock_and_tells_how_late_it_was(api: Api):
    api.world.crowd(2)
    made = api.send(scheduled_at="2026-03-02T13:00:00Z")
    assert (made["state"], made["waits_for"]) == ("scheduled", "clock")
    assert made["scheduled_at"] == "2026-03-02T13:00:00.000Z"
    api.world.clock.forward(hours=1, seconds=90)
    seen = api.done(made)
    assert (seen["sent"], seen["late_by_seconds"]) == (2, 90)


def test_a_draft_waits_for_publish(api: Api):
    api.world.crowd(2)
    made = api.post("/mass-messages", {"text": "later", "draft": True}, 201)
    assert (made["state"], made["waits_for"]) == ("draft", "publish")
    api.patch(f"/mass-messages/{made['id']}", audience={"fan_ids": [1002]})
    published = api.post(f"/mass-messages/{made['id']}/publish")
    assert published["state"] == "queued"
    seen = api.done(made)
    assert seen["sent"] == 1
    assert seen["audience"]["fan_ids"] == [1002]


def test_an_edit_keeps_what_it_does_not_name(api: Api):
    api.world.media(790, 791)
    api.world.crowd(2, lists=["vip"])
    vip = api.world.user_list("vip").ref
    made = api.send(
        price_cents=500, media_ids=[790, 791], preview_media_ids=[790], locked_text=True, unsend_after_seconds=60,
        scheduled_at="2026-03-03T12:00:00Z", audience={"user_lists": ["fans"], "subscribed_within_days": 5},
    )  # fmt: skip
    seen = api.patch(
        f"/mass-messages/{made['id']}", text="better", preview_media_ids=[], unsend_after_seconds=None,
        audience={"user_lists": [vip]}, scheduled_at="2026-03-04T12:00:00Z", pace=7,
    )  # fmt: skip
    assert (seen["text"], seen["preview_media_ids"], seen["unsend_after_seconds"], seen["pace"]) == (
        "better", [], None, 7,
    )  # fmt: skip
    assert (seen["price_cents"], seen["media_ids"], seen["locked_text"]) == (500, [790, 791], True)
    assert seen["audience"]["user_lists"] == [vip]
    assert seen["audience"]["subscribed_within_days"] == 5
    assert (seen["state"], seen["scheduled_at"]) == ("scheduled", "2026-03-04T12:00:00.000Z")


def test_an_edit_of_nothing_changes_nothing(api: Api):
    api.world.crowd(1)
    made = api.send(scheduled_at="2026-03-03T12:00:00Z")
    with api.unchanged():
        assert api.patch(f"/mass-messages/{made['id']}") == made


def test_a_paced_one_waits_for_its_pace_and_may_change_it(api: Api):
    api.world.crowd(10)
    made = api.send(pace=1)
    seen = until(lambda: _with_waits(api, made, "pace"), "it waits for its pace")
    assert (seen["state"], seen["total"], seen["pending"]) == ("sending", 10, 10)
    assert seen["eta_at"] == "2026-03-02T12:00:10.000Z"
    assert seen["rate"] is None
    api.world.clock.forward(seconds=2)
    seen = until(lambda: _with_sent(api, made, 1), "a second's worth is sent")
    assert adds_up(seen)
    assert seen["rate"] == 0.5
    assert api.patch(f"/mass-messages/{made['id']}", pace=None)["pace"] is None
    api.world.clock.forward(seconds=5)
    assert api.done(made)["sent"] == 10


def _with_waits(api: Api, made: dict, word: str) -> dict | None:
    seen = api.get(f"/mass-messages/{made['id']}")
    return seen if seen["waits_for"] == word else None


def _with_sent(api: Api, made: dict, count: int) -> dict | None:
    seen = api.get(f"/mass-messages/{made['id']}")
    return seen if seen["sent"] == count else None


def test_pause_and_resume_lose_nobody(api: Api):
    api.world.crowd(5)
    made = api.send(pace=1)
    until(lambda: _with_waits(api, made, "pace"), "it waits for its pace")
    paused = api.post(f"/mass-messages/{made['id']}/pause")
    assert (paused["state"], paused["waits_for"], paused["eta_at"]) == ("paused", "resume", None)
    assert adds_up(paused)
    api.patch(f"/mass-messages/{made['id']}", pace=None)
    resumed = api.post(f"/mass-messages/{made['id']}/resume", {})
    assert resumed["state"] == "sending"
    assert api.done(made)["sent"] == 5


def test_cancel_counts_what_was_pending(api: Api):
    api.world.crowd(5)
    made = api.send(pace=2)
    until(lambda: _with_waits(api, made, "pace"), "it waits for its pace")
    api.world.clock.forward(seconds=1)
    until(lambda: _with_sent(api, made, 2), "a second's worth is sent")
    seen = api.post(f"/mass-messages/{made['id']}/cancel")
    assert (seen["state"], seen["sent"], seen["cancelled"], seen["pending"]) == ("cancelled", 2, 3, 0)
    assert adds_up(seen)
    listed = api.get(f"/mass-messages/{made['id']}/recipients")["list"]
    told = [(one["outcome"], one["reason"]) for one in listed]
    assert told == [("sent", None)] * 2 + [("cancelled", "cancelled")] * 3


def test_one_that_failed_is_put_away_by_a_cancel(api: Api):
    api.world.crowd(2)
    made = api.world.in_state(State.FAILED)
    seen = api.post(f"/mass-messages/{made.id}/cancel")
    assert (seen["state"], seen["total"], seen["sent"], seen["cancelled"]) == ("cancelled", None, 0, 0)
    told = api.refused("POST", f"/mass-messages/{made.id}/cancel", 409, "wrong_state")
    assert told["state"] == "cancelled"


def test_unsend_takes_it_back(api: Api):
    api.world.crowd(2)
    made = api.done(api.send())
    api.world.clock.forward(seconds=100)
    assert api.get(f"/mass-messages/{made['id']}")["unsend_seconds_left"] == 86_300
    seen = api.post(f"/mass-messages/{made['id']}/unsend")
    assert (seen["state"], seen["unsent_at"], seen["unsend_seconds_left"]) == (
        "unsent", "2026-03-02T12:01:40.000Z", 0,
    )  # fmt: skip
    assert (seen["withdrawn"], seen["kept"]) == (2, 0)
    assert api.get("/fans/1001/messages")["list"] == []


def test_unsend_tells_how_many_bought_it_and_keep_it(api: Api):
    api.world.crowd(3)
    api.world.media(790)
    made = api.done(api.send(price_cents=500, media_ids=[790]))
    copy = api.get("/fans/1001/messages")["list"][0]["id"]
    api.post("/fans/1001/purchases", {"message_id": copy, "payment_reference": "pay 1"}, 201)
    before = api.get(f"/mass-messages/{made['id']}")
    assert (before["withdrawn"], before["kept"]) == (0, 0)
    seen = api.post(f"/mass-messages/{made['id']}/unsend")
    assert (seen["sent"], seen["withdrawn"], seen["kept"]) == (3, 2, 1)


def test_a_copy_taken_back_alone_is_not_counted_as_gone_with_the_unsend(api: Api):
    api.world.crowd(4)
    api.world.media(790)
    made = api.done(api.send(price_cents=500, media_ids=[790]))
    copy = api.get("/fans/1001/messages")["list"][0]["id"]
    api.post("/fans/1001/purchases", {"message_id": copy, "payment_reference": "pay 1"}, 201)
    api.world.withdraws(api.world.chat("f1")[0], "f1")
    seen = api.post(f"/mass-messages/{made['id']}/unsend")
    assert (seen["sent"], seen["withdrawn"], seen["kept"]) == (4, 2, 1)
    (listed,) = api.get("/mass-messages")["list"]
    assert (listed["withdrawn"], listed["kept"]) == (2, 1)
    assert api.world.events()[-1].data == {"withdrawn": 2, "kept": 1, "cancelled": 0}


ALLOWED = {
    "publish": {State.DRAFT, State.SCHEDULED},
    "pause": {State.SENDING},
    "resume": {State.PAUSED},
    "cancel": {State.DRAFT, State.SCHEDULED, State.QUEUED, State.SENDING, State.PAUSED, State.FAILED},
    "unsend": {State.SENDING, State.PAUSED, State.DONE},
    "edit": {State.DRAFT, State.SCHEDULED, State.QUEUED},
}
STATES = (
    State.DRAFT, State.SCHEDULED, State.PAUSED, State.DONE, State.CANCELLED, State.UNSENT, State.FAILED,
)  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_an_action_that_the_state_does_not_allow_names_the_state(api: Api, state: State):
    api.world.crowd(2)
    made = api.world.in_state(state)
    for action in (action for action, states in ALLOWED.items() if state not in states):
        method, path = ("PATCH", "") if action == "edit" else ("POST", f"/{action}")
        told = api.refused(
            method,
            f"/mass-messages/{made.id}{path}",
            409,
            "wrong_state",
            json={"text": "x"} if not path else {},
        )
        assert told["state"] == state.value
        assert state.value in told["detail"]


def test_an_unsend_after_the_window_is_refused(api: Api):
    api.world.crowd(1)
    made = api.done(api.send())
    api.world.clock.forward(hours=25)
    api.refused("POST", f"/mass-messages/{made['id']}/unsend", 409, "unsend_window_over")


def test_the_window_that_is_told_is_the_window_that_is_kept(api: Api):
    api.world.account(unsend_window_seconds=60)
    api.world.crowd(5)
    under_way, paused = api.send(pace=1), api.send(pace=1)
    for made in (under_way, paused):
        until(lambda made=made: _with_waits(api, made, "pace"), "it waits for its pace")
    api.post(f"/mass-messages/{paused['id']}/pause")
    api.world.clock.forward(seconds=61)
    assert api.get(f"/mass-messages/{paused['id']}")["unsend_seconds_left"] == 0
    problem(api.call("POST", f"/mass-messages/{paused['id']}/unsend"), "unsend_window_over")
    assert api.get(f"/mass-messages/{under_way['id']}")["unsend_seconds_left"] == 60
    assert api.post(f"/mass-messages/{under_way['id']}/unsend")["state"] == "unsent"


def test_the_list_shows_the_newest_first_and_pages(api: Api):
    api.world.crowd(1)
    made = [api.done(api.send(text=f"m{n}"))["id"] for n in range(3)]
    assert [one["id"] for one in api.walk("/mass-messages", limit=2)] == made[::-1]
    assert [one["id"] for one in api.walk("/mass-messages", limit=1)] == made[::-1]
    assert [one["id"] for one in api.walk("/mass-messages", limit=3)] == made[::-1]
    assert set(api.get("/mass-messages")["list"][0]) == KEYS


def test_the_list_shows_only_the_wanted_states(api: Api):
    api.world.crowd(1)
    sent, waiting = api.done(api.send()), api.send(scheduled_at="2027-01-01T00:00:00Z")
    draft = api.send(draft=True)
    ids = {word: [one["id"] for one in api.walk("/mass-messages", state=word)] for word in ("done", "draft")}
    assert ids == {"done": [sent["id"]], "draft": [draft["id"]]}
    both = api.walk("/mass-messages", state="done,scheduled")
    assert [one["id"] for one in both] == [waiting["id"], sent["id"]]


def test_recipients_come_in_order_of_arrival_with_their_outcomes(api: Api):
    api.world.media(790)
    api.world.crowd(5)
    api.world.owns("f2", 790)
    made = api.done(api.send(price_cents=300, media_ids=[790]))
    found = api.walk(f"/mass-messages/{made['id']}/recipients", limit=2)
    assert [one["fan_id"] for one in found] == [1001, 1002, 1003, 1004, 1005]
    assert set(found[0]) == {"fan_id", "outcome", "reason", "message_id", "sent_at"}
    assert found[0]["outcome"] == "sent"
    assert found[0]["sent_at"] == "2026-03-02T12:00:00.000Z"
    assert found[0]["message_id"] == api.get("/fans/1001/messages")["list"][0]["id"]
    assert found[2] == {
        "fan_id": 1003, "outcome": "skipped", "reason": "owns_media", "message_id": None, "sent_at": None,
    }  # fmt: skip
    skipped = api.walk(f"/mass-messages/{made['id']}/recipients", outcome="skipped")
    assert [one["fan_id"] for one in skipped] == [1003]
    assert api.get(f"/mass-messages/{made['id']}/recipients", limit=10_000)["next"] is None


def test_recipients_of_what_is_not_frozen_are_nobody(api: Api):
    made = api.send(scheduled_at="2027-01-01T00:00:00Z")
    assert api.get(f"/mass-messages/{made['id']}/recipients") == {"list": [], "next": None}


def test_an_audience_of_nobody_is_done_at_once(api: Api):
    api.world.user_list("nobody")
    seen = api.done(api.send(audience={"user_lists": [api.world.user_list("nobody").ref]}))
    assert (seen["state"], seen["total"], seen["sent"]) == ("done", 0, 0)


def test_the_same_key_and_body_give_the_first_answer_again(api: Api):
    body = {"text": "once", "audience": {"user_lists": ["fans"]}}
    first = api.call("POST", "/mass-messages", json=body, headers={"Idempotency-Key": "k1"})
    again = api.call("POST", "/mass-messages", json=body, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len(api.get("/mass-messages")["list"]) == 1


def test_a_key_that_names_its_account_or_not_asks_for_the_same(api: Api):
    body, headers = {"text": "once", "audience": {"user_lists": ["fans"]}}, {"Idempotency-Key": "k1"}
    first = api.call("POST", "/mass-messages?account=acct_ada", json=body, headers=headers)
    again = api.call("POST", "/mass-messages", json=body, headers=headers)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    api.done(first.json())
    api.refused(
        "POST", "/mass-messages?dry=1", 422, "idempotency_mismatch", json=body, headers=headers,
    )  # fmt: skip


def test_the_same_key_with_another_body_is_a_mismatch(api: Api):
    body = {"text": "once", "audience": {"user_lists": ["fans"]}}
    api.call("POST", "/mass-messages", json=body, headers={"Idempotency-Key": "k1"})
    api.done({"id": api.get("/mass-messages")["list"][0]["id"]})
    told = api.refused(
        "POST", "/mass-messages", 422, "idempotency_mismatch", json={**body, "text": "twice"},
        headers={"Idempotency-Key": "k1"},
    )  # fmt: skip
    assert told["field"] == "Idempotency-Key"


def test_a_twin_within_the_guard_time_is_refused(api: Api):
    api.world.crowd(1)
    api.world.account(duplicate_guard_seconds=10)
    api.done(api.send())
    body = {"text": "hello", "audience": {"user_lists": ["fans"]}}
    api.refused("POST", "/mass-messages", 409, "duplicate_send", json=body)
    api.world.clock.forward(seconds=11)
    api.send()


def test_one_whose_media_are_on_their_way_waits_for_them_and_says_why_it_failed(api: Api):
    api.world.fan("bo")
    made = send_by_url(api.world, "https://cdn.example/a.jpg")
    seen = api.get(f"/mass-messages/{made.id}")
    assert (seen["state"], seen["waits_for"], seen["trouble"]) == ("queued", "media", None)
    arrive(api.world, made.content.media_ids[0], failure="It answered 404 Not Found.")
    failed = until(lambda: in_state(api, made.id, "failed"), "it failed")
    assert (failed["waits_for"], failed["total"], failed["sent"]) == (None, None, 0)
    assert "404 Not Found" in failed["trouble"]


def in_state(api: Api, id: int, state: str) -> Any:
    seen = api.get(f"/mass-messages/{id}")
    return seen if seen["state"] == state else None


@pytest.mark.parametrize("wanted", [[-1], [0], [-2, -1]])
def test_media_that_cannot_be_are_refused(api: Api, wanted: list[int]):
    api.world.fan("bo")
    body = {"text": "hi", "audience": {"user_lists": ["fans"]}, "media_ids": wanted}
    assert api.call("POST", "/mass-messages", json=body).status_code == 400
