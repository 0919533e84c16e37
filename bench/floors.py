"""Two floors in the same run: the same sets with pyroaring and the bare driver, and one row per recipient."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from bench.audiences import Lists
from fancast.model import fan_sets as sets
from fancast.model.fan_sets import FanSet


class Floor:
    """A bare driver's connection to a database of its own beside the bench's."""

    def __init__(self, kind: str, url: str, folder: Path, synchronous: str) -> None:
        self.kind = kind
        self.connection: Any
        if kind == "sqlite":
            self.connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute(f"PRAGMA synchronous={synchronous}")
        else:
            import psycopg

            self.connection = psycopg.connect(url, autocommit=True)
        self.hole = "?" if kind == "sqlite" else "%s"
        blob = "blob" if kind == "sqlite" else "bytea"
        self.run("DROP TABLE IF EXISTS floor_sets")
        self.run(
            f"CREATE TABLE floor_sets (set_id bigint, chunk int, size int, bits {blob}, PRIMARY KEY (set_id, chunk))"
        )

    def run(self, sql: str, values: tuple[object, ...] = ()) -> Any:
        return self.connection.execute(sql, values)

    def load_lists(self, lists: Lists) -> None:
        for set_id, fans in enumerate(lists.sets):
            self._save(set_id, fans)

    def bare_sets_ms(self, set_id: int) -> float:
        """Resolve three lists minus two, freeze and commit, with nothing else around it."""
        began = time.perf_counter()
        self.run("BEGIN")
        united = sets.union(self._load(number) for number in (0, 1, 2))
        frozen = united - self._load(3) - self._load(4)
        self._save(set_id, frozen)
        self.run("COMMIT")
        return (time.perf_counter() - began) * 1000

    def rows_ms(self, recipients: int) -> float:
        """Insert one 16-byte row per recipient by one set-based statement, and commit."""
        self.run("DROP TABLE IF EXISTS floor_rows")
        rowid = " WITHOUT ROWID" if self.kind == "sqlite" else ""
        self.run(f"CREATE TABLE floor_rows (message bigint, fan bigint, PRIMARY KEY (message, fan)){rowid}")
        series = (
            f"WITH RECURSIVE n(fan) AS (SELECT 0 UNION ALL SELECT fan + 1 FROM n WHERE fan + 1 < {recipients})"
            " INSERT INTO floor_rows SELECT 7, fan FROM n"
            if self.kind == "sqlite"
            else f"INSERT INTO floor_rows SELECT 7, fan FROM generate_series(0, {recipients - 1}) AS n(fan)"
        )
        began = time.perf_counter()
        self.run("BEGIN")
        self.run(series)
        self.run("COMMIT")
        return (time.perf_counter() - began) * 1000

    def close(self) -> None:
        for table in ("floor_rows", "floor_sets"):
            self.run(f"DROP TABLE IF EXISTS {table}")
        self.connection.close()

    def _load(self, set_id: int) -> FanSet:
        rows = self.run(f"SELECT bits FROM floor_sets WHERE set_id = {self.hole}", (set_id,)).fetchall()
        return sets.unpack(row[0] for row in rows)

    def _save(self, set_id: int, fans: FanSet) -> None:
        for chunk, part in sets.chunks(fans):
            holes = ", ".join([self.hole] * 4)
            self.run(f"INSERT INTO floor_sets VALUES ({holes})", (set_id, chunk, len(part), sets.pack(part)))
