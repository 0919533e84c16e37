"""Fixtures of tests/clients: one live sandbox a session, and a plain HTTP client for each face."""

from collections.abc import Iterator
from typing import Any

import httpx
import onlyfansapi as sdk
import pytest

from tests.clients.live import Sandbox, SandboxProcess, tail

FANS = 1_000


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox process with a thousand fans and the vendors' documentation ids."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), fans=FANS)
    try:
        yield process.ready()
    finally:
        process.stop()


@pytest.fixture(scope="session")
def ofauth(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url, headers=sandbox.ofauth_headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def onlyfansapi(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = sandbox.onlyfansapi_headers
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def native(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The native API of the sandbox's first account (its key has no account of its own)."""
    headers, account = sandbox.native_headers, {"account": sandbox.account}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, params=account, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Iterator[sdk.OnlyFansAPI]:
    """OnlyFansAPI's own Python SDK, unmodified, that tries nothing again."""
    with sdk.OnlyFansAPI(**_made_of(sandbox)) as client:
        yield client


@pytest.fixture(scope="session")
def strict(sandbox: Sandbox) -> Iterator[sdk.OnlyFansAPI]:
    """The same with its private switch: it refuses an answer whose types differ from its models."""
    with sdk.OnlyFansAPI(**_made_of(sandbox), _strict_response_validation=True) as client:
        yield client


@pytest.fixture(scope="session")
def account(sandbox: Sandbox) -> str:
    return sandbox.account


def _made_of(sandbox: Sandbox) -> dict[str, Any]:
    return {"api_key": sandbox.onlyfansapi_key, "base_url": sandbox.base_url, "max_retries": 0}


@pytest.fixture(autouse=True)
def _every_counter_is_true(native: httpx.Client) -> Iterator[None]:
    """After every test the ledger recomputes all counters from sets and rows: nothing may differ."""
    yield
    ledger = native.get("/v1/ledger").json()
    assert ledger["difference"] == 0, ledger["wrong"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A failure shows the end of the sandbox's own log."""
    report = yield
    sandbox = getattr(item, "funcargs", {}).get("sandbox")
    if report.failed and isinstance(sandbox, Sandbox):
        report.sections.append(("sandbox log", tail(sandbox.log)))
    return report
