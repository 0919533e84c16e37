"""Rate limits of the faces: true figures, a clear refusal, sandbox keys exempt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fancast.api import limits
from fancast.api.http import MAX_BODY_BYTES, Face
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.model.api_keys import Environment
from fancast.model.rate_limits import RateLimit, take
from tests.serving import Server

BURST = 3


@pytest.fixture
def faces() -> Sequence[Face]:
    per_connection = limits.PerConnection(RateLimit(60, BURST))
    per_key = limits.PerKey(RateLimit(BURST, BURST))
    return [replace(OFAUTH, limits=per_connection), replace(ONLYFANSAPI, limits=per_key), NATIVE]


def ofauth_call(server: Server, secret: str) -> httpx.Response:
    account = server.world.place().account
    headers = {"apiKey": secret, "x-connection-id": account.connection_id}
    return httpx.get(f"{server.base_url}/v2/access/self", headers=headers)


def onlyfansapi_call(server: Server, secret: str) -> httpx.Response:
    account = server.world.place().account
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.get(f"{server.base_url}/api/{account.acct_id}/me", headers=headers)


def test_ofauth_counts_by_connection_and_says_what_is_left(server: Server) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    answers = [ofauth_call(server, secret) for _ in range(BURST)]
    assert [answer.status_code for answer in answers] == [200] * BURST
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
    refused = ofauth_call(server, server.world.key("another", environment=Environment.LIVE))
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-ratelimit-limit"] == str(BURST)
    now = server.world.clock().timestamp()
    assert int(refused.headers["x-ratelimit-reset"]) == now + BURST


def test_a_call_comes_back_with_time(server: Server) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    for _ in range(BURST + 1):
        answer = ofauth_call(server, secret)
    assert answer.status_code == 429
    server.world.clock.forward(seconds=1)
    assert ofauth_call(server, secret).status_code == 200
    assert ofauth_call(server, secret).status_code == 429


def test_onlyfansapi_counts_by_key_in_headers_and_meta(server: Server) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    answers = [onlyfansapi_call(server, secret) for _ in range(BURST)]
    assert [_remaining(answer) for answer in answers] == [(2, 2), (1, 1), (0, 0)]
    assert answers[0].json()["_meta"]["_rate_limits"]["limit_minute"] == BURST
    refused = onlyfansapi_call(server, secret)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert _remaining(refused) == (0, 0)
    assert onlyfansapi_call(server, server.world.key("b", environment=Environment.LIVE)).status_code == 200


def test_a_refusal_of_onlyfansapi_tells_what_is_left_too(server: Server) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    url = f"{server.base_url}/api/{server.world.place().account.acct_id}/user-lists/none"
    for left in (2, 1, 0):
        refused = httpx.get(url, headers={"Authorization": f"Bearer {secret}"})
        assert (refused.status_code, _remaining(refused)) == (404, (left, left))


def test_an_answer_given_again_tells_what_is_left_now(server: Server) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    url = f"{server.base_url}/api/{server.world.place().account.acct_id}/user-lists"
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"}
    first, again = (httpx.post(url, json={"name": "VIP"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert [_remaining(answer) for answer in (first, again)] == [(2, 2), (1, 1)]
    figures = b'"remaining_minute":%d'
    assert again.content == first.content.replace(figures % 2, figures % 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PATCH", "/user-lists", 405), ("POST", "/user-lists", 413)],
)
def test_what_is_refused_before_it_is_counted_tells_no_figures(
    server: Server, method: str, path: str, status: int
) -> None:
    secret = server.world.key(environment=Environment.LIVE)
    url = f"{server.base_url}/api/{server.world.place().account.acct_id}{path}"
    body = b" " * (MAX_BODY_BYTES + 1) if status == 413 else None
    refused = httpx.request(method, url, content=body, headers={"Authorization": f"Bearer {secret}"})
    assert refused.status_code == status
    assert not [name for name in refused.headers if name.startswith("x-rate-limit")]
    assert refused.headers["x-ofapi-credits-used"] == "0"


def test_sandbox_keys_are_not_counted(server: Server) -> None:
    secret = server.world.key(environment=Environment.SANDBOX)
    for call in (ofauth_call, onlyfansapi_call):
        assert {call(server, secret).status_code for _ in range(2 * BURST)} == {200}


def _remaining(answer: httpx.Response) -> tuple[int, int]:
    body: Any = answer.json()
    told = int(answer.headers["x-rate-limit-remaining-minute"])
    return told, body["_meta"]["_rate_limits"]["remaining_minute"]


def test_a_bucket_allows_its_burst_and_then_its_rate() -> None:
    limit, spent, now = RateLimit(60, BURST), 0, 1_000_000_000
    for left in (2, 1, 0):
        spent, remaining, wait = take(limit, spent, now)
        assert (remaining, wait) == (left, 0)
    assert take(limit, spent, now) == (spent, 0, 1_000_000)
    assert take(limit, spent, now + 1_000_000)[2] == 0
