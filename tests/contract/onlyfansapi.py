"""A caller of the OnlyFansAPI dialect: plain HTTP as its pages print it, and what stayed as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from fancast.core import mass_messages
from fancast.model.mass_messages import Listing
from tests.contract.unchanged import Unchanged
from tests.serving import Server, until

ACCOUNT = "/api/acct_ada"
META_KEYS = {"_credits", "_cache", "_rate_limits"}
QUEUE_STATE_KEYS = {
    "id", "date", "isReady", "isDone", "total", "pending", "canUnsend", "unsendSeconds", "hasError", "isCanceled",
    "isCouplePeopleMedia",
}  # fmt: skip


class Api:
    """Calls for the account "ada"; paths begin behind `/api/acct_ada`, or with `/api`."""

    def __init__(self, server: Server, client: httpx.Client) -> None:
        self.server, self.world, self.client = server, server.world, client
        self.nothing_changes = Unchanged(self.world, self._count_all)
        #: The id of a draft, where a test wants one at hand.
        self.drafted = 0

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        whole = path if path.startswith(("/api", "http")) else ACCOUNT + path
        return self.client.request(method, whole, **how)

    def get(self, path: str, **params: Any) -> Any:
        """The body of a GET that succeeds."""
        answer = self.call("GET", path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The data of a call that succeeds."""
        answer = self.call(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, answer.text
        assert set(answer.json()["_meta"]) == META_KEYS
        return answer.json()["data"]

    def send(self, **body: Any) -> Any:
        return self.ok("POST", "/mass-messaging", {"text": "Hi", **body})

    def sent(self, **body: Any) -> Any:
        """`send`, and its state once it is done."""
        made = self.send(**body)
        return self.done(made["id"])

    def done(self, queue_id: int) -> Any:
        def look() -> Any:
            found = self.detail(queue_id)
            return found if found["isDone"] else None

        return until(look, f"{queue_id} is done")

    def detail(self, queue_id: int) -> Any:
        return self.get(f"/mass-messaging/{queue_id}")["data"]["queue"]

    def list_id(self, name: str) -> int:
        return int(self.world.place().lists[name])

    def fan_id(self, name: str) -> int:
        return int(self.world.place().fans[name])

    def count(self) -> int:
        """How many mass messages there are, whatever became of them."""
        with self.world.read() as tx:
            return len(mass_messages.page(tx, self.world.account(), Listing(), limit=1_000))

    def _count_all(self) -> object:
        return self.count(), self.world.ledger(), len(self.world.events())

    def refused(self, status: int, code: str, method: str, path: str, **how: Any) -> Any:
        """The body of a refusal that changed nothing, in this dialect's error object."""
        with self.nothing_changes():
            answer = self.call(method, path, **how)
        assert answer.status_code == status, answer.text
        body = answer.json()
        assert body["error"] == code
        assert body["message"]
        assert body["description"]
        assert body["_meta"]["_credits"]["used"] == 0
        return body

    def invalid(self, field: str, body: Any, method: str = "POST", path: str = "/mass-messaging") -> str:
        """The one message of a 422 about one field."""
        refusal = self.refused(422, "VALIDATION_ERROR", method, path, json=body)
        assert list(refusal["errors"]) == [field]
        assert refusal["errors"][field] == [refusal["message"]]
        return refusal["message"]


@contextmanager
def calling(server: Server, key: str | None = None) -> Iterator[Api]:
    server.world.account()
    headers = {"Authorization": f"Bearer {key or server.world.key()}"}
    with server.client(headers=headers) as client:
        yield Api(server, client)
