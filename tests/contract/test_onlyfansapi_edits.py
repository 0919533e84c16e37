"""What an edit may say in OnlyFansAPI's dialect, and what comes of it (contract §3.1, §3.5, appendix C)."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.model.ids import MediaId
from fancast.model.mass_messages import State
from fancast.model.media import Media, MediaType
from fancast.store import media
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

LATER, EVEN_LATER = "2026-03-05T10:00:00Z", "2026-03-06T10:00:00Z"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo")
        api.world.media(5512)
        yield api


@pytest.mark.parametrize("state", [State.QUEUED, State.SCHEDULED, State.DRAFT])
def test_an_edit_gives_no_hour_to_what_is_for_new_subscribers(api: Api, state: State) -> None:
    # What is still on its way keeps the one that carries it queued.
    coming = Media(MediaId(7), MediaType.PHOTO, "7", None, None, None, None, False, api.world.clock())
    with api.world.write() as tx:
        media.add(tx, api.world.account().key, [coming])
    api.world.place().media.add(coming.media_id)
    made = api.world.in_state(state, lists=["fans"], within_days=3, media=[7])
    message = api.invalid(
        "scheduledDate", {"text": "Hi", "scheduledDate": EVEN_LATER}, "PUT", f"/mass-messaging/{made.id}"
    )
    assert "subscribedWithinLastDays" in message
    now = api.world.again(made)
    assert (now.state, now.scheduled_at, now.content.text) == (state, made.scheduled_at, "hello")


def test_an_edit_without_an_hour_leaves_what_is_for_new_subscribers_as_it_is(api: Api) -> None:
    made = api.world.in_state(State.DRAFT, lists=["fans"], within_days=3)
    api.ok("PUT", f"/mass-messaging/{made.id}", {"text": "Better"})
    told = api.detail(made.id)
    assert (told["text"], told["subscribedWithinLastDays"], told["saveForLater"]) == ("Better", 3, True)


def test_an_edit_of_a_scheduled_one_cannot_make_it_for_new_subscribers(api: Api) -> None:
    made = api.send(userLists=["fans"], scheduledDate=LATER)
    api.ok("PUT", f"/mass-messaging/{made['id']}", {"text": "Hi", "subscribedWithinLastDays": 3})
    told = api.detail(made["id"])
    assert (told["subscribedWithinLastDays"], told["scheduledDate"]) == (None, "2026-03-05T10:00:00+00:00")


@pytest.mark.parametrize(
    "unknown", [{"rfTag": [{}]}, {"rfPartner": 1.5}, {"rfGuest": "[1"}, {"excludedLists": {}}, {"saveForLater": 7}]
)  # fmt: skip
def test_an_edit_ignores_what_it_does_not_take_however_it_is_said(api: Api, unknown: dict[str, Any]) -> None:
    made = api.send(userLists=["fans"], scheduledDate=LATER, rfTag=["501"], giphyId="g")
    api.ok("PUT", f"/mass-messaging/{made['id']}", {"text": "Better", **unknown})
    told = api.detail(made["id"])
    assert (told["text"], told["giphyId"], told["saveForLater"]) == ("Better", "g", False)
    assert told["releaseForms"] == [{"id": "501", "type": "rfTag"}]


@pytest.mark.parametrize("unknown", ["rebill_on", "nope"])
@pytest.mark.parametrize("field", ["userLists", "excludedLists"])
def test_media_are_looked_for_before_any_list(api: Api, field: str, unknown: str) -> None:
    body = {"text": "Hi", "userLists": ["fans"], field: ["fans", unknown]}
    api.invalid("mediaFiles", {**body, "mediaFiles": [77]})
    refusal = api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json=body)
    assert refusal["message"] == f"There is no user list {unknown}."


@pytest.mark.parametrize("unknown", ["rebill_on", "nope"])
def test_media_of_an_edit_are_looked_for_before_its_lists(api: Api, unknown: str) -> None:
    path = f"/mass-messaging/{api.send(userLists=['fans'], scheduledDate=LATER)['id']}"
    body = {"text": "Hi", "userLists": [unknown]}
    api.invalid("mediaFiles", {**body, "mediaFiles": [77]}, "PUT", path)
    api.refused(404, "ONLYFANS_COM_ERROR", "PUT", path, json=body)


@pytest.mark.parametrize("unknown", ["rebill_on", "nope"])
def test_banned_words_are_looked_for_after_any_list(api: Api, unknown: str) -> None:
    body = {"text": "So drunk", "blockBannedWords": "risky", "userLists": [unknown]}
    api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json=body)


@pytest.mark.parametrize("words", [{"userLists": [], "userIds": []}, {"userLists": "", "userIds": ""}])
def test_an_edit_may_leave_nobody_as_a_send_may_name_nobody(api: Api, words: dict[str, Any]) -> None:
    """Contract §3.1: a send that names nobody is taken, and reaches nobody; so is what comes of an edit."""
    made = api.send(userLists=["fans"], userIds=[api.fan_id("bo")], scheduledDate=LATER)
    state = api.ok("PUT", f"/mass-messaging/{made['id']}", {"text": "Hi", **words})
    assert (state["isDone"], state["total"]) == (False, -1)
    assert api.ok("PUT", f"/queue/{made['id']}/publish") == {"success": True}
    assert (api.done(made["id"])["total"], api.world.inbox("bo")) == (0, [])
    saved = api.send(saveForLater=True)
    assert api.ok("PUT", f"/queue/{saved['id']}/publish") == {"success": True}
    assert (api.done(saved["id"])["total"], api.world.inbox("bo")) == (0, [])


def test_a_saved_one_goes_out_when_it_is_published_though_its_hour_has_passed(api: Api) -> None:
    made = api.send(userLists=["fans"], scheduledDate=LATER, saveForLater=True)
    api.world.clock.forward(days=10)
    wanted = {"text": "Hi", "scheduledDate": LATER}
    api.invalid("scheduledDate", wanted, "PUT", f"/mass-messaging/{made['id']}")
    api.ok("PUT", f"/queue/{made['id']}/publish")
    assert api.done(made["id"])["sentCount"] == 1
