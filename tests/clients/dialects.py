"""The two dialects under one set of words, so that a test can let one act and the other look."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

import httpx

from tests.clients.live import Sandbox


@dataclass(frozen=True, slots=True)
class Seen:
    """A mass message as a dialect tells it, in plain words."""

    html: str
    sent: int
    viewed: int
    free: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a mass message, as a dialect's statistics tell it."""

    sent: int
    viewed: int
    purchased: int
    price: Decimal


def answered(answer: httpx.Response) -> Any:
    assert answer.is_success, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    body = answer.json()
    return body["data"] if isinstance(body, dict) and "data" in body else body


class Dialect(Protocol):
    client: httpx.Client

    def send(self, text: str, **more: Any) -> int:
        """`fans`, `lists`, `without`, `price`, `media`, `previews` (how many), `at`, `later`; gives the id."""

    def read(self, id: int) -> Seen: ...
    def edit(self, id: int, text: str, **more: Any) -> None: ...
    def delete(self, id: int) -> None: ...
    def knows(self, id: int) -> bool: ...
    def figures(self, id: int) -> Figures: ...
    def buyers(self, id: int) -> set[int]: ...
    def revenue(self, since: str, until: str) -> Decimal: ...
    def write(self, fan: int, text: str) -> int: ...
    def chat(self, fan: int) -> list[str]: ...
    def make_list(self, name: str, fans: list[int]) -> int: ...
    def list_size(self, id: int) -> int: ...


class OFAuth:
    """`/v2/access` as its guides call it."""

    def __init__(self, client: httpx.Client, _sandbox: Sandbox) -> None:
        self.client = client

    def send(self, text: str, **more: Any) -> int:
        return answered(self.client.post("/v2/access/mass-messages", json=self._body(text, more)))["id"]

    def read(self, id: int) -> Seen:
        said = answered(self.client.get(f"/v2/access/mass-messages/{id}"))
        return Seen(said["text"], said["sentCount"], said["viewedCount"], Decimal(str(said["price"])) == 0)

    def edit(self, id: int, text: str, **more: Any) -> None:
        answered(self.client.put(f"/v2/access/mass-messages/{id}", json=self._body(text, more)))

    def delete(self, id: int) -> None:
        assert answered(self.client.delete(f"/v2/access/mass-messages/{id}"))["success"] is True

    def knows(self, id: int) -> bool:
        return self.client.get(f"/v2/access/mass-messages/{id}").status_code == 200

    def figures(self, id: int) -> Figures:
        page = answered(self.client.get("/v2/access/analytics/mass-messages/sent?limit=100"))["list"]
        said = next(each for each in page if each["id"] == id)
        price = Decimal(str(said.get("price") or 0))
        return Figures(said["sentCount"], said["viewedCount"], said["purchasedCount"], price)

    def buyers(self, id: int) -> set[int]:
        path = f"/v2/access/analytics/mass-messages/{id}/buyers"
        return {each["id"] for each in answered(self.client.get(path))["list"]}

    def revenue(self, since: str, until: str) -> Decimal:
        path, window = "/v2/access/analytics/mass-messages/chart", {"startDate": since, "endDate": until}
        return Decimal(
            str(answered(self.client.get(path, params=window))["group_messages_purchases"]["total"])
        )

    def write(self, fan: int, text: str) -> int:
        return answered(self.client.post(f"/v2/access/chats/{fan}/messages", json={"text": text}))["id"]

    def chat(self, fan: int) -> list[str]:
        page = answered(self.client.get(f"/v2/access/chats/{fan}/messages", params={"limit": 20}))
        return [each["text"] for each in page["list"]]

    def make_list(self, name: str, fans: list[int]) -> int:
        made = answered(self.client.post("/v2/access/users/lists", json={"name": name}))["id"]
        for fan in fans:
            answered(self.client.post(f"/v2/access/users/lists/{made}/users/{fan}"))
        return int(made)

    def list_size(self, id: int) -> int:
        return answered(self.client.get(f"/v2/access/users/lists/{id}"))["usersCount"]

    @staticmethod
    def _body(text: str, more: dict[str, Any]) -> dict[str, Any]:
        names = {
            "fans": "userIds", "lists": "userLists", "without": "excludeUserLists", "price": "price",
            "media": "mediaItems", "previews": "previewMediaCount", "at": "scheduledDate", "later": "saveForLater",
        }  # fmt: skip
        return {"text": text} | {names[name]: value for name, value in more.items()}


class OnlyFansAPI:
    """`/api/{account}` as its pages call it."""

    def __init__(self, client: httpx.Client, sandbox: Sandbox) -> None:
        self.client, self._base = client, f"/api/{sandbox.account}"

    def send(self, text: str, **more: Any) -> int:
        return answered(self.client.post(f"{self._base}/mass-messaging", json=self._body(text, more)))["id"]

    def read(self, id: int) -> Seen:
        said = answered(self.client.get(f"{self._base}/mass-messaging/{id}"))["queue"]
        # Detail tells the text plainly, as it was written.
        return Seen(f"<p>{said['text']}</p>", said["sentCount"], said["viewedCount"], said["isFree"])

    def edit(self, id: int, text: str, **more: Any) -> None:
        answered(self.client.put(f"{self._base}/mass-messaging/{id}", json=self._body(text, more)))

    def delete(self, id: int) -> None:
        assert answered(self.client.delete(f"{self._base}/mass-messaging/{id}"))["success"] is True

    def knows(self, id: int) -> bool:
        return self.client.get(f"{self._base}/mass-messaging/{id}").status_code == 200

    def figures(self, id: int) -> Figures:
        page = self.client.get(f"{self._base}/engagement/messages/mass-messages?limit=100")
        said = next(each for each in answered(page)["items"] if each["id"] == id)
        price = Decimal(said.get("price", "0"))
        return Figures(said["sentCount"], said["viewedCount"], said.get("purchasedCount", 0), price)

    def buyers(self, id: int) -> set[int]:
        path = f"{self._base}/engagement/messages/{id}/buyers"
        return {each["id"] for each in answered(self.client.get(path))["list"]}

    def revenue(self, since: str, until: str) -> Decimal:
        path, window = (
            f"{self._base}/engagement/messages/mass-messages/chart",
            {"startDate": since, "endDate": until},
        )
        return Decimal(
            str(answered(self.client.get(path, params=window))["group_messages_purchases"]["total"])
        )

    def write(self, fan: int, text: str) -> int:
        return answered(self.client.post(f"{self._base}/chats/{fan}/messages", json={"text": text}))["id"]

    def chat(self, fan: int) -> list[str]:
        page = answered(self.client.get(f"{self._base}/chats/{fan}/messages", params={"limit": 20}))
        return [each["text"] for each in page]

    def make_list(self, name: str, fans: list[int]) -> int:
        made = answered(self.client.post(f"{self._base}/user-lists", json={"name": name}))["id"]
        answered(self.client.post(f"{self._base}/user-lists/{made}/users", json={"ids": fans}))
        return int(made)

    def list_size(self, id: int) -> int:
        return answered(self.client.get(f"{self._base}/user-lists/{id}"))["usersCount"]

    @staticmethod
    def _body(text: str, more: dict[str, Any]) -> dict[str, Any]:
        names = {
            "fans": "userIds", "lists": "userLists", "without": "excludedLists", "price": "price",
            "media": "mediaFiles", "previews": "previews", "at": "scheduledDate", "later": "saveForLater",
        }  # fmt: skip
        body = {"text": text} | {names[name]: value for name, value in more.items()}
        if "previews" in body:
            body["previews"] = list(range(int(body["previews"])))
        return body
