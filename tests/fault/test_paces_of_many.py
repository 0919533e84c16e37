"""Many paced accounts at once: each ends when its own rate allows it. The clock is the test's own.

`FANCAST_TEST_PACED` says how many; the real clock is for `bench/paced.py`.
"""

import os
from datetime import timedelta

import pytest

from fancast.core import accounts, mass_messages, user_lists
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.fan_sets import FanSet
from fancast.model.mass_messages import Content, Draft, MassMessage
from fancast.store import fan_sets, steps
from fancast.store.user_lists import members_key
from tests.world import World

pytestmark = pytest.mark.fault
ACCOUNTS = int(os.environ.get("FANCAST_TEST_PACED", "32"))
RATES = (10, 25, 40, 100)
SECONDS = 2
#: The slower of the two dispatchers' ticks.
TICK_SECONDS = 0.5


def paced_account(world: World, number: int) -> tuple[Account, MassMessage]:
    """An account with a pace of its own, and a send with so many seconds' worth of fans."""
    rate, now = RATES[number % len(RATES)], world.clock()
    with world.store.write() as tx:
        account = accounts.create(
            tx, f"a{number}", f"a{number}", settings={"duplicate_guard_seconds": 0}, now=now
        )
        listed = user_lists.create(tx, account, "all", now=now).ref
        assert not isinstance(listed, str)
        fan_sets.create(tx, account.key, members_key(listed), FanSet(range(rate * SECONDS)))
        account = accounts.change(tx, account, {"pace": rate}, now=now)
        draft = Draft(Content("hi"), AskedAudience(user_lists=(listed,)))
        return account, mass_messages.create(tx, account, draft, now=now)


def test_paced_accounts_that_send_at_once_end_when_their_own_rates_allow_it(world: World) -> None:
    made = [paced_account(world, number) for number in range(ACCOUNTS)]
    started = world.clock()
    for _ in range(int((SECONDS + 2) / TICK_SECONDS)):
        world.deliver()
        world.clock.forward(seconds=TICK_SECONDS)
    for number, (account, one) in enumerate(made):
        rate = RATES[number % len(RATES)]
        with world.store.read() as tx:
            done = mass_messages.get(tx, account, one.id)
            found = steps.of(tx, account.key, one.id)
        assert done.finished_at is not None, "it still sends"
        took = (done.finished_at - started) / timedelta(seconds=1)
        assert SECONDS - 1 <= took <= SECONDS + 2, (rate, took)
        # Nobody ever ran ahead of their rate: at each step no more had gone out than it allows until then.
        sent = 0
        for step in found:
            sent += step.count
            assert sent <= rate * (1 + (step.sent_at - started) / timedelta(seconds=1)), step
        assert sent == rate * SECONDS
