"""Every documented operation of every face, with each of its words replaced by what nobody means.

Taken or refused, but in words: never a 500, and never a 503 of a database that met what it cannot hold. A refusal has
a status that the operation's document tells of, and its face's own shape.
The operations and their words are read from the OpenAPI documents, so that a new one is asked from its first day.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from fancast.api import openapi
from fancast.api.http import Face
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.model.mass_messages import State
from tests.serving import Server
from tests.world import on_sqlite

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
FORM = "multipart/form-data"
DEEP = "[" * 60 + "]" * 60
#: Bodies that no operation takes: types, bytes that are no text, JSON that is none or that nobody can keep.
BYTES = [
    (JSON, b""), (JSON, b" \n"), (JSON, b'{"text":'), (JSON, b"\xff\xfe{}"), (JSON, b'"\xed\xa0\x80"'), (JSON, b"NaN"),
    (JSON, b"[" * 20_000), (JSON, b'{"a":' * 70 + b"1" + b"}" * 70), (JSON, b'{"text":"Hi","text":"Ho"} {}'),
    (f"{JSON}; charset=utf-16", '{"text":"Hi"}'.encode("utf-16")), ("text/xml", b"<a/>"), ("", b"text=Hi"),
    ("application/x-www-form-urlencoded", b"text=Hi"), ("a b;;=", b"{}"), (FORM, b"--x\r\n\r\n"),
    (f"{FORM}; boundary=x", b"--y\r\n\r\n--y--"), (f"{FORM}; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
    (f"{FORM}; boundary=x", b'--x\r\nContent-Disposition: form-data; name="name\x00d"\r\n\r\n\xff\x00\r\n--x--\r\n'),
    (f"{FORM}; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="\0"\r\n\r\n\r\n--x--\r\n'),
]  # fmt: skip
#: What stands for one word of a body, as JSON that Python would not write.
RAW_VALUES = ['"a\\u0000b"', '"\\ud800"', "1e400", "-" + "9" * 400, DEEP, '{"a":' * 60 + "1" + "}" * 60]
RAW_QUERIES = [
    "%ZZ=1", "limit=%00", "limit=%FF%FE", "offset=%ED%A0%80", "limit[]=1&limit[a][b]=2&limit=3", "=&&=",
    "limit=" + "9" * 400, "&".join(f"a{number}=1" for number in range(2_500)),
]  # fmt: skip
RAW_PLACES = ["%00", "%ZZ", "%FF", "%ED%A0%80", "-1", "0", "9" * 400, "..%2F..", "%0D%0A", "1e3", "true"]
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
    with Line(server, face) as line:
        for asked in _calls(face, _ids(server)):
            line.ask(asked)
    assert not line.troubles, "\n".join(line.troubles[:40])
    # It reached the handlers: some were done, some refused.
    assert {200, 400} <= line.statuses or face is ONLYFANSAPI


@on_sqlite
@pytest.mark.slow
def test_no_bytes_break_an_operation(server: Server, face: Face) -> None:
    """What no client of ours would send, raw; most of it meets no database."""
    with Line(server, face) as line:
        # What takes away comes last.
        for asked in sorted(_raw_calls(face, _ids(server)), key=lambda asked: asked.method == "DELETE"):
            line.ask(asked)
    assert not line.troubles, "\n".join(line.troubles[:40])
    assert {200, 404, 415} <= line.statuses


@dataclass(frozen=True)
class Asked:
    """One call, and the operation that it is for as its document has it."""

    method: str
    path: str
    said: Mapping[str, Any]
    query: str = ""
    body: bytes | None = None
    content_type: str = JSON

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]}?{self.query[:200]} {self.content_type} {(self.body or b'')[:300]!r}"


class Line:
    """Asks over one connection, with a key that may do everything, and remembers what was wrong."""

    def __init__(self, server: Server, face: Face) -> None:
        world = server.world
        world.user_list("vip", world.fan("ann").username)
        world.media(5512)
        key = world.key(accounts=[world.account().key])
        address = urlsplit(server.base_url)
        self._headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
        self._connection = HTTPConnection(str(address.hostname), address.port, timeout=60)
        self._face = face
        self.statuses: set[int] = set()
        self.troubles: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, asked: Asked) -> None:
        path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        typed = {"content-type": asked.content_type} if asked.body is not None else {}
        self._connection.request(asked.method, path, asked.body, self._headers | typed)
        answer = self._connection.getresponse()
        wrong = self._wrong(asked, answer.status, answer.headers, answer.read())
        self.statuses.add(answer.status)
        if wrong:
            self.troubles.append(f"{asked}: {wrong}")

    def _wrong(self, asked: Asked, status: int, headers: HTTPMessage, body: bytes) -> str | None:
        told = self._face.document
        assert told is not None
        # Operations that take no body tell of no 413 and no 415, which a body may get all the same.
        if status >= 500 or not (str(status) in asked.said["responses"] or status in told.errors):
            return f"answered {status}: {body[:300]!r}"
        if status < 400:
            return None
        if headers["content-type"] != told.error_content_type:
            return f"{status} as {headers['content-type']}"
        try:
            msgspec.json.decode(body, type=told.error)
        except msgspec.MsgspecError as error:
            return f"{status} in another shape: {error}: {body[:300]!r}"
        known = {each.encode_name for each in msgspec.structs.fields(told.error)}  # type: ignore[arg-type]
        more = set(json.loads(body)) - known
        return f"{status} with {more}" if more else None


def _ids(server: Server) -> Mapping[str, str]:
    world = server.world
    fan = str(world.fan_of("ann").fan_id)
    listed = str(world.user_list("vip").ref)
    drafted = str(world.in_state(State.DRAFT).id)
    ids = dict.fromkeys(("massMessageId", "queue_id", "mass_message_id", "id"), drafted)
    ids |= dict.fromkeys(("userId", "user_id", "fan_id"), fan) | dict.fromkeys(("listId", "list_id"), listed)
    return ids | {"account": "acct_ada", "account_id": "acct_ada"}


def _calls(face: Face, ids: Mapping[str, str]) -> Iterator[Asked]:
    for method, path, said, document in _operations(face):
        yield from _variations(method, path, said, document, ids)


def _operations(face: Face) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    document = openapi.document(face)
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            yield method.upper(), path, said, document


def _variations(
    method: str, path: str, said: Mapping[str, Any], document: Mapping[str, Any], ids: Mapping[str, str]
) -> Iterator[Asked]:
    right, body = _filled(path, ids), _body(path, said)
    raw = None if body is _NO_BODY else json.dumps(body).encode()
    if method != "DELETE":
        yield Asked(method, right, said, body=raw)
    for name in re.findall(r"\{(\w+)\}", path):
        for place in PLACES:
            yield Asked(method, _filled(path, {**ids, name: place}), said, body=raw)
    if method == "GET":
        for each in said.get("parameters", ()):
            if each["in"] == "query":
                yield from (
                    Asked(method, right, said, urlencode({each["name"]: text}), raw) for text in TEXTS
                )
    if raw is not None:
        for strange in _bodies(body, said, document):
            yield Asked(method, right, said, body=json.dumps(strange).encode())


def _raw_calls(face: Face, ids: Mapping[str, str]) -> Iterator[Asked]:
    for method, path, said, document in _operations(face):
        right, body = _filled(path, ids), _body(path, said)
        raw = None if body is _NO_BODY else json.dumps(body).encode()
        for name in re.findall(r"\{(\w+)\}", path):
            yield from (
                Asked(method, _filled(path, {**ids, name: place}), said, body=raw) for place in RAW_PLACES
            )
        yield from (Asked(method, right, said, query, raw) for query in RAW_QUERIES)
        if method != "GET":
            yield from (Asked(method, right, said, body=sent, content_type=kind) for kind, sent in BYTES)
        for name in () if raw is None else _words(said, document):
            kept = {each: value for each, value in body.items() if each != name}  # type: ignore[attr-defined]
            for value in RAW_VALUES:
                sent = json.dumps(kept)[:-1] + (", " if kept else "") + f'"{name}": {value}}}'
                yield Asked(method, right, said, body=sent.encode())


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
    for name in _words(said, document):
        yield from ({**body, name: value} for value in VALUES)
    if isinstance(body.get("audience"), dict):
        for name in AUDIENCE:
            yield from ({**body, "audience": {**body["audience"], name: value}} for value in VALUES)


def _words(said: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    """The fields of an operation's JSON body."""
    schema = said["requestBody"]["content"].get(JSON, {}).get("schema", {})
    for shape in schema.get("anyOf", [schema]) if schema else ():
        yield from openapi.resolved(shape, document["components"]["schemas"])[1].get("properties", {})
