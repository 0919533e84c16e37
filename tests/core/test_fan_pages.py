"""Lists of fans against a look at everybody: every status, order, filter, search, offset and cursor."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from fancast.core import accounts, crowds, fan_pages, fans, subscriptions, worlds
from fancast.model.accounts import Account
from fancast.model.fans import Began, Fan, FanFilter, FanPlace, FanStatus, Spent
from fancast.store.database import Store
from fancast.workers import indexing
from tests.world import NOON, World

SIZE = 200


@dataclass
class Crowded:
    """An account with a made-up crowd, some days after the last sweep."""

    store: Store
    account: Account

    @property
    def now(self):
        return NOON + timedelta(days=9)

    def everybody(self) -> list[Fan]:
        with self.store.read() as tx:
            return fan_pages.page_after(tx, self.account, limit=10_000)

    def page(self, **asked: Any) -> list[int]:
        with self.store.read() as tx:
            return [fan.number for fan in fan_pages.page(tx, self.account, now=self.now, **asked)]


@pytest.fixture
def crowd(world: World) -> Crowded:
    with world.store.write() as tx:
        account = accounts.create(tx, "Cy", "cy", now=NOON)
    for batch in crowds.batches(worlds.crowd_of(account, SIZE, documented=False, now=NOON)):
        with world.store.write() as tx:
            worlds.add(tx, account, batch)
    with world.store.write() as tx:
        # Half of what ended since is swept, half is not.
        subscriptions.sweep(tx, account.key, now=NOON + timedelta(days=4))
        for number in (7, 60, 150):
            [fan] = fans.get_many(tx, account, [number])
            fans.set_custom_name(tx, account, fan.fan_id, f"Dear {number}")
    indexing.index_next(world.store, account.key)
    return Crowded(world.store, account)


def expected(
    crowd: Crowded, status: FanStatus, by: Began, since: Any, until: Any, only: FanFilter, query: str
):
    """The same by looking at everybody."""

    def moment(fan: Fan) -> Any:
        s = fan.subscription
        if s is None:
            return None
        return {"new": s.subscribed_at, "renewals": s.renewed_at, "total": s.renewed_at or s.subscribed_at}[
            by
        ]

    def shown(fan: Fan) -> bool:
        s, at, spent = fan.subscription, moment(fan), fan.spending.total_cents
        seen = (
            fan.last_seen_at is not None
            and only.seen_since is not None
            and fan.last_seen_at >= only.seen_since
        )
        names = f"{fan.username}\n{fan.name}\n{fan.custom_name}".lower()
        return all((
            status is FanStatus.ALL or (s is not None and s.runs_at(crowd.now) is (status is FanStatus.ACTIVE)),
            by is Began.NEW or at is not None,
            since is None or (at is not None and at >= since), until is None or (at is not None and at <= until),
            only.seen_since is None or seen is not only.unseen,
            fan.spending.tips_cents >= (only.least_tips_cents or 0), spent >= (only.least_spent_cents or 0),
            only.most_spent_cents is None or spent <= only.most_spent_cents,
            only.began_by is None or (s is not None and s.subscribed_at <= only.began_by),
            query.lower() in names,
        ))  # fmt: skip

    chosen = [fan for fan in crowd.everybody() if shown(fan)]
    return [
        fan.number
        for fan in sorted(
            chosen, key=lambda fan: (moment(fan) or NOON.min.replace(tzinfo=NOON.tzinfo), fan.number)
        )
    ][::-1]


_SINCE = NOON - timedelta(days=200)
_FILTERS = [
    FanFilter(), FanFilter(seen_since=NOON - timedelta(days=2)),
    FanFilter(seen_since=NOON - timedelta(days=2), unseen=True), FanFilter(least_tips_cents=1),
    FanFilter(least_tips_cents=0, least_spent_cents=6_000), FanFilter(most_spent_cents=0),
    FanFilter(began_by=NOON - timedelta(days=90), least_spent_cents=1),
]  # fmt: skip


@pytest.mark.parametrize("by", Began)
@pytest.mark.parametrize("status", FanStatus)
@pytest.mark.parametrize(("rare", "many"), [(fan_pages.RARE, 0), (3, 50), (3, 3)])
def test_every_list_is_what_a_look_at_everybody_says(
    crowd: Crowded, status: FanStatus, by: Began, rare: int, many: int, monkeypatch: pytest.MonkeyPatch
):
    # With other limits the same lists go other ways.
    monkeypatch.setattr(fan_pages, "RARE", rare)
    monkeypatch.setattr(fan_pages, "FEW", rare)
    monkeypatch.setattr(fan_pages, "MANY", many)
    monkeypatch.setattr(fan_pages, "_WALKED_AT_MOST", 7)
    for only in _FILTERS:
        for query in ("", "an"):
            for since, until in ((None, None), (_SINCE, NOON - timedelta(days=10))):
                asked: dict[str, Any] = {
                    "status": status, "by": by, "only": only, "query": query, "subscribed_from": since,
                    "subscribed_until": until,
                }  # fmt: skip
                wanted = expected(crowd, status, by, since, until, only, query)
                assert crowd.page(limit=SIZE, **asked) == wanted, asked
                if since is None:
                    assert crowd.page(limit=5, offset=3, **asked) == wanted[3:8], asked


@pytest.mark.parametrize("query", ["", "a"])
@pytest.mark.parametrize("status", FanStatus)
def test_a_walk_by_cursor_meets_everybody_once(crowd: Crowded, status: FanStatus, query: str):
    met: list[int] = []
    place: FanPlace | None = None
    while True:
        with crowd.store.read() as tx:
            page = fan_pages.page(
                tx, crowd.account, status=status, query=query, after=place, limit=7, now=crowd.now
            )
        if not page:
            break
        met += [fan.number for fan in page]
        last = page[-1]
        began = None if last.subscription is None else last.subscription.subscribed_at
        place = FanPlace(began, last.number)
    assert met == crowd.page(status=status, query=query, limit=SIZE)


def test_a_clock_that_was_set_back_changes_no_list(crowd: Crowded):
    early = NOON + timedelta(days=1)
    running = {fan.number for fan in crowd.everybody() if fan.subscribed(early)}
    over = {fan.number for fan in crowd.everybody() if fan.subscription and not fan.subscribed(early)}
    with crowd.store.read() as tx:
        for status, wanted in ((FanStatus.ACTIVE, running), (FanStatus.EXPIRED, over)):
            page = fan_pages.page(tx, crowd.account, status=status, limit=SIZE, now=early)
            assert {fan.number for fan in page} == wanted


@pytest.mark.parametrize("by", Spent)
def test_the_top_is_by_money(crowd: Crowded, by: Spent):
    def spent(fan: Fan) -> int:
        one = fan.spending
        return {
            "total": one.total_cents, "subscriptions": one.subscriptions_cents, "messages": one.messages_cents,
            "tips": one.tips_cents,
        }[by]  # fmt: skip

    wanted = sorted(
        (fan for fan in crowd.everybody() if spent(fan)), key=lambda fan: (-spent(fan), fan.number)
    )
    with crowd.store.read() as tx:
        found = fan_pages.top(tx, crowd.account, by, limit=SIZE, now=crowd.now)
        # All that was ever spent lies in a time that holds it all.
        dated = fan_pages.top(
            tx, crowd.account, by, since=NOON - timedelta(days=4_000), limit=SIZE, now=crowd.now
        )
        nobody = fan_pages.top(tx, crowd.account, by, since=crowd.now, limit=SIZE, now=crowd.now)
    assert [fan.number for fan in found] == [fan.number for fan in wanted]
    assert [fan.number for fan in dated] == [fan.number for fan in wanted]
    assert nobody == []


def test_a_random_order_of_arrival_does_not_matter(world: World):
    order = Random(3)
    for place in range(40):
        world.fan(
            f"f{place}", since=NOON - timedelta(days=order.randrange(20)), until=NOON + timedelta(days=1)
        )
    crowd = Crowded(world.store, world.account())
    for status in FanStatus:
        wanted = expected(crowd, status, Began.NEW, None, None, FanFilter(), "")
        assert crowd.page(status=status, limit=100) == wanted
