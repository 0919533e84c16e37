"""A caller of the OFAuth dialect: plain HTTP as its pages print it, and what stayed as it was."""

from typing import Any

import httpx

from fancast.core import mass_messages
from fancast.model.mass_messages import Listing
from tests.contract.unchanged import Unchanged
from tests.serving import Server, until

ERROR_KEYS = {"error", "message", "type", "code", "details", "requestId"}
STATUS_KEYS = {
    "id", "date", "scheduledDate", "isReady", "isDone", "total", "pending", "canUnsend", "unsendSeconds", "hasError",
    "isCanceled", "isCouplePeopleMedia",
}  # fmt: skip


class Api:
    """Calls for the account "ada"; paths begin behind `/v2/access`, or with `/v2`."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self.world, self.client = server.world, client
        self.unchanged = Unchanged(self.world, self._count)

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        whole = path if path.startswith("/v2") else f"/v2/access{path}"
        return self.client.request(method, whole, **how)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a call that succeeds."""
        answer = self.call(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def get(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, **body: Any) -> Any:
        """A mass message to all current subscribers unless told otherwise."""
        audience = (
            {} if {"userIds", "userLists", "subscribedAfterDate"} & body.keys() else {"userLists": ["fans"]}
        )
        return self.ok("POST", "/mass-messages", {"text": "Hi", **audience, **body})

    def sent(self, **body: Any) -> Any:
        """`send`, and the whole mass message once it is done."""
        made = self.send(**body)

        def look() -> Any:
            found = self.one(made)
            return found if found["isDone"] else None

        return until(look, f"{made['id']} is done")

    def one(self, made: Any) -> Any:
        return self.get(f"/mass-messages/{made['id']}")

    def chat(self, fan: object, **where: Any) -> list[Any]:
        return self.get(f"/chats/{fan}/messages", **where)["list"]

    def list_id(self, name: str) -> int:
        return int(self.world.place().lists[name])

    def fan_id(self, name: str, on: str = "ada") -> int:
        return int(self.world.place(on).fans[name])

    def refused(self, method: str, path: str, status: int, code: str, **how: Any) -> Any:
        """The body of a call that is refused, which changes nothing."""
        with self.unchanged():
            answer = self.call(method, path, **how)
        return refusal(answer, status, code)

    def refused_send(self, body: Any, *, field: str) -> str:
        """The message of a create call that is refused for one field."""
        told = self.refused("POST", "/mass-messages", 400, "BAD_REQUEST", json=body)
        assert told["details"] == {"field": field}, told
        return told["message"]

    def _count(self) -> object:
        with self.world.read() as tx:
            account = self.world.place().account
            held = mass_messages.page(tx, account, Listing(), limit=1_000)
        return [(one.id, one.revision) for one in held], self.world.ledger(), len(self.world.events())


def refusal(answer: httpx.Response, status: int, code: str) -> Any:
    """A refusal's body, after its shape was looked at: both of the vendor's shapes at once."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert set(told) - {"actionRequired"} == ERROR_KEYS
    assert told["type"] == told["code"] == code, told
    assert told["error"] == told["message"]
    assert len(told["message"]) > 10, told
    assert told["requestId"] == answer.headers["x-request-id"]
    return told
