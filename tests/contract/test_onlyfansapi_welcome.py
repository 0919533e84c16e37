"""The welcome message in OnlyFansAPI's dialect."""

from collections.abc import Iterator

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server, until
from tests.world import DAY

PATH = "/settings/welcome-message"
KEYS = {
    "id", "isActive", "template", "text", "displayText", "giphyId", "lockedText", "price", "isMediaReady", "mediaCount",
    "media", "previews", "isCouplePeopleMedia", "isMarkdownDisabled", "releaseForms", "createdAt",
}  # fmt: skip


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.media(5512)
        yield api


def test_it_is_written_shown_switched_off_and_on(api: Api) -> None:
    nothing = api.get(PATH)["data"]
    assert (set(nothing), nothing["isActive"], nothing["displayText"]) == (KEYS, False, "")
    body = {
        "text": "Hi <you>",
        "price": "5",
        "mediaFiles": "5512",
        "previews": [],
        "lockedText": True,
        "rfTag": "7",
    }
    made = api.ok("POST", PATH, body)
    assert (made["isActive"], made["text"], made["displayText"]) == (
        True,
        "<p>Hi &lt;you&gt;</p>",
        "Hi <you>",
    )
    assert (made["price"], made["mediaCount"], made["lockedText"]) == (5, 1, True)
    assert made["releaseForms"] == [{"id": "7", "type": "rfTag"}]
    assert api.ok("PATCH", PATH, {"enabled": False}) == {"success": True}
    assert api.get(PATH)["data"] == {**made, "isActive": False}
    assert api.ok("PATCH", PATH, {"enabled": "true"}) == {"success": True}


def test_a_new_subscriber_gets_it_by_itself(api: Api) -> None:
    world = api.world
    world.fan("bo", subscribed=False)
    api.ok("POST", PATH, {"text": "Welcome", "isForward": False})
    world.subscription("bo", "start", expires_at=world.clock() + 30 * DAY)

    def greeted() -> bool:
        world.clock.forward(seconds=1)  # the housekeeper looks once a second, by this clock
        return world.inbox("bo") == ["Welcome"]

    until(greeted, "the welcome message")


def test_what_cannot_be_sent_is_not_taken(api: Api) -> None:
    api.invalid("text", {}, "POST", PATH)
    api.invalid("price", {"text": "x", "price": 1}, "POST", PATH)
    api.invalid("mediaFiles", {"text": "x", "price": 5}, "POST", PATH)
    api.invalid("mediaFiles", {"text": "x", "mediaFiles": [999]}, "POST", PATH)
    api.invalid("enabled", {}, "PATCH", PATH)
    refusal = api.refused(400, "ONLYFANS_COM_ERROR", "PATCH", PATH, json={"enabled": True})
    assert "no welcome message" in refusal["message"]
