"""Every route that names a thing, in both dialects, asked for another account's real thing of that kind.

A row is a route and one of the names in its path. The stranger asks with things of its own but for that one, which is
another account's: it is not there. Then the other account asks with the same id and is answered: so it was a real one,
of the right kind, and nothing else was wrong with the call.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from fancast.api.http import Face, Route
from fancast.api.ofauth import outside
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.core import vault_lists
from fancast.model.ids import MediaId
from fancast.store import heads
from tests.contract.rights import holding, label, path_of
from tests.serving import Server
from tests.workshops import photo
from tests.world import DAY, World, on_sqlite

#: They name nothing of an account.
ELSEWHERE = {
    "GET /api/{account}/media/download/{cdn_url:path}", *(label(route) for route in outside.ROUTES),
    # Refused in words, whoever asks.
    "GET /api/{account}/fans/{fan_id}/summary", "POST /api/{account}/fans/{fan_id}/summary",
}  # fmt: skip
ROWS = [
    (face, route, name)
    for face in (OFAUTH, ONLYFANSAPI)
    for route in face.routes
    if label(route) not in ELSEWHERE and not route.path.startswith(("/api/accounts", "/v2/account"))
    for name in holding(route)
]
FANS = {"userId", "user_id", "fan_id", "chat_id", "username"}
Things = Mapping[str, str]


@dataclass
class Owner:
    """An account with things of every kind, each made anew when asked for; its ids are nobody else's."""

    world: World
    client: httpx.Client
    on: str
    first: int
    _count: Iterator[int] = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        return {"x-connection-id": self.world.account(self.on).connection_id}

    def things_for(self, route: Route) -> dict[str, str]:
        """What the names in the route's path stand for, belonging together."""
        fan = str(self.begin())
        things = {"account": self.world.account(self.on).acct_id, "partNumber": "1", "fan": fan}
        names = list(holding(route))
        things |= {name: fan for name in names if name in FANS}
        return things | {name: str(self._thing(name, route)) for name in names if name not in FANS}

    def begin(self) -> int:
        """A new fan, whom the next things are for."""
        self._name = f"{self.on}{next(self._count)}"
        return self.fan(self._name)

    def named(self, kind: str) -> object:
        """A thing that a body may name."""
        match kind:
            case "fan":
                return self.begin()
            case "list":
                return self._user_list()
            case "media":
                return self._media()
            case "form":
                return self._form_upload()
        id = self._upload(in_parts=False)
        headers = self.headers | {"content-type": "image/jpeg"}
        sent = self.client.put(f"/v2/access/uploads/{id}", content=photo().content, headers=headers)
        assert sent.status_code == 200, sent.text
        return id

    def fan(self, name: str) -> int:
        return self.world.fan(name, id=self.first + next(self._count), on=self.on).fan_id

    def _thing(self, name: str, route: Route) -> object:
        match name:
            case "listId" | "list_id":
                return self._vault_list() if "/vault/" in route.path else self._user_list()
            case "massMessageId" | "queue_id":
                return self._queued() if "attach-tags" in route.path else self._mass_message()
            case "messageId" | "message_id":
                return self._mass_message() if "/engagement/" in route.path else self._message()
            case "mediaUploadId":
                return self._upload("/parts/" in route.path)
            case "prefixed_id":
                return self._form_upload()
            case "media_id":
                return self._media()
        raise AssertionError(f"{label(route)}: what is {name}?")

    def _user_list(self) -> object:
        return self.world.user_list(f"of {self._name}", self._name, on=self.on).ref

    def _mass_message(self) -> int:
        return self.world.send("Hi", fans=[self._name], at=self.world.clock() + DAY, on=self.on).id

    def _queued(self) -> int:
        return self.world.direct(self._name, "Hello", on=self.on).queue_id

    def _message(self) -> int:
        return self.world.direct(self._name, "Hello", on=self.on).id

    def _media(self) -> MediaId:
        return self.world.media(self.first + next(self._count), on=self.on)[0]

    def _vault_list(self) -> int:
        with self.world.write() as tx:
            account = self.world.account(self.on)
            made = vault_lists.create(tx, account, self._name, now=self.world.clock())
            vault_lists.add_media(tx, account, made.id, [self._media()])
            return made.id

    def _upload(self, in_parts: bool) -> str:
        size = 100_000_000 if in_parts else len(photo().content)
        said = {"filename": "a.jpg", "size": size, "contentType": "image/jpeg"}
        answer = self.client.post("/v2/access/uploads/init", json=said, headers=self.headers)
        return answer.json()["mediaUploadId"]

    def _form_upload(self) -> str:
        file = {"file": ("a.jpg", photo().content, "image/jpeg")}
        account = self.world.account(self.on).acct_id
        return self.client.post(f"/api/{account}/media/upload", files=file).json()["prefixed_id"]


