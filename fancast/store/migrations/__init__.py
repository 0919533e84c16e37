"""The schema's steps, forward only. A test proves that they end at `tables.py` on both databases."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from fancast.store.database import Store


def upgrade(store: Store) -> None:
    """Bring the database to the newest schema. Repeating it changes nothing."""
    with store.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if store.dialect == "postgresql":
            # Procrastinate takes 0.3 s to import, a sixth of a sandbox's start, and SQLite has no use for it.
            from fancast.store import jobs

            jobs.apply_schema(connection)


def current(store: Store) -> str | None:
    """The revision of the database's schema; None for a database that has none of our tables."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def is_empty(store: Store) -> bool:
    """Whether nothing was ever set up here."""
    return not sa.inspect(store.engine).has_table("alembic_version")


def is_current(store: Store) -> bool:
    return current(store) == newest()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
