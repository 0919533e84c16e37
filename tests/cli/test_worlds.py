"""A sandbox's world as the command makes it."""

import json
from pathlib import Path

import pytest

from fancast import bootstrap
from fancast.bootstrap import CannotStart
from fancast.cli import worlds
from fancast.config import load
from fancast.core import accounts, ledger
from fancast.core.crowds import Crowd, batches


def test_a_large_crowd_is_the_same_from_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd(seed=1, fans=300, now_ms=1_795_000_000_000, fee_basis_points=2_000, documented=True)
    monkeypatch.setattr(worlds, "LARGE", 100)
    assert list(worlds._batches(crowd, 0)) == list(batches(crowd))


def test_a_large_world_has_its_indexes_and_a_true_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "LARGE", 100)
    with bootstrap.running(load({}, data_dir=tmp_path)) as parts:
        indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index'"
        with parts.store.read() as tx:
            before = tx.connection.exec_driver_sql(indexes).scalar()
        worlds.settle(parts, 300)
        with parts.store.read() as tx:
            assert tx.connection.exec_driver_sql(indexes).scalar() == before
            assert all(ledger.check(tx, each).difference == 0 for each in accounts.everybody(tx))


def test_a_world_is_seeded_once(tmp_path: Path) -> None:
    seeded: list[int] = []
    with bootstrap.running(load({}, data_dir=tmp_path)) as parts:
        first = worlds.settle(parts, 30, progress=seeded.append)
        again = worlds.settle(parts, 99, progress=seeded.append)
    assert (first.fans, again.fans, seeded) == (30, 30, [30])
    assert json.loads((tmp_path / "sandbox.json").read_text())["native_key"] == again.native_key


def test_other_peoples_accounts_are_left_alone(tmp_path: Path) -> None:
    with bootstrap.running(load({}, data_dir=tmp_path)) as parts:
        with parts.store.write() as tx:
            accounts.create(tx, "Ada", "ada", now=parts.clock())
        with pytest.raises(CannotStart, match="no sandbox made"):
            worlds.settle(parts, 30)
    assert not (tmp_path / "sandbox.json").exists()
