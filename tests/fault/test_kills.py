"""SIGKILL, SIGSTOP and SIGCONT at random moments of a paced send: every fan exactly once."""

import random
import time
from collections.abc import Callable

import pytest

from tests.fault.fleet import Fleet

pytestmark = pytest.mark.fault
FANS = 100_000


@pytest.mark.parametrize("workers", [1, 2])
def test_every_fan_gets_it_once_whoever_is_killed_in_the_middle(
    new_fleet: Callable[..., Fleet], kills: int, workers: int
) -> None:
    fleet = new_fleet(fans=FANS)
    if not fleet.scaled and workers > 1:
        pytest.skip("SQLite has one process")
    serving = fleet.serve()
    working = [fleet.work() for _ in range(workers)] if fleet.scaled else []
    # Each round of kill and recovery may take some seconds in which nothing is sent.
    id = fleet.send(pace=max(FANS // (3 * kills), 2_000))
    for _ in range(kills):
        before = fleet.progress(id).sent
        fleet.await_sent(id, min(before + random.randrange(1, 4_000), FANS))
        if working:
            fleet.kill(working.pop(random.randrange(len(working))))
            working.append(fleet.work())
        else:
            fleet.kill(serving)
            serving = fleet.serve()
    fleet.call("PATCH", f"/v1/mass-messages/{id}", {"pace": None})
    fleet.await_state(id, "done")
    fleet.check_exactly_once(id, FANS)


def test_a_frozen_worker_holds_nobody_up_and_changes_nothing_when_it_comes_back(
    new_fleet: Callable[..., Fleet],
) -> None:
    fleet = new_fleet(fans=FANS)
    if not fleet.scaled:
        pytest.skip("SQLite has one process")
    fleet.serve()
    first = fleet.work()
    id = fleet.send(pace=5_000)
    fleet.await_sent(id, 5_000)
    fleet.freeze(first)
    frozen_at = fleet.progress(id).sent
    fleet.work()
    fleet.await_sent(id, frozen_at + 10_000)
    fleet.thaw(first)
    fleet.call("PATCH", f"/v1/mass-messages/{id}", {"pace": None})
    fleet.await_state(id, "done")
    time.sleep(1)
    fleet.check_exactly_once(id, FANS)


def test_a_server_that_was_down_at_the_hour_sends_when_it_is_back_and_says_how_late(
    new_fleet: Callable[..., Fleet],
) -> None:
    fleet = new_fleet(fans=1_000)
    serving = fleet.serve()
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    body = {"text": "later", "audience": {"user_lists": [fleet.list_id]}, "scheduled_at": soon}
    id = fleet.call("POST", "/v1/mass-messages", body)["id"]
    fleet.kill(serving)
    time.sleep(5)
    fleet.serve()
    if fleet.scaled:
        fleet.work()
    done = fleet.await_state(id, "done")
    assert done.late_by_ms >= 1_000
    fleet.check_exactly_once(id, 1_000)