#: Where a route's sample names things, or it has none.
BODIES: dict[str, Callable[[Owner, Things], Any]] = {
    "DELETE /v2/access/messages/{messageId}": lambda _, things: {"withUserId": things["fan"]},
    "DELETE /v2/access/chats/{userId}/messages/{messageId}": lambda *_: {},
    "POST /v2/access/users/{userId}/lists": lambda owner, _: {"listIds": [owner._user_list()]},
    "POST /v2/access/users/{userId}/user-lists/batch": lambda owner, _: {"listIds": [owner._user_list()]},
    "POST /v2/access/vault/lists/{listId}/media": lambda owner, _: {"mediaIds": [owner._media()]},
    "POST /api/{account}/media/vault/lists/{list_id}/media": lambda owner, _: {"mediaIds": [owner._media()]},
    "DELETE /api/{account}/media/vault/lists/{list_id}/media": lambda owner, _: {"mediaIds": [owner._media()]},
    "POST /api/{account}/messages/{queue_id}/attach-tags": lambda *_: {"rf_guest": []},
    "PUT /api/{account}/mass-messaging/{queue_id}": lambda *_: {"text": "Better words"},
    "PUT /api/{account}/user-lists/{list_id}": lambda *_: {"name": "Regulars"},
    "POST /api/{account}/user-lists/{list_id}/users": lambda owner, things: {
        "ids": [owner.fan(f"beside {things['fan']}")]
    },
}  # fmt: skip
#: What a stranger is told where the vendor's page says another thing than 404.
TOLD = {"POST /api/{account}/user-lists/{list_id}/users": 400}
#: What a path needs beside, to be answered at all.
QUERIES = {"GET /api/{account}/chats/{chat_id}/messages/search": "?query=hello"}


def ask(owner: Owner, route: Route, things: Things) -> httpx.Response:
    path = path_of(route, things) + QUERIES.get(label(route), "")
    if "/uploads/{mediaUploadId}" in route.path:
        content = photo().content if "/parts/" not in path else b"x" * (8 * 1024**2)
        headers = owner.headers | {"content-type": "image/jpeg"}
        return owner.client.request(route.method, path, content=content, headers=headers)
    said = BODIES.get(label(route))
    body = said(owner, things) if said else route.sample if route.reads is not None else None
    sent = {} if body is None else {"json": body}
    return owner.client.request(route.method, path, headers=owner.headers, **sent)


@pytest.fixture
def faces() -> list[Face]:
    return [OFAUTH, ONLYFANSAPI]


@pytest.fixture
def owners(server: Server, world: World) -> Iterator[tuple[Owner, Owner]]:
    """The account whose things are asked for, and the stranger."""
    key = world.key()
    with server.client(headers={"apiKey": key, "authorization": f"Bearer {key}"}) as client:
        for name in ("ada", "eve"):
            world.account(name)
        with world.write() as tx:
            # Counters are an account's own: let no id of the one be one of the other.
            heads.take(tx, world.account("eve").key, ids=1_000_000)
        yield Owner(world, client, "ada", 2_000), Owner(world, client, "eve", 7_000)


@on_sqlite
def test_what_is_there_for_its_owner_is_not_there_for_a_stranger(
    owners: tuple[Owner, Owner], world: World
) -> None:
    owner, stranger = owners
    assert len(ROWS) > 90
    things = [(owner.things_for(route), stranger.things_for(route)) for _, route, _ in ROWS]
    wrong = []

    def counted() -> object:
        return world.ledger(on=owner.on), world.chats(on=owner.on), len(world.events(on=owner.on))

    before = counted()
    for (_, route, name), (theirs, own) in zip(ROWS, things, strict=True):
        told = ask(stranger, route, {**own, name: theirs[name]})
        if told.status_code != TOLD.get(label(route), 404):
            wrong.append((label(route), name, told.status_code, told.text))
    assert not wrong, "\n".join(map(str, wrong))
    assert counted() == before
    for (_, route, _), (theirs, _) in zip(ROWS, things, strict=True):
        told = ask(owner, route, theirs)
        if told.status_code != 200:
            wrong.append((label(route), told.status_code, told.text))
    assert not wrong, "\n".join(map(str, wrong))


