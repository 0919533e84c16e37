"""Lists go on behind their ten thousandth line: clients that page by offsets alone meet all of them, once."""

from collections.abc import Callable

import pytest

from fancast.core import chats, crowds, fan_pages, worlds
from fancast.model.accounts import Account
from fancast.model.fans import FanFilter
from fancast.model.ids import FanNumber
from fancast.store.database import Tx
from tests.world import World

FANS, FAR, LIMIT = 14_000, 9_900, 100
Page = Callable[[Tx, int], list[FanNumber]]


@pytest.fixture
def account(world: World) -> Account:
    """With more than ten thousand fans who have a chat."""
    account = world.account()
    for batch in crowds.batches(worlds.crowd_of(account, FANS, documented=False, now=world.clock())):
        with world.write() as tx:
            worlds.add(tx, account, batch)
    world.sent("all")
    return account


def walked(world: World, page: Page) -> list[FanNumber]:
    """What an iterator meets from an offset on."""
    found: list[FanNumber] = []
    with world.read() as tx:
        while some := page(tx, FAR + len(found)):
            found += some
    return found


def test_every_fan_is_met_once(world: World, account: Account):
    def listed(tx: Tx, offset: int, limit: int = LIMIT, **how: FanFilter) -> list[FanNumber]:
        found = fan_pages.page(tx, account, offset=offset, limit=limit, now=world.clock(), **how)
        return [fan.number for fan in found]

    with world.read() as tx:
        everybody = listed(tx, 0, FANS)
        spenders = listed(tx, 0, FANS, only=FanFilter(least_spent_cents=0))
    assert len(set(everybody)) == FANS
    assert walked(world, listed) == everybody[FAR:]
    found = walked(world, lambda tx, offset: listed(tx, offset, only=FanFilter(least_spent_cents=0)))
    assert found == spenders[FAR:]


def test_every_chat_is_met_once(world: World, account: Account):
    def listed(tx: Tx, offset: int, limit: int = LIMIT) -> list[FanNumber]:
        found = chats.page(tx, account, offset=offset, limit=limit, now=world.clock())
        return [chat.fan.number for chat in found]

    with world.read() as tx:
        every = listed(tx, 0, FANS)
    assert len(set(every)) == len(every) > FAR
    assert walked(world, listed) == every[FAR:]
