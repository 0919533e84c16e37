"""Every documented operation of every face, with each of its words replaced by what nobody means.

Taken or refused, but in words: never a 500, and never a 503 of a database that met what it cannot hold.
The operations and their words are read from the OpenAPI documents, so that a new one is asked from its first day.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from fancast.api import openapi
from fancast.api.http import Face
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.model.mass_messages import State
from tests.serving import Server

VALUES = [
    None, 2**63 - 1, 1e18, "٣", "x" * 11_000, "0001-01-01T00:00:00+14:00", [[None]], ["fans", 2**62, 1.5], {"id": []},
]  # fmt: skip
TEXTS = ["9" * 30, "٣", '{"a":[]}', "0001-01-01T00:00:00+14:00"]
PLACES = ["9" * 30, str(2**53), "%D9%A3"]
SEND = {"text": "Hi", "userLists": ["vip"]}
#: What is sent where a word is replaced, for operations whose own sample would do too much or too little.
BODIES: Mapping[str, Mapping[str, Any]] = {
    "/v2/access/mass-messages": SEND,
    "/api/{account}/mass-messaging": SEND,
    "/v1/mass-messages": {"text": "Hi", "audience": {"user_lists": ["fans"]}, "draft": True},
    # Without an address, which nobody would fetch here.
    "/api/{account}/media/upload": {"type": "default"},
    "/api/{account}/media/vault": {"type": "default"},
    "/v1/fans/{fan_id}/subscriptions": {
        "action": "renew",
        "expires_at": "2027-01-01T00:00:00Z",
        "price_cents": 0,
    },
}
JSON = "application/json"
AUDIENCE = ("user_lists", "fan_ids", "exclude_user_lists", "subscribed_after", "subscribed_within_days")


@pytest.fixture(params=[OFAUTH, ONLYFANSAPI, NATIVE], ids=lambda face: face.name)
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = request.param
    return found


@pytest.fixture
def faces(face: Face) -> Sequence[Face]:
    return [face]


@pytest.mark.slow
def test_no_operation_breaks(server: Server, face: Face) -> None:
    world = server.world
    world.user_list("vip", world.fan("ann").username)
    world.media(5512)
    key = world.key(accounts=[world.account().key])
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers, timeout=60) as client:
        answers = [(asked, _status(client, *asked)) for asked in _calls(face, _ids(server))]
    assert [asked for asked, status in answers if status >= 500] == []
    # It reached the handlers: some were done, some refused.
    assert {200, 400} <= {status for _, status in answers} or face is ONLYFANSAPI


Asked = tuple[str, str, dict[str, str], object]


def _status(client: httpx.Client, method: str, path: str, query: dict[str, str], body: object) -> int:
    content = {} if body is _NO_BODY else {"content": json.dumps(body).encode()}
    return client.request(method, path, params=query or None, **content).status_code  # type: ignore[arg-type]


def _ids(server: Server) -> Mapping[str, str]:
    world = server.world
    fan = str(world.fan_of("ann").fan_id)
    listed = str(world.user_list("vip").ref)
    drafted = str(world.in_state(State.DRAFT).id)
    ids = dict.fromkeys(("massMessageId", "queue_id", "mass_message_id", "id"), drafted)
    ids |= dict.fromkeys(("userId", "user_id", "fan_id"), fan) | dict.fromkeys(("listId", "list_id"), listed)
    return ids | {"account": "acct_ada", "account_id": "acct_ada"}


def _calls(face: Face, ids: Mapping[str, str]) -> Iterator[Asked]:
    document = openapi.document(face)
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            yield from _variations(method.upper(), path, said, document, ids)


def _variations(
    method: str, path: str, said: Mapping[str, Any], document: Mapping[str, Any], ids: Mapping[str, str]
) -> Iterator[Asked]:
    right = _filled(path, ids)
    body = _body(path, said)
    if method != "DELETE":
        yield method, right, {}, body
    for name in re.findall(r"\{(\w+)\}", path):
        for place in PLACES:
            strange = _filled(path, {**ids, name: place})
            yield method, strange, {}, body
    if method == "GET":
        for each in said.get("parameters", ()):
            if each["in"] == "query":
                yield from ((method, right, {each["name"]: text}, body) for text in TEXTS)
    if body is not _NO_BODY:
        yield from ((method, right, {}, strange) for strange in _bodies(body, said, document))


def _filled(path: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), path)


_NO_BODY = object()


def _body(path: str, said: Mapping[str, Any]) -> object:
    if "requestBody" not in said:
        return _NO_BODY
    # Where a file is wanted, JSON is but strange bytes.
    return BODIES.get(path) or said["requestBody"]["content"].get(JSON, {}).get("example", {})


def _bodies(body: object, said: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[object]:
    yield from VALUES
    assert isinstance(body, dict)
    schemas = document["components"]["schemas"]
    if JSON not in said["requestBody"]["content"]:
        return
    schema = said["requestBody"]["content"][JSON]["schema"]
    for shape in schema.get("anyOf", [schema]):
        for name in openapi.resolved(shape, schemas)[1].get("properties", {}):
            yield from ({**body, name: value} for value in VALUES)
    if isinstance(body.get("audience"), dict):
        for name in AUDIENCE:
            yield from ({**body, "audience": {**body["audience"], name: value}} for value in VALUES)
