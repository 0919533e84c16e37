"""Media by URL in OFAuth's dialect: mass messages wait for them, a message to one fan goes out whole or not at all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from fancast.api import waiting
from fancast.api.ofauth.face import FACE
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.core import mass_messages
from fancast.core.receiving import Workshop
from fancast.model.ids import QueueId
from tests import elsewhere
from tests.contract.ofauth import Api
from tests.core.test_fetching import PATIENT, fetching
from tests.elsewhere import PHOTO, Elsewhere
from tests.serving import Server, until


@pytest.fixture
def faces() -> list[Any]:
    return [FACE, ONLYFANSAPI]


@pytest.fixture
def place() -> Iterator[Elsewhere]:
    with elsewhere.running() as found:
        yield found


@pytest.fixture
def api(server: Server, workshop: Workshop, place: Elsewhere) -> Iterator[Api]:
    key = server.world.key()
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    server.world.fan("bo")
    with (
        fetching(workshop, reach=PATIENT),
        server.client(headers=headers, timeout=60) as client,
    ):
        yield Api(server, client)


def done(api: Api, made: Any) -> Any:
    def look() -> Any:
        found = api.one(made)
        return found if found["isDone"] else None

    return until(look, "it is over")


def test_a_mass_message_is_accepted_at_once_and_goes_out_when_its_media_are_here(api: Api, place: Elsewhere):
    made = api.send(mediaItems=[place.url("/gated.jpg")], price=5)
    assert (made["isReady"], made["hasError"], made["isDone"], made["total"]) == (False, False, False, -1)
    waiting_one = api.one(made)
    media = waiting_one["media"][0]
    assert (waiting_one["isMediaReady"], media["isReady"], media["hasError"]) == (False, False, False)
    assert "files" not in media
    assert api.chat("bo") == []
    place.gate.set()
    sent = done(api, made)
    assert (sent["sentCount"], sent["isMediaReady"], sent["hasError"]) == (1, True, False)
    full = sent["media"][0]["files"]["full"]
    assert (full["width"], full["height"], full["size"]) == (320, 240, len(PHOTO))
    assert httpx.get(full["url"]).content == PHOTO
    for form in ("thumb", "preview", "squarePreview"):
        found = sent["media"][0]["files"][form]
        assert httpx.get(found["url"]).status_code == 200
        assert max(found["width"], found["height"]) <= 960
    assert api.chat("bo")[0]["media"][0]["files"]["full"]["size"] == len(PHOTO)


def test_a_mass_message_fails_with_the_reason_when_its_media_never_come(api: Api, place: Elsewhere):
    made = api.send(mediaItems=[place.url("/gone.jpg")])
    failed = done(api, made)
    assert (failed["hasError"], failed["sentCount"], failed["media"][0]["hasError"]) == (True, 0, True)
    assert api.chat("bo") == []
    with api.world.read() as tx:
        trouble = mass_messages.get(tx, api.world.account(), QueueId(made["id"])).trouble
    assert trouble is not None
    assert "404 Not Found" in trouble


def test_the_other_dialect_says_the_same(api: Api, place: Elsewhere):
    made = api.send(mediaItems=[place.url("/gated.jpg")])
    lost = api.send(mediaItems=[place.url("/gone.jpg")])
    done(api, lost)
    theirs = {one["id"]: one for one in api.client.get("/api/acct_ada/mass-messaging").json()["data"]}
    told = [(theirs[one["id"]]["isReady"], theirs[one["id"]]["hasError"]) for one in (made, lost)]
    assert told == [(False, False), (False, True)]
    one = f"/api/acct_ada/mass-messaging/{lost['id']}"
    gone = api.client.delete(one).json()["data"]
    assert (gone["success"], gone["queue"]["isCanceled"], gone["queue"]["sentCount"]) == (True, True, 0)
    assert api.client.get(one).status_code == 404
    assert [each["id"] for each in api.get("/mass-messages", type="scheduled")["list"]] == [made["id"]]


def test_a_url_in_a_put_is_fetched_and_goes_out(api: Api, place: Elsewhere):
    made = api.send(scheduledDate="2026-03-05T10:00:00Z")
    one = f"/mass-messages/{made['id']}"
    edited = api.ok("PUT", one, {"mediaItems": [place.url("/gated.jpg")], "price": 5, "scheduledDate": None})
    assert (edited["isReady"], edited["isDone"], edited["hasError"]) == (False, False, False)
    assert api.chat("bo") == []
    place.gate.set()
    sent = done(api, made)
    assert (sent["sentCount"], sent["price"], sent["mediaCount"]) == (1, "5.00", 1)
    assert api.chat("bo")[0]["media"][0]["files"]["full"]["size"] == len(PHOTO)


def test_a_scheduled_one_keeps_what_it_fetched_and_shows_it(api: Api, place: Elsewhere):
    made = api.send(mediaItems=[place.url("/photo.jpg")], scheduledDate="2026-03-05T10:00:00Z")

    def look() -> bool:
        found: bool = api.one(made)["isMediaReady"]
        return found

    until(look, "its media are here")
    assert [item["isReady"] for item in api.get("/vault/media")["list"]] == [True]


def test_a_message_to_one_fan_goes_out_with_what_was_fetched(api: Api, place: Elsewhere):
    sent = api.ok(
        "POST", "/chats/bo/messages", {"text": "look", "mediaItems": [place.url("/photo.jpg")], "price": 5}
    )
    assert (sent["isMediaReady"], sent["mediaCount"]) == (True, 1)
    assert sent["media"][0]["files"]["full"]["size"] == len(PHOTO)
    assert [one["id"] for one in api.chat("bo")] == [sent["id"]]
    assert place.asked["photo"] == 1


def test_a_message_to_one_fan_is_refused_with_the_reason_when_its_media_never_come(
    api: Api, place: Elsewhere
):
    path, body = "/chats/bo/messages", {"text": "look", "mediaItems": [place.url("/gone.jpg")]}
    told = api.call("POST", path, json=body)
    assert (told.status_code, told.json()["details"]) == (400, {"field": "mediaItems"})
    assert "404 Not Found" in told.json()["message"]
    assert "Nothing was sent" in told.json()["message"]
    assert api.chat("bo") == []


def test_a_caller_is_not_kept_waiting_for_ever(api: Api, place: Elsewhere, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 0.3)
    path, url = "/chats/bo/messages", place.url("/gated.jpg")
    told = api.call("POST", path, json={"text": "look", "mediaItems": [url]}).json()["message"]
    assert "not fetched within 0.3 seconds; nothing was sent" in told
    assert api.chat("bo") == []
    media_id = int(told.split("with media ")[1].split(" ")[0])
    place.gate.set()
    until(lambda: [one["id"] for one in api.get("/vault/media")["list"]] == [media_id], "it is in the vault")
    sent = api.ok("POST", path, {"text": "look", "mediaItems": [media_id]})
    assert sent["media"][0]["id"] == media_id


def test_while_one_waits_others_are_served(api: Api, place: Elsewhere, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 30.0)
    body = {"text": "look", "mediaItems": [place.url("/gated.jpg")]}
    with ThreadPoolExecutor(30) as pool:
        waits = [pool.submit(api.call, "POST", "/chats/bo/messages", json=body) for _ in range(30)]
        until(lambda: place.asked["gated"], "they wait")
        sent = api.ok("POST", "/chats/bo/messages", {"text": "meanwhile"})
        assert not any(wait.done() for wait in waits)
        place.gate.set()
        statuses = {wait.result().status_code for wait in waits}
    assert statuses <= {200, 400}
    assert sent["text"] == "<p>meanwhile</p>"


def test_a_repeat_of_a_message_with_a_url_is_sent_once_and_fetched_once(api: Api, place: Elsewhere):
    body = {"text": "look", "mediaItems": [place.url("/photo.jpg")]}
    headers = {"Idempotency-Key": "one"}
    first = api.call("POST", "/chats/bo/messages", json=body, headers=headers)
    again = api.call("POST", "/chats/bo/messages", json=body, headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    marked = api.call(
        "POST", "/chats/bo/messages", json=body, headers={"x-stainless-retry-count": "1"}
    )  # fmt: skip
    assert marked.status_code == 200
    assert marked.json()["id"] == first.json()["id"]
    assert len(api.chat("bo")) == 1
    assert place.asked["photo"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://user:word@elsewhere.example/a.jpg",
        "http://elsewhere.example:0/",
        "https://",
        "http://a b.example/",
    ],
)
def test_what_cannot_be_fetched_is_refused_before_anything_is_made(api: Api, url: str):
    for path in ("/mass-messages", "/chats/bo/messages"):
        body = {"text": "look", "mediaItems": [url], "userLists": ["fans"]}
        told = api.refused("POST", path, 400, "BAD_REQUEST", json=body)
        assert told["details"] == {"field": "mediaItems"}


def test_a_long_signed_url_is_taken(api: Api, place: Elsewhere):
    made = api.send(mediaItems=[place.url("/photo.jpg?signature=" + "a" * 1_500)])
    assert done(api, made)["sentCount"] == 1
