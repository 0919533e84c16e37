"""Media by URL in OnlyFansAPI's dialect: `file_url`, waited for or looked up later; used once, or kept in the vault."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.core.receiving import Workshop
from tests import elsewhere
from tests.contract.onlyfansapi import Api, calling
from tests.core.test_fetching import PATIENT, fetching
from tests.elsewhere import PHOTO, Elsewhere
from tests.serving import Server, until


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def place() -> Iterator[Elsewhere]:
    with elsewhere.running() as found:
        yield found


@pytest.fixture
def api(server: Server, workshop: Workshop, place: Elsewhere) -> Iterator[Api]:
    with fetching(workshop, reach=PATIENT), calling(server) as found:
        found.world.fan("bo")
        yield found


@pytest.mark.parametrize("as_form", [False, True], ids=["JSON", "form"])
def test_a_file_by_its_address_is_taken_by_one_message(api: Api, place: Elsewhere, as_form: bool):
    url = place.url("/photo.jpg")
    how: dict[str, Any] = {"files": {"file_url": (None, url)}} if as_form else {"json": {"file_url": url}}
    told = api.call("POST", "/media/upload", **how)
    assert told.status_code == 200, told.text
    upload = told.json()
    assert upload["data"]["id"] == upload["prefixed_id"]
    body = {"text": "look", "mediaFiles": [upload["prefixed_id"]], "price": 5, "userLists": ["fans"]}
    sent = api.done(api.ok("POST", "/mass-messaging", body)["id"])
    assert sent["sentCount"] == 1
    api.refused(422, "VALIDATION_ERROR", "POST", "/mass-messaging", json=body)
    assert [item["id"] for item in api.get("/media/vault")["data"]["list"]] == sent["mediaFiles"]


def test_a_file_by_its_address_is_looked_up_later(api: Api, place: Elsewhere):
    begun = api.call("POST", "/media/upload", json={"file_url": place.url("/gated.jpg"), "async": True})
    assert (begun.status_code, begun.json()["status"]) == (202, "pending")
    status = f"/media/uploads/{begun.json()['prefixed_id']}/status"
    assert api.get(status)["status"] in ("pending", "processing")
    place.gate.set()

    def look() -> Any:
        found = api.get(status)
        return found if found["status"] == "completed" else None

    done = until(look, "it is here")
    body = {"text": "look", "mediaFiles": [done["media"]["prefixed_id"]], "userLists": ["fans"]}
    assert api.done(api.ok("POST", "/mass-messaging", body)["id"])["sentCount"] == 1


def test_a_file_by_its_address_comes_into_the_vault(api: Api, place: Elsewhere):
    told = api.call("POST", "/media/vault", json={"file_url": place.url("/photo.jpg")})
    assert told.status_code == 200, told.text
    item = told.json()["data"]
    assert (item["isReady"], item["type"], item["files"]["full"]["size"]) == (True, "photo", len(PHOTO))
    assert httpx.get(item["files"]["full"]["url"]).content == PHOTO
    assert api.get(f"/media/vault/{item['id']}")["data"]["id"] == item["id"]


def test_what_cannot_be_fetched_is_refused_with_the_reason(api: Api, place: Elsewhere):
    told = api.refused(
        422, "VALIDATION_ERROR", "POST", "/media/upload", json={"file_url": place.url("/gone.jpg")}
    )
    assert "404 Not Found" in told["message"]
    assert api.get("/media/vault")["data"]["list"] == []


def test_what_cannot_be_fetched_is_told_to_who_looks_later(api: Api, place: Elsewhere):
    begun = api.call(
        "POST", "/media/upload", json={"file_url": place.url("/gone.jpg"), "async": "true"}
    ).json()
    status = f"/media/uploads/{begun['prefixed_id']}/status"

    def look() -> Any:
        found = api.get(status)
        return found if found["status"] == "failed" else None

    assert "404 Not Found" in until(look, "it failed")["error"]


@pytest.mark.parametrize(
    "url", ["ftp://elsewhere.example/a.jpg", "http://user:word@elsewhere.example/", "nonsense"]
)
def test_what_is_no_url_is_refused_at_its_field(api: Api, url: str):
    for path in ("/media/upload", "/media/vault"):
        told = api.refused(422, "VALIDATION_ERROR", "POST", path, json={"file_url": url})
        assert set(told["errors"]) == {"file_url"}