# ---- what a body names

OF, API = "/v2/access", "/api/{account}"
#: A body that names one thing of another account, in a call that is otherwise good: the path, and how to say it.
NAMED: dict[str, tuple[str, str, Callable[[Any], dict[str, Any]]]] = {
    "a fan to send to": ("fan", f"{OF}/mass-messages", lambda id: {"text": "Hi", "userIds": [id]}),
    "a list to send to": ("list", f"{OF}/mass-messages", lambda id: {"text": "Hi", "userLists": [id]}),
    "a list to leave out": (
        "list", f"{OF}/mass-messages", lambda id: {"text": "Hi", "userLists": ["fans"], "excludeUserLists": [id]},
    ),
    "media of a mass message": (
        "media", f"{OF}/mass-messages", lambda id: {"text": "Hi", "userLists": ["fans"], "mediaItems": [id]},
    ),
    "an upload of a mass message": (
        "upload", f"{OF}/mass-messages", lambda id: {"text": "Hi", "userLists": ["fans"], "mediaItems": [id]},
    ),
    "media of a message": ("media", f"{OF}/chats/{{fan}}/messages", lambda id: {"text": "Hi", "mediaItems": [id]}),
    "an upload to complete": ("upload", f"{OF}/uploads/complete", lambda id: {"mediaUploadId": id}),
    "media for a vault list": ("media", f"{OF}/vault/lists/{{kept}}/media", lambda id: {"mediaIds": [id]}),
    "a fan to send to, there": ("fan", f"{API}/mass-messaging", lambda id: {"text": "Hi", "userIds": [id]}),
    "a list to send to, there": ("list", f"{API}/mass-messaging", lambda id: {"text": "Hi", "userLists": [id]}),
    "a list to leave out, there": (
        "list", f"{API}/mass-messaging", lambda id: {"text": "Hi", "userLists": ["fans"], "excludedLists": [id]},
    ),
    "media of a mass message, there": (
        "media", f"{API}/mass-messaging", lambda id: {"text": "Hi", "userLists": ["fans"], "mediaFiles": [id]},
    ),
    "an upload of a mass message, there": (
        "form", f"{API}/mass-messaging", lambda id: {"text": "Hi", "userLists": ["fans"], "mediaFiles": [id]},
    ),
    "media of a message, there": (
        "media", f"{API}/chats/{{fan}}/messages", lambda id: {"text": "Hi", "mediaFiles": [id]},
    ),
    "a fan for a list": ("fan", f"{API}/user-lists/{{list}}/users", lambda id: {"ids": [id]}),
    "media for a vault list, there": ("media", f"{API}/media/vault/lists/{{kept}}/media",
                                      lambda id: {"mediaIds": [id]}),
}  # fmt: skip


def say(owner: Owner, what: str, id: object) -> httpx.Response:
    """Name this thing in a call that is otherwise about things of the caller's own."""
    _, path, body = NAMED[what]
    own = {"fan": owner.begin(), "list": owner._user_list(), "kept": owner._vault_list()}
    whole = path.format(account=owner.world.account(owner.on).acct_id, **own)
    return owner.client.post(whole, json=body(id), headers=owner.headers)


@on_sqlite
def test_what_a_body_names_is_refused_to_a_stranger_and_not_to_its_owner(
    owners: tuple[Owner, Owner], world: World
) -> None:
    owner, stranger = owners
    owner.begin()
    things = {what: owner.named(kind) for what, (kind, _, _) in NAMED.items()}
    before = (world.ledger(), len(world.events()))
    answers = {what: say(stranger, what, id) for what, id in things.items()}
    allowed = {what: told.text for what, told in answers.items() if told.status_code not in (400, 404, 422)}
    assert allowed == {}
    assert (world.ledger(), len(world.events())) == before
    assert world.chats(on="eve") == []
    answers = {what: say(owner, what, id) for what, id in things.items()}
    refused = {what: told.text for what, told in answers.items() if told.status_code != 200}
    assert refused == {}
