"""Token buckets, one row each, shared by all processes that serve."""

import sqlalchemy as sa

from fancast.store.database import Tx
from fancast.store.tables import rate_buckets as t


def lock(tx: Tx, bucket: str) -> int:
    """Until which microsecond the bucket's tokens are spent; its row is held until the transaction ends."""
    wanted = sa.select(t.c.spent_until_us).where(t.c.bucket == bucket).with_for_update()
    found = tx.value(wanted)
    if found is None:
        tx.run(tx.insert(t).values(bucket=bucket, spent_until_us=0).on_conflict_do_nothing())
        found = tx.value(wanted)
    return int(found)


def spend(tx: Tx, bucket: str, *, until_us: int) -> None:
    tx.run(sa.update(t).where(t.c.bucket == bucket).values(spent_until_us=until_us))


def forget(tx: Tx, *, before_us: int) -> None:
    """Drop buckets that are full again."""
    tx.run(sa.delete(t).where(t.c.spent_until_us < before_us))
