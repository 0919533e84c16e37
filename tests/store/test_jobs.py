"""Jobs on PostgreSQL: each is committed or rolled back with its transaction."""

import contextlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from fancast.model.ids import AccountKey
from fancast.store import jobs, migrations
from fancast.store.database import Store
from tests import postgresql

WAITING = sa.text("SELECT count(*) FROM procrastinate_jobs")


@pytest.fixture
def migrated(postgresql_server: str, worker: str) -> Iterator[Store]:
    with postgresql.database(postgresql_server, f"fancast_jobs_{worker}") as url:
        store = Store(url)
        migrations.upgrade(store)
        yield store
        store.close()


def test_a_job_alone_in_its_transaction_is_committed(migrated: Store) -> None:
    with migrated.write() as tx:
        jobs.defer_drive(tx, [AccountKey(1)], priority=jobs.AGAIN)
    with migrated.read() as tx:
        assert tx.value(WAITING) == 1


def test_a_job_is_rolled_back_with_its_transaction(migrated: Store) -> None:
    with contextlib.suppress(RuntimeError), migrated.write() as tx:
        jobs.defer_drive(tx, [AccountKey(1)])
        raise RuntimeError("something else went wrong")
    with migrated.read() as tx:
        assert tx.value(WAITING) == 0
