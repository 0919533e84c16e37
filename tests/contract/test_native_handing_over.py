"""Handing over in the native API: an edit, a publish or an hour never sends to nobody, or late by a person's delay."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from tests.contract.native import Api
from tests.serving import Server

SOON = "2026-03-02T13:00:00Z"
NOBODY = {"user_lists": [], "fan_ids": [], "subscribed_within_days": None}


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    world.fan("bo")
    secret = world.key(accounts=[world.account().key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


def draft(api: Api, **body: Any) -> str:
    made = api.post("/mass-messages", {"text": "a", "draft": True, **body}, 201)
    return f"/mass-messages/{made['id']}"


def test_an_edit_that_leaves_nobody_selected_is_refused(api: Api):
    made = api.send(scheduled_at=SOON, audience={"user_lists": ["fans"], "subscribed_within_days": 3})
    path = f"/mass-messages/{made['id']}"
    told = api.refused("PATCH", path, 400, "no_selector", json={"text": "b", "audience": NOBODY})
    assert told["field"] == "audience"
    assert api.get(path) == made
    days = {**NOBODY, "subscribed_within_days": 3}
    assert api.patch(path, audience=days)["audience"]["subscribed_within_days"] == 3


def test_a_draft_for_nobody_is_kept_and_edited_but_not_handed_over(api: Api):
    path = draft(api)
    assert api.patch(path, text="b", audience=NOBODY)["state"] == "draft"
    for change in ({"draft": False}, {"scheduled_at": SOON}, {"draft": False, "audience": NOBODY}):
        assert api.refused("PATCH", path, 400, "no_selector", json=change)["field"] == "audience"
    api.refused("POST", f"{path}/publish", 400, "no_selector")
    assert api.patch(path, draft=False, audience={"user_lists": ["fans"]})["state"] == "queued"


def test_a_draft_is_not_handed_over_for_an_hour_that_has_passed(api: Api):
    path = draft(api, scheduled_at=SOON, audience={"user_lists": ["fans"]})
    api.world.clock.forward(days=30)
    told = api.refused("PATCH", path, 400, "scheduled_in_past", json={"draft": False})
    assert told["field"] == "scheduled_at"
    handed = api.patch(path, draft=False, scheduled_at=None)
    assert (handed["state"], api.done(handed)["late_by_seconds"]) == ("queued", 0)
