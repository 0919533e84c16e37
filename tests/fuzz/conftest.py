"""Fixtures of tests/fuzz: one live sandbox a session and worker, whose log and ledger each test looks at."""

from collections.abc import Iterator

import pytest

from tests.clients.live import Sandbox, SandboxProcess

FANS = 300


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox process, small enough that a send to everybody is over at once."""
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), fans=FANS)
    try:
        yield process.ready()
    finally:
        process.stop()
