"""Whether anything was written: what a look found is kept while the database itself says that nothing was."""

import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.world import World

#: Moves with every commit of another connection; this one only asks.
_OF_SQLITE = "PRAGMA data_version"
#: The number that the next transaction that writes will have.
_OF_POSTGRESQL = sa.text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")


class Unchanged:
    """`with unchanged():` demands that a look finds the same before and after; near always it looks only once.

    Recomputing a whole ledger twice for each refusal was most of what the tests of refusals cost.
    """

    def __init__(self, world: World, look: Callable[[], object]) -> None:
        self._world, self._look = world, look
        self._asker: sqlite3.Connection | None = None
        self._stamp: Any = None
        self._seen: object = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        before = self._now()
        yield
        assert self._now() == before

    def _now(self) -> object:
        # Asked first: what is written during the look makes the next one look again.
        stamp = self._written()
        if self._stamp is None or stamp != self._stamp:
            self._stamp, self._seen = stamp, self._look()
        return self._seen

    def _written(self) -> Any:
        store = self._world.store
        if store.dialect != "sqlite":
            with store.read() as tx:
                return tx.value(_OF_POSTGRESQL)
        if self._asker is None:
            path = store.engine.url.database
            assert path is not None
            self._asker = sqlite3.connect(path, check_same_thread=False)
            weakref.finalize(self, self._asker.close)
        return self._asker.execute(_OF_SQLITE).fetchone()
