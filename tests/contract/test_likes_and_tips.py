"""What fans like and tip for, told through the native API, as both dialects show it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.native import face as native_face
from fancast.api.ofauth import face as ofauth_face
from fancast.api.onlyfansapi import face as onlyfansapi_face
from tests.serving import Server
from tests.world import World


@pytest.fixture
def faces() -> list[Face]:
    return [ofauth_face.FACE, onlyfansapi_face.FACE, native_face.FACE]


@pytest.fixture
def client(server: Server, world: World) -> Iterator[httpx.Client]:
    world.fan("ann", id=501)
    world.fan("bo", id=502)
    key = world.key(accounts=[world.account().key])
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield client


def told(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def posted(client: httpx.Client, path: str, body: Any = None) -> Any:
    answer = client.post(f"/v1{path}", json=body or {})
    assert answer.is_success, answer.text
    return answer.json()


def vaults(client: httpx.Client, sort: str) -> list[list[dict[str, Any]]]:
    """The media of the vault in both dialects, by what they are sorted by."""
    return [
        told(client, f"/v2/access/vault/media?sort={sort.replace('-', '_')}")["list"],
        told(client, f"/v2/access/vault/media?sortBy={sort}&sortDirection=desc")["list"],
        told(client, f"/api/acct_ada/media/vault?field={sort}&sort=desc")["data"]["list"],
    ]


def test_tips_and_likes_of_messages_show_on_their_media_and_sort_them(client: httpx.Client, world: World):
    world.media(9)
    sent = {number: world.sent(f"{number}", media=media) for number, media in enumerate(([7, 8], [8]))}
    copies = [world.copy("ann", made).id for made in sent.values()]
    for place, (message, cents) in enumerate(((copies[0], 500), (copies[1], 250))):
        tip = {"amount_cents": cents, "payment_reference": f"pay {place}", "message_id": message}
        posted(client, "/fans/501/tips", tip)
    posted(client, f"/fans/501/messages/{copies[0]}/like")
    posted(client, f"/fans/502/messages/{world.copy('bo', sent[0]).id}/like")
    for media in vaults(client, "highest-tips"):
        assert [item["id"] for item in media] == [8, 7, 9]
        assert [item["counters"]["tipsSumm"] for item in media] == [7.5, 5, 0]
        assert {item["id"]: item["counters"]["likesCount"] for item in media} == {7: 2, 8: 2, 9: 0}
    posted(client, f"/fans/501/messages/{copies[1]}/like")
    for media in vaults(client, "most-liked"):
        assert [(item["id"], item["counters"]["likesCount"]) for item in media] == [(8, 3), (7, 2), (9, 0)]


def test_a_message_is_liked_by_the_creator_or_by_the_fan(client: httpx.Client, world: World):
    theirs, own = world.direct("ann", "look"), world.writes("ann", "hi")
    pages = ("/v2/access/chats/501/messages", "/api/acct_ada/chats/501/messages")

    def shown() -> list[dict[int, bool]]:
        bodies = [told(client, path) for path in pages]
        found = [body.get("list", body.get("data")) for body in bodies]
        return [{item["id"]: item["isLiked"] for item in some} for some in found]

    assert shown() == [{theirs.id: False, own.id: False}] * 2
    posted(client, f"/fans/501/messages/{theirs.id}/like")
    assert shown() == [{theirs.id: True, own.id: False}] * 2
    assert client.post(f"/api/acct_ada/chats/501/messages/{own.id}/like").is_success
    assert shown() == [{theirs.id: True, own.id: True}] * 2
    assert client.delete(f"/v1/fans/501/messages/{theirs.id}/like").is_success
    assert shown() == [{theirs.id: False, own.id: True}] * 2
    native = told(client, "/v1/fans/501/messages")["list"]
    assert {item["id"]: (item["liked_by_fan"], item["liked_by_creator"]) for item in native} == {
        theirs.id: (False, False), own.id: (False, True),
    }  # fmt: skip
