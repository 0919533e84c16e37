"""The schema's steps, forward only, in files named by their revision. A test proves that they end at
`tables.py` on both databases.

Alembic takes as long to import as the rest of a small server: only `upgrade` needs it.
"""

from pathlib import Path

import sqlalchemy as sa

from fancast.store.database import Store
from fancast.store.tables import metadata

_FOLDER = Path(__file__).parent
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def upgrade(store: Store) -> None:
    """Bring the database to the newest schema, step by step. Repeating it changes nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _add_jobs(connection)


def create(store: Store) -> None:
    """Give an empty database the newest schema at once, as `tables.py` draws it."""
    with store.engine.connect() as connection:
        if store.dialect == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        )
        connection.execute(sa.insert(_VERSION), {"version_num": newest()})
        _add_jobs(connection)
        connection.commit()


def current(store: Store) -> str | None:
    """The revision of the database's schema; None for a database that has none of our tables."""
    if is_empty(store):
        return None
    with store.engine.connect() as connection:
        found: str | None = connection.scalar(sa.select(_VERSION.c.version_num))
        return found


def newest() -> str:
    """The last revision that this version of Fancast knows."""
    return max(file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def is_empty(store: Store) -> bool:
    """Whether nothing was ever set up here."""
    return not sa.inspect(store.engine).has_table("alembic_version")


def is_current(store: Store) -> bool:
    return current(store) == newest()


def _add_jobs(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Procrastinate is slow to import, too, and SQLite has no use for it.
        from fancast.store import jobs

        jobs.apply_schema(connection)
