"""The sandbox's world: made up from a seed, with the documentation's ids, and true to the last counter."""

import hashlib
from pathlib import Path

import pytest

from fancast.blobs import samples
from fancast.blobs.disk import Disk
from fancast.core import audiences, crowds, fan_pages, fans, media, user_lists, vault_lists, worlds
from fancast.core.crowds import Crowd, batches
from fancast.kit.times import from_ms
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.ids import MediaId
from fancast.model.media import MediaType
from fancast.model.vault_lists import VaultListId
from fancast.store.bulk import FAN_COLUMNS
from fancast.store.database import Store
from tests.world import NOON, MovableClock

NOW_MS = 1_795_000_000_000


def crowd(fans: int = 400, seed: int = 1) -> Crowd:
    return Crowd(seed=seed, fans=fans, now_ms=NOW_MS, fee_basis_points=2_000, documented=True)


def settle(store: Store, clock: MovableClock, size: int = 400) -> tuple[Account, Account]:
    with store.write() as tx:
        first, second = worlds.create(tx, now=clock())
    for account, documented in ((first, True), (second, False)):
        for batch in batches(worlds.crowd_of(account, size, documented=documented, now=clock())):
            with store.write() as tx:
                worlds.add(tx, account, batch)
    return first, second


def test_the_same_seed_makes_the_same_crowd() -> None:
    assert list(batches(crowd())) == list(batches(crowd()))
    assert list(batches(crowd())) != list(batches(crowd(seed=2)))


def test_fans_come_in_order_of_arrival_and_transactions_in_order_of_time() -> None:
    (batch,) = batches(crowd())
    arrivals = [row[FAN_COLUMNS.index("created_at")] for row in batch.fans]
    assert arrivals == sorted(arrivals)
    times = [line[-1] for line in batch.transactions]
    assert times == sorted(times)
    assert max(arrivals) < NOW_MS
    assert max(times) <= NOW_MS


def test_a_fans_first_paid_time_is_a_subscription_and_all_that_follow_are_renewals() -> None:
    (batch,) = batches(crowd())
    began: dict[int, list[str]] = {}
    for number, _, _, _, action in batch.periods:
        began.setdefault(number, []).append(action)
    assert {actions[0] for actions in began.values()} == {"subscribe"}
    assert {action for actions in began.values() for action in actions[1:]} == {"renew"}


def test_a_crowd_is_spread_as_in_life() -> None:
    (batch,) = batches(crowd(fans=5_000))
    sizes = {key: len(numbers) for key, numbers in batch.sets.items()}
    subscribed, renewing = sizes[crowds.SUBSCRIBED], sizes[crowds.RENEWING]
    assert 2_000 < subscribed < 4_500
    assert subscribed / 2 < renewing < subscribed
    assert all(0 < sizes[key] < 200 for key in crowds.FLAG_SETS.values())
    names = {row[2] for row in batch.fans}
    assert len(names) == len({row[1] for row in batch.fans}) == 5_000


def test_the_world_holds_what_the_documentation_names(store: Store, clock: MovableClock) -> None:
    first, _ = settle(store, clock)
    assert (first.connection_id, first.acct_id) == ("conn_abc123", "acct_XXXXXXXXXXXXXXX")
    assert first.duplicate_guard_seconds == 0
    with store.read() as tx:
        for fan_id in (123, 456, 789, 1011, 1213, 123456):
            fan = fans.get(tx, first, fan_id)
            assert fan.subscribed(clock())
            assert fan.receives
        lists = {
            word: user_lists.find_ref(tx, first, word) for word in (1, 2, 3, 4, 5, "top_spenders_list_id")
        }
        assert lists["top_spenders_list_id"] == 2
        active = user_lists.get(tx, first, lists[1], now=clock())
        assert active.name == "Active"
        assert active.fans_count == fans.count(tx, first)
        asked = AskedAudience(user_lists=(1, 2), exclude_user_lists=(3, 4))
        resolved, _ = audiences.preview(tx, first, asked, sample=0, now=clock())
        assert resolved.to


@pytest.mark.parametrize("size", [0, 6, 30])
def test_a_world_of_any_size_has_lists_that_overlap(store: Store, clock: MovableClock, size: int) -> None:
    first, _ = settle(store, clock, size)
    with store.read() as tx:
        sets = {ref: user_lists.members_of(tx, first, user_lists.find_ref(tx, first, ref), now=clock())
                for ref in range(1, 6)}  # fmt: skip
    if size:
        assert all(sets.values())
        assert all(sets[2] & sets[other] for other in (3, 4, 5))


def test_a_seeding_that_was_interrupted_goes_on(
    store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "BATCH", 50)
    with store.write() as tx:
        first, _ = worlds.create(tx, now=clock())
    recipe = worlds.crowd_of(first, 120, now=NOON)
    with store.write() as tx:
        worlds.add(tx, first, next(batches(recipe)))
    with store.read() as tx:
        done = worlds.fans_so_far(tx, first)
    for batch in batches(recipe, since=done):
        with store.write() as tx:
            worlds.add(tx, first, batch)
    with store.read() as tx:
        everybody = fan_pages.page_after(tx, first, limit=1_000)
    assert [fan.fan_id for fan in everybody] == [row[1] for batch in batches(recipe) for row in batch.fans]


def test_a_list_for_the_demo_holds_only_fans_whom_messages_reach(store: Store, clock: MovableClock) -> None:
    first, _ = settle(store, clock)
    with store.write() as tx:
        made = worlds.add_list(tx, first, "Demo", 300, now=clock())
        members = user_lists.members_of(tx, first, made.ref, now=clock())
        resolved, _ = audiences.preview(
            tx, first, AskedAudience(user_lists=(made.ref,)), sample=0, now=clock()
        )
    assert len(members) == len(resolved.to) == 300
    assert from_ms(NOW_MS) > NOON


def test_the_vaults_media_have_the_files_that_they_speak_of(
    store: Store, clock: MovableClock, tmp_path: Path
) -> None:
    blobs = Disk(tmp_path)
    samples.store(blobs)
    first, _ = settle(store, clock, 6)
    with store.read() as tx:
        vault = media.get_many(tx, first, [MediaId(each.media_id) for each in samples.samples()])
    assert {each.type for each in vault.values()} == set(MediaType)
    for item in vault.values():
        assert item.blob is not None
        content = b"".join(blobs.read(item.blob))
        assert (len(content), hashlib.md5(content).hexdigest()) == (item.size_bytes, item.md5)
        for made in item.renditions.values():
            assert len(b"".join(blobs.read(made.blob))) == made.size_bytes


def test_the_vault_has_lists_that_are_not_empty(store: Store, clock: MovableClock):
    with store.write() as tx:
        account, _ = worlds.create(tx, now=clock())
        lists = [vault_lists.get(tx, account, VaultListId(id)) for id in (31, 32)]
    assert [(found.name, found.count) for found in lists] == [("Set A", 3), ("Behind the scenes", 2)]
