"""Every answer of OnlyFansAPI's messaging side, key by key: one made-up sample of each stands beside this file.

Each sample's every key is in our answer, with a value of its kind. Ids that are keys (a list's, a fan's, a day)
stand for any. Webhooks belong to a later issue.
"""

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.clients.live import Sandbox, until, when_done

pytestmark = pytest.mark.clients

SAMPLES: dict[str, Any] = {}
for _line in Path(__file__).with_name("onlyfansapi_shapes.jsonl").read_text().splitlines():
    SAMPLES |= json.loads(_line)
FAN, OTHER = 1213, 123456
NEXT_YEAR = datetime.now(UTC).year + 1
WINDOW = {"publishDateStart": f"{NEXT_YEAR}-02-01", "publishDateEnd": f"{NEXT_YEAR}-02-28", "timezone": "UTC"}
#: Keys that are ids or days.
_ANY_KEY = re.compile(r"\d+|\d{4}-\d\d-\d\d")
Ask = Callable[[], httpx.Response]


class Things:
    """One of everything that a call can be about."""

    def __init__(self, client: httpx.Client, native: httpx.Client, sandbox: Sandbox) -> None:
        self.client, self.base = client, f"/api/{sandbox.account}"
        made = self.post("mass-messaging", {"text": "New set", "price": 12.5, "mediaFiles": ["12345"],
                                            "previews": [0], "userIds": [FAN, OTHER]})  # fmt: skip
        self.queue = made["id"]
        when_done(native, self.queue)
        self._sell(native)
        hour = f"{NEXT_YEAR}-02-05T09:00:00Z"
        self.scheduled = [
            self.post("mass-messaging", {"text": "Soon", "userLists": ["fans"], "scheduledDate": hour})["id"]
            for _ in range(2)
        ]
        self.post("mass-messaging", {"text": "Draft", "userIds": [FAN], "saveForLater": True})
        self.message = self.post(f"chats/{FAN}/messages", {"text": "Hey"})["id"]
        priced = {"text": "Paid", "price": 3, "mediaFiles": [12346]}
        self.post(f"chats/{FAN}/messages", priced)
        self.list = self.post("user-lists", {"name": "Shapes"})["id"]
        self.post(f"user-lists/{self.list}/users", {"ids": [OTHER]})
        self.vault_list = self.post("media/vault/lists", {"name": "Shapes"})["id"]
        self.post(f"media/vault/lists/{self.vault_list}/media", {"mediaIds": [12345, 12346]})

    def post(self, path: str, body: object) -> Any:
        answer = self.client.post(f"{self.base}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        whole = f"/api/{path}" if path in ("accounts", "whoami") else f"{self.base}/{path}"
        return self.client.request(method, whole, **how)

    def upload(self, **fields: str) -> httpx.Response:
        picture = io.BytesIO()
        Image.new("RGB", (90, 120), "red").save(picture, "jpeg")
        files = {"file": ("a.jpg", picture.getvalue(), "image/jpeg")}
        return self.ask("POST", "media/upload", files=files, data=fields)

    def upload_status(self) -> httpx.Response:
        """Of an upload in the background, once it is completed."""
        begun = self.upload(**{"async": "true"}).json()["prefixed_id"]

        def look() -> httpx.Response | None:
            answer = self.ask("GET", f"media/uploads/{begun}/status")
            return answer if answer.json()["status"] == "completed" else None

        return until(look, "the upload is completed")

    def _sell(self, native: httpx.Client) -> None:
        page = native.get(f"/v1/mass-messages/{self.queue}/recipients").json()["list"]
        copy = next(each["message_id"] for each in page if each["fan_id"] == FAN)
        paid = {"message_id": copy, "amount_cents": 1_250, "payment_reference": f"shapes-{copy}"}
        assert native.post(f"/v1/fans/{FAN}/purchases", json=paid).is_success


@pytest.fixture(scope="module")
def things(onlyfansapi: httpx.Client, native: httpx.Client, sandbox: Sandbox) -> Things:
    return Things(onlyfansapi, native, sandbox)


def asked(things: Things, name: str) -> httpx.Response:
    """The call that a sample's name says."""
    special: dict[str, Ask] = {
        "POST media/upload": things.upload,
        "POST media/upload, async": lambda: things.upload(**{"async": "true"}),
        "GET media/uploads/{upload}/status": things.upload_status,
    }
    if name in special:
        return special[name]()
    method, path = name.partition(",")[0].split(" ", 1)
    filled = path.format(
        queue=things.scheduled.pop() if method == "PUT" else things.queue, media=12345, fan=FAN, message=things.message,
        list=things.vault_list if "vault" in path else things.list,
    )  # fmt: skip
    return things.ask(method, filled, json=_body(path, name), params=_query(path, things))


def _body(path: str, name: str) -> Any:
    if path == "user-lists/{list}/users":
        # 456 is new to the list and OTHER is on it already.
        ids = [FAN] if "," not in name else [456, OTHER]
        return {"ids": ids, "skip_invalid": "skip_invalid" in name} if name.startswith("POST") else None
    bodies: dict[str, Any] = {
        "user-lists": {"name": "One more"},
        "media/vault/lists/{list}/media": {"mediaIds": [790]},
        "chats/{fan}/messages": {} if "refused" in name else {"text": "Hey again"},
    }
    return bodies.get(path) if name.startswith("POST") else None


def _query(path: str, things: Things) -> dict[str, str] | None:
    if path.startswith("queue") and "publish" not in path:
        return WINDOW
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    queries = {
        "chats/{fan}/messages/search": {"query": "hey"},
        "engagement/messages/direct-messages": {"limit": "1"},
        "media/vault": {"list": str(things.vault_list)},
        "transactions": {"limit": "1"},
        "statistics/statements/earnings?type=messages": {
            "type": "messages", "start_date": today, "end_date": f"{today} 23:59:59",
        },
    }  # fmt: skip
    return queries.get(path)


def missing(sample: Any, answer: Any, where: str = "") -> Iterator[str]:
    """What the sample has and the answer lacks, or has in another kind. Null, on either side, says nothing."""
    if sample is None or answer is None:
        return
    if isinstance(sample, dict) and isinstance(answer, dict):
        for key, value in sample.items():
            if _ANY_KEY.fullmatch(key):
                continue
            if key not in answer:
                yield f"{where}.{key}"
            else:
                yield from missing(value, answer[key], f"{where}.{key}")
    elif isinstance(sample, list) and isinstance(answer, list):
        if sample and not answer:
            yield f"{where} is empty"
        elif sample:
            yield from missing(sample[0], answer[0], f"{where}[0]")
    elif not _alike(sample, answer):
        yield f"{where} is {answer!r}"


def _alike(sample: Any, answer: Any) -> bool:
    numbers = (int, float)
    if isinstance(sample, bool) or isinstance(answer, bool):
        return isinstance(sample, bool) and isinstance(answer, bool)
    return isinstance(answer, numbers) if isinstance(sample, numbers) else isinstance(answer, type(sample))


@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_has_every_key_of_its_sample(things: Things, name: str) -> None:
    answer = asked(things, name)
    refused = {"POST user-lists/{list}/users, refused": 400, "POST chats/{fan}/messages, refused": 422}
    assert answer.status_code == refused.get(name, 202 if name.endswith("async") else 200), answer.text
    assert list(missing(SAMPLES[name], answer.json())) == []
