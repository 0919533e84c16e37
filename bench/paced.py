"""Many paced accounts sending at once: each done in the time that its own rate allows, and hardly later.

`paced.overshoot(engine)` measures inside `engine.working()`; `paced.line(...)` tells it with what it must reach.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from bench.engine import CLOCK, Engine
from fancast.core import accounts

ACCOUNTS = 200
MOST_SECONDS = 2.0
#: Recipients a second, by turns: 50 of the accounts each.
RATES = (10, 50, 200, 1_000)


@dataclass(frozen=True, slots=True)
class Overshoot:
    """By how many seconds sends ended after the moment that their rates allow."""

    median: float
    worst: float


def overshoot(engine: Engine, *, many: int = ACCOUNTS, seconds: int = 10) -> Overshoot:
    """So many accounts, each with so many seconds' worth of recipients for its own pace, all sent at once."""
    owners = []
    for number in range(many):
        rate = RATES[number % len(RATES)]
        account, listed = engine.account(f"paced {number}", rate * seconds)
        with engine.store.write() as tx:
            account = accounts.change(tx, account, {"pace": rate}, now=CLOCK())
        owners.append((account, listed))
    # What was saved up since the rate was set is one second's worth at most; let it be the same for all.
    time.sleep(1)
    made = [engine.send(owner) for owner in owners]
    late = []
    for account, id in made:
        done = engine.await_done(account, id)
        assert done.finished_at is not None
        late.append((done.finished_at - done.created_at) / timedelta(seconds=1) - seconds)
    late.sort()
    return Overshoot(late[len(late) // 2], late[-1])


def line(found: Overshoot, many: int = ACCOUNTS) -> str:
    return (
        f"{many} paced accounts at once: done {found.median:.2f} s after their rates allow it, "
        f"at worst {found.worst:.2f} s (≤ {MOST_SECONDS:.0f})"
    )
