"""A fleet on each database; `FANCAST_TEST_KILLS` says how often the long run kills."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import postgresql
from tests.fault.fleet import Fleet

#: Set for the long run; the short one kills three times a database, and PostgreSQL's forms share that.
LONG_KILLS = os.environ.get("FANCAST_TEST_KILLS")
KILLS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def new_fleet(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> Iterator[Callable[..., Fleet]]:
    """Makes a fleet; its processes are gone at the end."""
    fleets: list[Fleet] = []

    def made(**facts: int) -> Fleet:
        fleets.append(Fleet(url, tmp_path, **facts))
        return fleets[-1]

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'fancast.db'}"
        yield made
        _close(fleets)
    else:
        server = request.getfixturevalue("postgresql_server")
        with postgresql.database(server, f"fancast_fault_{worker}") as url:
            yield made
            _close(fleets)


@pytest.fixture
def own_postgresql() -> Iterator[Any]:
    """A PostgreSQL of this test alone, with its default settings, to be restarted."""
    with tempfile.TemporaryDirectory(prefix="fancast-") as folder:
        server = postgresql.start(f"{folder}/pg")
        yield server
        server.cleanup()


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    if LONG_KILLS is not None:
        return int(LONG_KILLS)
    form: dict[str, object] = request.node.callspec.params
    return 1 if "workers" in form and form["new_fleet"] == "postgresql" else KILLS


def _close(fleets: list[Fleet]) -> None:
    for fleet in fleets:
        fleet.close()
