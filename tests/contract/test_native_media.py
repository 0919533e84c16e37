"""A fan's media over the native API: bytes of what the fan owns or is shown, and of nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from fancast.core import receiving
from fancast.core.receiving import Workshop
from fancast.core.uploads import Announced
from tests.contract.native import PROBLEM_KEYS, Api
from tests.serving import Server
from tests.workshops import Sample, gif, photo, video


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    server.world.fans("bo", "cy")
    key = server.world.key(accounts=[server.world.account().key])
    headers = {"Authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


class Vault:
    def __init__(self, api: Api, workshop: Workshop) -> None:
        self.api, self.workshop = api, workshop

    def add(self, sample: Sample) -> int:
        wanted = Announced(sample.name, sample.content_type)
        made = receiving.receive_new(self.workshop, self.api.world.account(), wanted, iter([sample.content]))
        media_id = made.result().media_id
        assert media_id is not None
        return media_id

    def fetch(self, name: str, media_id: int, **how: Any) -> httpx.Response:
        fan = self.api.world.fan_of(name).fan_id
        return self.api.call("GET", f"/fans/{fan}/media/{media_id}", **how)

    def locked(self, name: str, media_id: int, **how: Any) -> None:
        answer = self.fetch(name, media_id, **how)
        assert (answer.status_code, answer.json()["code"]) == (403, "locked")
        assert set(answer.json()) == PROBLEM_KEYS

    def buy(self, name: str, media_id: int) -> None:
        fan = self.api.world.fan_of(name).fan_id
        chat = self.api.get(f"/fans/{fan}/messages")["list"]
        priced = next(each for each in chat if each["price_cents"])
        body = {"message_id": priced["id"], "payment_reference": f"{name}-{media_id}"}
        answer = self.api.call("POST", f"/fans/{fan}/purchases", json=body)
        assert answer.status_code in (200, 201), answer.text


@pytest.fixture
def vault(api: Api, workshop: Workshop) -> Vault:
    return Vault(api, workshop)


def test_media_are_locked_until_bought_and_previews_are_not(vault: Vault):
    paid, shown = vault.add(photo()), vault.add(gif())
    priced = {"price_cents": 500, "media_ids": [paid, shown], "preview_media_ids": [shown]}
    vault.api.done(vault.api.send(**priced))
    vault.locked("bo", paid)
    vault.locked("bo", paid, params={"form": "thumb"})
    assert vault.fetch("bo", shown).content == gif().content
    vault.buy("bo", paid)
    assert vault.fetch("bo", paid).content == photo().content
    assert vault.fetch("bo", paid, params={"form": "square"}).headers["content-type"] == "image/jpeg"
    vault.locked("cy", paid)


def test_free_media_are_open_to_those_who_got_them(vault: Vault):
    vault.api.world.fan("di", subscribed=False)
    free, kept = vault.add(photo()), vault.add(gif())
    vault.api.done(vault.api.send(media_ids=[free]))
    assert vault.fetch("bo", free).content == photo().content
    vault.locked("di", free)
    vault.locked("bo", kept)


def test_what_was_unsent_is_gone_unless_it_was_bought(vault: Vault):
    paid, free = vault.add(photo()), vault.add(gif())
    made = vault.api.done(vault.api.send(price_cents=500, media_ids=[paid, free], preview_media_ids=[free]))
    vault.buy("bo", paid)
    vault.api.post(f"/mass-messages/{made['id']}/unsend")
    assert vault.fetch("bo", paid).status_code == 200
    assert vault.fetch("bo", free).status_code == 200
    vault.locked("cy", free)


def test_a_message_may_be_named_to_look_in(vault: Vault):
    media, other = vault.add(photo()), vault.add(gif())
    vault.api.done(vault.api.send(media_ids=[media]))
    fan = vault.api.world.fan_of("bo").fan_id
    message = vault.api.get(f"/fans/{fan}/messages")["list"][0]["id"]
    assert vault.fetch("bo", media, params={"message_id": message}).status_code == 200
    vault.locked("bo", other, params={"message_id": message})
    assert vault.fetch("bo", media, params={"message_id": 5}).status_code == 404


def test_parts_of_a_file_can_be_asked_for(vault: Vault):
    media, content = vault.add(video()), video().content
    vault.api.done(vault.api.send(media_ids=[media]))
    answer = vault.fetch("bo", media, headers={"range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, content[100:200])
    assert answer.headers["content-range"] == f"bytes 100-199/{len(content)}"


def test_links_are_for_pages_without_a_key(vault: Vault):
    media = vault.add(photo())
    fan = vault.api.world.fan_of("bo").fan_id
    assert vault.api.call("GET", f"/fans/{fan}/media/{media}/link").status_code == 403
    vault.api.done(vault.api.send(media_ids=[media]))
    told = vault.api.get(f"/fans/{fan}/media/{media}/link")
    assert set(told) == {"url", "expires_at"}
    with httpx.Client() as page:
        assert page.get(told["url"]).content == photo().content


def test_what_does_not_exist_is_not_found(vault: Vault):
    vault.api.world.media(790)
    vault.api.world.account("eve")
    vault.api.world.media(791, on="eve")
    vault.api.done(vault.api.send(media_ids=[790]))
    for media in ("404", "x", "791"):
        answer = vault.fetch("bo", media)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (404, "media_not_found")
    assert vault.fetch("bo", 790).json()["code"] == "file_not_found"
    assert vault.fetch("bo", 790, params={"form": "huge"}).json()["code"] == "invalid"
    assert vault.api.call("GET", "/fans/404/media/790").status_code == 404
