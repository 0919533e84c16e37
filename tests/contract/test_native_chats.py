"""What a fan does in a chat through the native API: writes, reads, types."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.native.face import FACE
from fancast.core import chats
from tests.contract.native import Api
from tests.serving import Server
from tests.world import World


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    world.fans("ann", "bo")
    headers = {"authorization": f"Bearer {world.key(accounts=[world.account().key])}"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def test_a_fan_writes_and_the_creator_has_it_unread(api: Api, world: World) -> None:
    world.media(790)
    told = api.post("/fans/1001/messages", {"text": "hi", "media_ids": [790]}, 201)
    assert (told["sender"], told["text"], told["read"], told["tip_cents"]) == ("fan", "hi", False, 0)
    assert told["media"] == [{"media_id": 790, "type": "photo", "preview": False}]
    assert api.get("/fans/1001/messages")["list"] == [told]
    assert [chat.unread_count for chat in world.chats()] == [1]
    assert world.events()[-1].kind == "message.received"


def test_what_a_fan_cannot_write_is_refused(api: Api, world: World) -> None:
    api.refused("POST", "/fans/1001/messages", 400, "empty_message", json={"text": " "})
    api.refused("POST", "/fans/1001/messages", 400, "unknown_media", json={"media_ids": [4]})
    api.refused("POST", "/fans/1001/messages", 400, "unknown_field", json={"text": "hi", "price_cents": 5})
    api.refused("POST", "/fans/77/messages", 404, "fan_not_found", json={"text": "hi"})
    world.change_fan("ann", blocked=True)
    api.refused("POST", "/fans/1001/messages", 409, "fan_cannot_write", json={"text": "hi"})


def test_a_fan_cannot_open_what_is_locked_by_sending_it(api: Api, world: World) -> None:
    world.media(790, 791)
    priced = {"price_cents": 500, "media_ids": [790, 791], "preview_media_ids": [791]}
    api.done(api.send(text="set", **priced))
    api.refused("POST", "/fans/1001/messages", 403, "locked", json={"text": "look", "media_ids": [790]})
    assert [one["sender"] for one in api.get("/fans/1001/messages")["list"]] == ["creator"]
    api.refused("GET", "/fans/1001/media/790", 403, "locked")
    api.post("/fans/1001/messages", {"text": "this one", "media_ids": [791]}, 201)
    copy = api.get("/fans/1001/messages")["list"][1]["id"]
    api.post("/fans/1001/purchases", {"message_id": copy, "payment_reference": "p1"}, 201)
    api.post("/fans/1001/messages", {"text": "and mine now", "media_ids": [790]}, 201)


def test_a_fan_reads_and_every_mass_message_is_viewed_once(api: Api) -> None:
    made = [api.done(api.send(text=f"all {place}")) for place in range(2)]
    newest = api.get("/fans/1001/messages")["list"][0]
    assert api.post("/fans/1001/reads", {"up_to_message_id": newest["id"]}) == {
        "up_to_message_id": newest["id"], "viewed": 2,
    }  # fmt: skip
    assert api.post("/fans/1001/reads", {"up_to_message_id": newest["id"]})["viewed"] == 0
    assert [api.get(f"/mass-messages/{one['id']}")["viewed"] for one in made] == [1, 1]
    assert [one["read"] for one in api.get("/fans/1001/messages")["list"]] == [True, True]
    assert [one["read"] for one in api.get("/fans/1002/messages")["list"]] == [False, False]
    api.refused("POST", "/fans/1001/reads", 404, "message_not_found", json={"up_to_message_id": 2**53 - 1})
    api.refused("POST", "/fans/1001/reads", 400, "missing_field", json={})


def test_a_fan_likes_a_message_once_and_takes_it_back_once(api: Api, world: World) -> None:
    world.media(790)
    api.done(api.send(text="set", media_ids=[790], price_cents=500))
    copy = api.get("/fans/1001/messages")["list"][0]
    assert (copy["liked_by_fan"], copy["liked_by_creator"]) == (False, False)
    path = f"/fans/1001/messages/{copy['id']}/like"
    assert api.post(path) == api.post(path) == {"message_id": copy["id"], "liked": True}
    assert api.get("/fans/1001/messages")["list"][0] == {**copy, "liked_by_fan": True}
    assert api.get("/fans/1002/messages")["list"][0]["liked_by_fan"] is False
    assert world.media_told(790) == [(1, 0)]
    for _ in range(2):
        answer = api.call("DELETE", path)
        assert (answer.status_code, answer.json()) == (200, {"message_id": copy["id"], "liked": False})
    assert world.media_told(790) == [(0, 0)]
    assert [event.kind.value for event in world.events()][-2:] == ["message.liked", "message.unliked"]


def test_what_a_fan_cannot_like_is_refused(api: Api, world: World) -> None:
    own, theirs = world.writes("ann"), world.direct("ann", "hi")
    for method in ("POST", "DELETE"):
        api.refused(method, f"/fans/1001/messages/{own.id}/like", 409, "own_message")
        api.refused(method, f"/fans/1002/messages/{theirs.id}/like", 404, "message_not_found")
        api.refused(method, "/fans/1001/messages/x/like", 404, "message_not_found")
        api.refused(method, f"/fans/77/messages/{theirs.id}/like", 404, "fan_not_found")
    world.withdraws(theirs, "ann")
    api.refused("POST", f"/fans/1001/messages/{theirs.id}/like", 404, "message_not_found")


def test_a_sign_of_typing_is_one_event_in_its_time(api: Api, world: World) -> None:
    for _ in range(2):
        assert api.post("/fans/1001/typing") == {"shown_seconds": 4}
    assert [event.kind.value for event in world.events()].count("fan.typing") == 1


def test_a_fan_keeps_what_the_creator_deleted_for_themselves(api: Api, world: World) -> None:
    api.post("/fans/1001/messages", {"text": "hi"}, 201)
    with world.write() as tx:
        chats.delete(tx, world.account(), world.fan_of("ann"))
    assert [one["text"] for one in api.get("/fans/1001/messages")["list"]] == ["hi"]
    assert world.chats() == []
