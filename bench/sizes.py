"""Bytes in the database, and in its write-ahead log."""

import sqlite3
from pathlib import Path
from typing import Any

from bench.places import Place


class Sizes:
    """Bytes that frozen audiences take, and that the log has grown by."""

    def __init__(self, place: Place) -> None:
        self.kind, self.place = place.name, place
        self.connection: Any
        if self.kind == "sqlite":
            self.connection = sqlite3.connect(place.folder / "fancast.db", isolation_level=None)
        else:
            import psycopg

            self.connection = psycopg.connect(place.url, autocommit=True)

    def mark(self) -> tuple[int, int]:
        """Bytes of the sets with their index, and the log's position (on SQLite it starts anew)."""
        if self.kind == "sqlite":
            wal = Path(f"{self.place.folder / 'fancast.db'}-wal")
            log = wal.stat().st_size if wal.exists() else 0
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return self._number("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%fan_sets%'"), log
        used = self._number("SELECT pg_total_relation_size('fan_sets')")
        return used, self._number("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint")

    def grown(self, before: tuple[int, int]) -> tuple[int, int]:
        used, log = self.mark()
        return used - before[0], log if self.kind == "sqlite" else log - before[1]

    def close(self) -> None:
        self.connection.close()

    def _number(self, sql: str) -> int:
        return int(self.connection.execute(sql).fetchone()[0])
