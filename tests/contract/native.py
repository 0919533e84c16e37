"""A caller of the native API: plain HTTP, and what stayed as it was."""

from typing import Any

import httpx

from fancast.core import mass_messages
from fancast.model.mass_messages import Listing
from tests.contract.unchanged import Unchanged
from tests.serving import Server, until

FINISHED = {"done", "cancelled", "unsent", "failed"}
PROBLEM_KEYS = {"type", "title", "status", "detail", "code", "request_id"}


class Api:
    """Calls with a key that has the account "ada"; paths begin behind `/v1`."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self.world, self.client = server.world, client
        self.unchanged = Unchanged(self.world, self._count)

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.client.request(method, f"/v1{path}", **how)

    def get(self, path: str, **params: Any) -> Any:
        """The body of a GET that succeeds."""
        return self._good(self.call("GET", path, params=params or None), 200)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self._good(self.call("POST", path, **({} if body is None else {"json": body})), status)

    def patch(self, path: str, **body: Any) -> Any:
        return self._good(self.call("PATCH", path, json=body), 200)

    def put(self, path: str, status: int = 200, **body: Any) -> Any:
        return self._good(self.call("PUT", path, json=body), status)

    def send(self, **body: Any) -> Any:
        """A mass message to all current subscribers unless told otherwise, as the 201 shows it."""
        return self.post(
            "/mass-messages", {"text": "hello", "audience": {"user_lists": ["fans"]}, **body}, 201
        )

    def done(self, made: Any) -> Any:
        """The mass message once it is finished."""

        def look() -> Any:
            seen = self.get(f"/mass-messages/{made['id']}")
            return seen if seen["state"] in FINISHED else None

        return until(look, f"{made['id']} is finished")

    def walk(self, path: str, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        items, after = [], None
        while True:
            page = self.get(path, **params, **({"after": after} if after else {}))
            assert set(page) == {"list", "next"}
            items += page["list"]
            after = page["next"]
            if after is None:
                return items

    def refused(self, method: str, path: str, status: int, code: str, **how: Any) -> Any:
        """The problem details of a call that is refused, which changes nothing."""
        with self.unchanged():
            answer = self.call(method, path, **how)
        assert answer.status_code == status, answer.text
        return problem(answer, code)

    def _count(self) -> object:
        with self.world.read() as tx:
            account = self.world.place().account
            held = mass_messages.page(tx, account, Listing(), limit=1_000)
        book = self.world.ledger()
        return [(one.id, one.revision) for one in held], book, len(self.world.events())

    def _good(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()


def problem(answer: httpx.Response, code: str) -> Any:
    """A refusal's body, after its shape was looked at."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] == code, told
    assert set(told) - {"field", "state"} == PROBLEM_KEYS
    assert told["type"] == "about:blank"
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["x-request-id"]
    assert len(told["detail"]) > 10
    return told
