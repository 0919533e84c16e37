"""`fancast serve` as an operator starts it: each setting of a rate limit does what its page says, in both dialects."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fancast.core import accounts, api_keys
from fancast.kit.clock import system_clock
from fancast.model.api_keys import Environment
from fancast.store.database import Store
from tests.cli.test_serve_reaches import serving

OFAUTH, ONLYFANSAPI = "x-ratelimit-", "x-rate-limit-"


@dataclass(frozen=True)
class Caller:
    """One key's calls, in both dialects."""

    client: httpx.Client
    secret: str
    acct_id: str

    def ofauth(self) -> httpx.Response:
        headers = {"apiKey": self.secret, "x-connection-id": "conn_ada"}
        return self.client.get("/v2/access/self", headers=headers)

    def onlyfansapi(self) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.secret}"}
        return self.client.get(f"/api/{self.acct_id}/me", headers=headers)


@contextmanager
def callers(folder: Path, **settings: Any) -> Iterator[tuple[Caller, Caller]]:
    """Who calls with a live key, and who with a sandbox key, at a server with these limits."""
    named = {f"FANCAST_{name.upper()}": str(value).lower() for name, value in settings.items()}
    with serving(folder, **named) as at:
        store = Store(f"sqlite:///{folder / 'fancast.db'}")
        now = system_clock()()
        with store.write() as tx:
            acct_id = accounts.operated(tx, None).acct_id
            made = [api_keys.create(tx, each, environment=each, now=now)[1] for each in Environment]
        store.close()
        secrets = dict(zip(Environment, made, strict=True))
        live, sandbox = (
            Caller(at.client, secrets[each], acct_id) for each in (Environment.LIVE, Environment.SANDBOX)
        )
        yield live, sandbox


def told(answers: list[httpx.Response]) -> list[int]:
    return [answer.status_code for answer in answers]


def uncounted(caller: Caller) -> None:
    """However often it calls, nothing is refused and nothing becomes less."""
    answers = [caller.ofauth() for _ in range(3)]
    assert told(answers) == [200] * 3
    assert not [name for answer in answers for name in answer.headers if name.startswith(OFAUTH)]
    answers = [caller.onlyfansapi() for _ in range(3)]
    assert told(answers) == [200] * 3
    # Its clients read these from every answer: where nobody counts, they say a plan that nothing was taken from.
    for name in ("limit-minute", "remaining-minute"):
        assert [answer.headers[ONLYFANSAPI + name] for answer in answers] == ["1000"] * 3


def test_live_keys_are_held_to_the_settings_and_sandbox_keys_are_not(tmp_path: Path) -> None:
    limits = {"ofauth_calls_per_minute": 1, "ofauth_burst": 2, "onlyfansapi_calls_per_minute": 1}
    with callers(tmp_path, **limits) as (live, sandbox):
        answers = [live.ofauth() for _ in range(3)]
        assert told(answers) == [200, 200, 429]
        assert answers[2].json()["code"] == "RATE_LIMIT_EXCEEDED"
        assert [answers[2].headers[OFAUTH + name] for name in ("limit", "remaining")] == ["2", "0"]
        # One comes back each minute: both are there in two.
        assert 30 < int(answers[2].headers["retry-after"]) <= 60
        answers = [live.onlyfansapi() for _ in range(2)]
        assert told(answers) == [200, 429]
        named = [answers[1].headers[ONLYFANSAPI + name] for name in ("limit-minute", "remaining-minute")]
        assert named == ["1", "0"]
        assert 0 < int(answers[1].headers["retry-after"]) <= 60
        uncounted(sandbox)


def test_sandbox_keys_are_held_to_them_where_the_operator_says_so(tmp_path: Path) -> None:
    limits = {"ofauth_calls_per_minute": 1, "ofauth_burst": 1, "onlyfansapi_calls_per_minute": 1}
    with callers(tmp_path, **limits, limit_sandbox_keys=True) as (_, sandbox):
        assert told([sandbox.ofauth() for _ in range(2)]) == [200, 429]
        assert told([sandbox.onlyfansapi() for _ in range(2)]) == [200, 429]


def test_a_limit_of_none_counts_nobody(tmp_path: Path) -> None:
    limits = {"ofauth_calls_per_minute": 0, "ofauth_burst": 1, "onlyfansapi_calls_per_minute": 0}
    with callers(tmp_path, **limits, limit_sandbox_keys=True) as both:
        for caller in both:
            uncounted(caller)
