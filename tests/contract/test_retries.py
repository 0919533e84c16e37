"""Every way to send, sent again: by a client's own retry, late, by mistake, and under an Idempotency-Key."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import onlyfansapi as sdk
import pytest
from onlyfansapi._constants import MAX_RETRY_DELAY

from fancast.api.http import Face
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.core import mass_messages
from fancast.model.mass_messages import Listing
from fancast.store import heads
from tests.serving import Server
from tests.world import on_postgresql

GUARD_SECONDS = 10
RETRY = {"x-stainless-retry-count": "1"}
FIRST_TRY = {"x-stainless-retry-count": "0"}
LAST_RETRY = {"x-stainless-retry-count": str(sdk.DEFAULT_MAX_RETRIES)}

#: The longest `Retry-After` that the SDK heeds.
LONGEST_RETRY_AFTER_SECONDS = 60
#: Seconds after the first try at which the last retry of OnlyFansAPI's SDK comes, when each try before it times out …
WAITED = sdk.DEFAULT_MAX_RETRIES * (sdk.DEFAULT_TIMEOUT.read + MAX_RETRY_DELAY)
#: … and at the most: every part of each try takes as long as it may, and the answers ask for the longest wait.
LONGEST_WAIT = sdk.DEFAULT_MAX_RETRIES * (
    sum(sdk.DEFAULT_TIMEOUT.as_dict().values()) + LONGEST_RETRY_AFTER_SECONDS
)


@dataclass(frozen=True)
class Dialect:
    """One way to send, and the words in which it refuses."""

    path: str
    body: dict[str, Any]
    error: str = "code"
    duplicate: str = "DUPLICATE_SEND"
    mismatch: tuple[int, str] = (400, "IDEMPOTENCY_MISMATCH")
    running: str = "IDEMPOTENCY_CONFLICT"
    bad_key: str = "BAD_REQUEST"
    unknown_fan: dict[str, Any] = field(default_factory=lambda: {"userIds": [4_000_001]})
    chat: bool = False


DIALECTS = {
    "onlyfansapi": Dialect(
        "/api/acct_ada/mass-messaging", {"userLists": ["fans"]}, error="error",
        mismatch=(422, "IDEMPOTENCY_KEY_MISMATCH"), bad_key="IDEMPOTENCY_KEY_INVALID",
    ),
    "onlyfansapi chat": Dialect(
        "/api/acct_ada/chats/bo/messages", {}, error="error", mismatch=(422, "IDEMPOTENCY_KEY_MISMATCH"),
        bad_key="IDEMPOTENCY_KEY_INVALID", unknown_fan={"mediaFiles": [77]}, chat=True,
    ),
    "ofauth": Dialect("/v2/access/mass-messages", {"userLists": ["fans"]}),
    "ofauth chat": Dialect("/v2/access/chats/bo/messages", {}, unknown_fan={"mediaItems": [77]}, chat=True),
    "native": Dialect(
        "/v1/mass-messages", {"audience": {"user_lists": ["fans"]}}, duplicate="duplicate_send",
        mismatch=(422, "idempotency_mismatch"), running="idempotency_running", bad_key="idempotency_key_invalid",
        unknown_fan={"audience": {"fan_ids": [4_000_001]}},
    ),
}  # fmt: skip


CHATS = [name for name, dialect in DIALECTS.items() if dialect.chat]


class Sender:
    def __init__(self, server: Server, client: httpx.Client, dialect: Dialect) -> None:
        self.world, self.dialect = server.world, dialect
        self._server, self._client = server, client

    def call(self, text: str = "Hi", headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        body = {"text": text, **self.dialect.body, **more}
        return self._client.post(self.dialect.path, json=body, headers=headers)

    def send(self, text: str = "Hi", headers: dict[str, str] | None = None) -> int:
        """The id of what was sent, or of what it was taken for."""
        answer = self.call(text, headers)
        assert answer.status_code in (200, 201), answer.text
        told = answer.json()
        return int(told.get("data", told)["id"])

    def to(self, fan: str) -> "Sender":
        """The same call to another fan."""
        other = replace(self.dialect, path=self.dialect.path.replace("/bo/", f"/{fan}/"))
        return Sender(self._server, self._client, other)

    def refused(self, status: int, code: str, answer: httpx.Response) -> None:
        assert (answer.status_code, answer.json()[self.dialect.error]) == (status, code), answer.text

    def count(self) -> int:
        """How much was sent."""
        if self.dialect.chat:
            return len(self.world.chat("bo"))
        with self.world.read() as tx:
            return len(mass_messages.page(tx, self.world.account(), Listing(), limit=100))


@pytest.fixture
def faces() -> Sequence[Face]:
    return [ONLYFANSAPI, OFAUTH, NATIVE]


@pytest.fixture(params=DIALECTS)
def sender(request: pytest.FixtureRequest, server: Server) -> Iterator[Sender]:
    world = server.world
    world.fan("bo")
    world.account(duplicate_guard_seconds=GUARD_SECONDS)
    secret = world.key(accounts=[world.account().key])
    headers = {"Authorization": f"Bearer {secret}", "apiKey": secret, "x-connection-id": "conn_ada"}
    with server.client(headers=headers) as client:
        yield Sender(server, client, DIALECTS[request.param])


# ---- retries that a client marks


def test_a_marked_retry_gets_the_first_result(sender: Sender) -> None:
    first = sender.send(headers=FIRST_TRY)
    assert [sender.send(headers=RETRY), sender.send(headers={**RETRY, "x-stainless-retry-count": "2"})] == [
        first, first,
    ]  # fmt: skip
    assert sender.count() == 1


def test_a_marked_retry_of_what_never_arrived_is_sent(sender: Sender) -> None:
    sender.send(headers=RETRY)
    assert sender.count() == 1


def test_a_marked_retry_of_other_words_is_another_send(sender: Sender) -> None:
    assert sender.send("Hi", FIRST_TRY) != sender.send("Ho", RETRY)


@pytest.mark.parametrize("waited", [WAITED, LONGEST_WAIT])
def test_the_last_retry_of_the_stock_client_gets_the_first_result(sender: Sender, waited: float) -> None:
    first = sender.send(headers=FIRST_TRY)
    sender.world.clock.forward(seconds=waited)
    assert sender.send(headers=LAST_RETRY) == first
    assert sender.count() == 1


def test_a_marked_retry_that_no_stock_client_sends_so_late_is_a_send_of_its_own(sender: Sender) -> None:
    first = sender.send(headers=FIRST_TRY)
    sender.world.clock.forward(seconds=2 * LONGEST_WAIT)
    assert sender.send(headers=LAST_RETRY) != first


def test_a_marked_retry_gets_the_first_result_as_long_as_a_twin_is_refused(sender: Sender) -> None:
    sender.world.account(duplicate_guard_seconds=86_400)
    first = sender.send(headers=FIRST_TRY)
    sender.world.clock.forward(seconds=86_399)
    sender.refused(409, sender.dialect.duplicate, sender.call(headers=FIRST_TRY))
    assert sender.send(headers=LAST_RETRY) == first


def test_a_marked_retry_works_where_the_guard_is_off(sender: Sender) -> None:
    sender.world.account(duplicate_guard_seconds=0)
    assert sender.send(headers=FIRST_TRY) == sender.send(headers=RETRY)


def test_a_late_original_after_its_retry_is_absorbed_once(sender: Sender) -> None:
    by_retry = sender.send(headers=RETRY)
    assert sender.send(headers=FIRST_TRY) == by_retry
    sender.refused(409, sender.dialect.duplicate, sender.call(headers=FIRST_TRY))
    sender.world.clock.forward(seconds=GUARD_SECONDS)
    assert sender.send(headers=FIRST_TRY) != by_retry
    assert sender.count() == 2


def test_the_same_words_two_minutes_after_a_retry_are_no_late_original(sender: Sender) -> None:
    by_retry = sender.send(headers=RETRY)
    sender.world.clock.forward(seconds=120)
    assert sender.send(headers=FIRST_TRY) != by_retry


def test_a_count_that_is_no_count_marks_nothing(sender: Sender) -> None:
    sender.send()
    for count in ("0", "00", "", "-1", "1.5", "yes"):
        answer = sender.call(headers={"x-stainless-retry-count": count})
        sender.refused(409, sender.dialect.duplicate, answer)


# ---- the twin guard


def test_a_twin_is_refused_within_the_guard_time_and_sent_after_it(sender: Sender) -> None:
    first = sender.send()
    answer = sender.call()
    sender.refused(409, sender.dialect.duplicate, answer)
    assert answer.headers["x-should-retry"] == "false"
    sender.world.clock.forward(seconds=GUARD_SECONDS - 0.001)
    sender.refused(409, sender.dialect.duplicate, sender.call())
    sender.world.clock.forward(seconds=0.001)
    assert sender.send() != first
    assert sender.count() == 2


def test_twins_are_sent_where_the_guard_is_off(sender: Sender) -> None:
    sender.world.account(duplicate_guard_seconds=0)
    assert sender.send() != sender.send()


def test_the_same_words_by_another_key_are_no_twin(sender: Sender) -> None:
    sender.send()
    other = sender.world.key(accounts=[sender.world.account().key])
    assert sender.send(headers={"Authorization": f"Bearer {other}", "apiKey": other})
    assert sender.count() == 2


def test_of_twins_at_the_same_instant_one_is_sent(sender: Sender) -> None:
    heard = _together(*([sender.call] * 6))
    assert sorted(answer.status_code for answer in heard)[1:] == [409] * 5
    assert sender.count() == 1


def test_of_marked_retries_at_the_same_instant_one_is_sent_and_all_hear_of_it(sender: Sender) -> None:
    heard = _together(*([lambda: sender.send(headers=RETRY)] * 6))
    assert len(set(heard)) == 1
    assert sender.count() == 1


# ---- Idempotency-Key


def test_an_equal_key_gets_the_first_answer_again(sender: Sender) -> None:
    first, again = (sender.call(headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    if sender.dialect.error == "error":
        assert again.json()["_meta"]["_credits"]["used"] == 0
    assert sender.count() == 1


def test_an_equal_key_with_other_words_is_a_mismatch(sender: Sender) -> None:
    sender.call("Hi", {"Idempotency-Key": "k"})
    sender.refused(*sender.dialect.mismatch, sender.call("Ho", {"Idempotency-Key": "k"}))
    assert sender.count() == 1


@pytest.mark.parametrize("sender", CHATS, indirect=True)
def test_a_key_of_one_chat_does_not_send_to_another(sender: Sender) -> None:
    sender.world.fan("cy")
    key = {"Idempotency-Key": "k"}
    sender.call(headers=key)
    answer = sender.to("cy").call(headers=key)
    sender.refused(*sender.dialect.mismatch, answer)
    assert (sender.count(), sender.world.chat("cy")) == (1, [])


def test_a_key_that_is_no_key_is_refused(sender: Sender) -> None:
    answer = sender.call(headers={"Idempotency-Key": "x" * 256})
    sender.refused(400, sender.dialect.bad_key, answer)
    assert sender.count() == 0


def test_a_refusal_is_kept_under_its_key(sender: Sender) -> None:
    key = {"Idempotency-Key": "k"}
    first = sender.call(headers=key, **sender.dialect.unknown_fan)
    assert 400 <= first.status_code < 500
    sender.world.fan("di", id=4_000_001)
    sender.world.media(77)
    again = sender.call(headers=key, **sender.dialect.unknown_fan)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert sender.count() == 0


def test_a_twin_refused_under_a_key_of_its_own_is_sent_after_the_guard_time(sender: Sender) -> None:
    first, key = sender.send(headers={"Idempotency-Key": "k"}), {"Idempotency-Key": "l"}
    for _ in range(2):
        answer = sender.call(headers=key)
        sender.refused(409, sender.dialect.duplicate, answer)
        assert "idempotent-replayed" not in answer.headers
    sender.world.clock.forward(seconds=GUARD_SECONDS)
    sent = sender.send(headers=key)
    assert (sent != first, sender.send(headers=key), sender.count()) == (True, sent, 2)


def test_a_call_waits_for_its_twin_that_is_still_running(sender: Sender) -> None:
    heard: list[httpx.Response] = []
    twins = [_calling(sender, heard) for _ in range(2)]
    with sender.world.store.write() as tx:
        heads.take(tx, sender.world.account().key)
        for twin in twins:
            twin.start()
    for twin in twins:
        twin.join()
    assert heard[0].content == heard[1].content
    assert [answer.headers.get("idempotent-replayed") for answer in heard].count("true") == 1
    assert sender.count() == 1


@on_postgresql
def test_a_call_whose_twin_runs_on_and_on_is_409(sender: Sender) -> None:
    # The twin waits for the account's head row; on SQLite whoever waits for a writer waits its turn.
    heard: list[httpx.Response] = []
    twins = [_calling(sender, heard) for _ in range(2)]
    with sender.world.store.write() as tx:
        heads.take(tx, sender.world.account().key)
        for twin in twins:
            twin.start()
        while not heard and all(twin.is_alive() for twin in twins):
            # Said now and then, so that PostgreSQL does not take this transaction for a dead one.
            heads.take(tx, sender.world.account().key)
            twins[0].join(0.2)
    for twin in twins:
        twin.join()
    sender.refused(409, sender.dialect.running, heard[0])
    assert "x-should-retry" not in heard[0].headers
    if sender.dialect.error == "error":
        # Its twin may have sent it by now, or not.
        assert heard[0].json()["request_outcome"] == "unknown"
    assert heard[1].status_code in (200, 201)
    assert sender.count() == 1


def _calling(sender: Sender, heard: list[httpx.Response]) -> threading.Thread:
    return threading.Thread(target=lambda: heard.append(sender.call(headers={"Idempotency-Key": "k"})))


def _together(*works: Any) -> list[Any]:
    """What each said; all begin at once."""
    heard: list[Any] = []
    barrier = threading.Barrier(len(works))

    def run(work: Any) -> None:
        barrier.wait()
        heard.append(work())

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == len(works)
    return heard
