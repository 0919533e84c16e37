"""Writes that are no sends, repeated by a client's own retry: it hears what the first try was told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from fancast.api.faces import Repeat
from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.core.repeats import RETRY_WINDOW
from fancast.store import heads
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server, until
from tests.world import DAY, on_postgresql

FIRST_TRY, RETRY = {"x-stainless-retry-count": "0"}, {"x-stainless-retry-count": "1"}
Asked = tuple[str, str, Any]


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    server.world.fan("bo")
    server.world.media(7, 8)
    with calling(server) as found:
        yield found


def call(api: Api, asked: Asked, headers: dict[str, str]) -> httpx.Response:
    method, path, body = asked
    return api.call(method, path, headers=headers, **({} if body is None else {"json": body}))


def vault_list(api: Api) -> int:
    return int(api.ok("POST", "/media/vault/lists", {"name": "Summer"})["id"])


def waiting(api: Api, **body: Any) -> int:
    return int(api.send(userLists=["fans"], **body)["id"])


def later(api: Api) -> int:
    return waiting(api, scheduledDate=(api.world.clock() + DAY).isoformat())


def done(api: Api) -> int:
    id = waiting(api)
    api.done(id)
    return id


def chat(api: Api) -> str:
    return f"/chats/{api.fan_id('bo')}"


def message(api: Api) -> str:
    return f"{chat(api)}/messages/{api.world.direct('bo', 'Hello').id}"


def user_list(api: Api, *names: str) -> str:
    api.world.user_list("vip", *names)
    return f"/user-lists/{api.list_id('vip')}"


WRITES: dict[str, Callable[[Api], Asked]] = {
    "unsend a mass message": lambda api: ("DELETE", f"/mass-messaging/{done(api)}", None),
    "cancel a mass message": lambda api: ("DELETE", f"/mass-messaging/{later(api)}", None),
    "publish a draft": lambda api: ("PUT", f"/queue/{waiting(api, saveForLater=True)}/publish", None),
    "edit one so that it goes out": lambda api: (
        "PUT", f"/mass-messaging/{later(api)}", {"text": "Now", "scheduledDate": None},
    ),
    "make a user list": lambda _: ("POST", "/user-lists", {"name": "Once"}),
    "rename a user list": lambda api: ("PUT", user_list(api), {"name": "Other"}),
    "delete a user list": lambda api: ("DELETE", user_list(api), None),
    "put fans on a list": lambda api: ("POST", f"{user_list(api)}/users", {"ids": [api.fan_id("bo")]}),
    "take a fan off a list": lambda api: ("DELETE", f"{user_list(api, 'bo')}/users/{api.fan_id('bo')}", None),
    "pin a fan on a list": lambda api: ("POST", f"{user_list(api, 'bo')}/users/{api.fan_id('bo')}/pin", None),
    "make a vault list": lambda _: ("POST", "/media/vault/lists", {"name": "Once"}),
    "delete a vault list": lambda api: ("DELETE", f"/media/vault/lists/{vault_list(api)}", None),
    "put media on a vault list": lambda api: (
        "POST", f"/media/vault/lists/{vault_list(api)}/media", {"mediaIds": [7]},
    ),
    "take media out of the vault": lambda _: ("DELETE", "/media/vault/delete-media?mediaIds=7", None),
    "delete a message": lambda api: ("DELETE", message(api), None),
    "pin a message": lambda api: ("POST", f"{message(api)}/pin", None),
    "hide a chat": lambda api: ("POST", f"{chat(api)}/hide", None),
    "empty a chat": lambda api: ("DELETE", chat(api), None),
    "mark a chat as read": lambda api: ("POST", f"{chat(api)}/mark-as-read", None),
    "block": lambda api: ("POST", f"/users/{api.fan_id('bo')}/block", None),
    "lift a block": lambda api: ("DELETE", f"/users/{api.fan_id('bo')}/block", None),
    "greet no more": lambda _: ("PATCH", "/settings/welcome-message", {"enabled": False}),
    "send no drafts by themselves": lambda _: (
        "PATCH", "/saved-for-later/messages/settings/disable-automatic-messaging", None,
    ),
    "write a note": lambda api: ("PUT", f"/fans/{api.fan_id('bo')}/notes", {"notes": "Likes cats"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_a_marked_retry_hears_what_the_first_try_was_told(api: Api, name: str) -> None:
    asked = WRITES[name](api)
    first = call(api, asked, FIRST_TRY)
    assert first.status_code == 200, first.text
    with api.nothing_changes() if asked[0] != "PUT" else nullcontext():
        heard = [call(api, asked, RETRY) for _ in range(2)]
    for again in heard:
        assert (again.status_code, _stable(again)) == (200, _stable(first)), again.text


def _stable(answer: httpx.Response) -> Any:
    """Without what goes on by itself in a mass message that was just let go."""
    data = answer.json()["data"]
    return data["id"] if isinstance(data, dict) and "isDone" in data else data


_CLAIMED = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
LIST = ("POST", "/user-lists", {"name": "Once"})


def test_a_first_try_makes_another_and_its_retry_hears_of_that_one(api: Api) -> None:
    first, second, again = (
        call(api, LIST, each).json()["data"]["id"] for each in (FIRST_TRY, FIRST_TRY, RETRY)
    )
    assert (second != first, again) == (True, second)


def test_a_retry_of_what_never_arrived_or_was_refused_is_done(api: Api) -> None:
    assert call(api, LIST, RETRY).status_code == 200
    path = user_list(api)
    asked = ("POST", f"{path}/users", {"ids": [4_000_001]})
    assert call(api, asked, FIRST_TRY).status_code == 400
    api.world.fan("di", id=4_000_001)
    assert call(api, asked, RETRY).status_code == 200
    assert api.get(f"{path}")["data"]["usersCount"] == 1


def test_a_retry_of_other_words_or_by_another_key_is_another_call(api: Api) -> None:
    first = call(api, LIST, FIRST_TRY).json()["data"]["id"]
    other = call(api, ("POST", "/user-lists", {"name": "Twice"}), RETRY)
    stranger = call(api, LIST, {**RETRY, "Authorization": f"Bearer {api.world.key('another')}"})
    assert len({first, other.json()["data"]["id"], stranger.json()["data"]["id"]}) == 3


def test_a_retry_comes_too_late_after_the_window(api: Api) -> None:
    first = call(api, LIST, FIRST_TRY).json()["data"]["id"]
    api.world.clock.forward(seconds=(RETRY_WINDOW - timedelta(seconds=1)).total_seconds())
    assert call(api, LIST, RETRY).json()["data"]["id"] == first
    api.world.clock.forward(seconds=1)
    assert call(api, LIST, RETRY).json()["data"]["id"] != first


def test_what_can_be_done_again_is_done_again(api: Api) -> None:
    """A fan was put on the list, taken off, and put there once more by a call whose first try was lost."""
    path = user_list(api)
    put = ("POST", f"{path}/users", {"ids": [api.fan_id("bo")]})
    call(api, put, FIRST_TRY)
    call(api, ("DELETE", f"{path}/users/{api.fan_id('bo')}", None), FIRST_TRY)
    assert call(api, put, RETRY).status_code == 200
    assert api.get(path)["data"]["usersCount"] == 1


def test_retries_at_the_same_instant_make_one(api: Api) -> None:
    heard: list[Any] = []
    threads = [
        threading.Thread(target=lambda: heard.append(call(api, LIST, RETRY).json()["data"]["id"]))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(heard), len(set(heard))) == (4, 1)


@on_postgresql
def test_a_retry_of_what_still_runs_is_409_and_worth_repeating(api: Api) -> None:
    # The first try waits for the account's head row; on SQLite the retry waits for its turn, and hears of it.
    heard: list[httpx.Response] = []
    first, retry = (
        threading.Thread(target=lambda headers=each: heard.append(call(api, LIST, headers)))
        for each in (FIRST_TRY, RETRY)
    )
    with api.world.store.write() as tx:
        heads.take(tx, api.world.account().key)
        first.start()
        until(lambda: tx.value(_CLAIMED), "the first try is under way")
        retry.start()
        while retry.is_alive():
            # Said now and then, so that PostgreSQL does not take this transaction for a dead one.
            heads.take(tx, api.world.account().key)
            retry.join(0.2)
    first.join()
    refused, made = heard
    assert (refused.status_code, refused.json()["error"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert "x-should-retry" not in refused.headers
    assert call(api, LIST, RETRY).json()["data"]["id"] == made.json()["data"]["id"]


def test_sends_keep_no_second_answer() -> None:
    """`core.repeats` knows their retries."""
    own = {"/api/{account}/mass-messaging", "/api/{account}/chats/{chat_id}/messages"}
    sends = [route for route in FACE.routes if route.method == "POST" and route.path in own]
    assert [route.repeat for route in sends] == [Repeat.HARMLESS] * 2
