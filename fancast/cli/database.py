"""`fancast database`: the schema, and whether it is today's."""

import sys

from fancast.bootstrap import database
from fancast.cli.app import FOUND_WRONG
from fancast.cli.options import HERE, Where
from fancast.store import migrations


def upgrade(*, where: Where = HERE) -> None:
    """Bring the schema to the newest version; repeating it changes nothing. Back up first."""
    with database(where.settings()) as store:
        before = migrations.current(store)
        migrations.upgrade(store)
        print(f"schema {before or 'none'} → {migrations.current(store)}")


def check(*, where: Where = HERE) -> None:
    """Say whether the schema is the newest; exit 1 if not."""
    with database(where.settings(existing=True)) as store:
        found, newest = migrations.current(store), migrations.newest()
    if found == newest:
        print(f"schema {found} is the newest")
        return
    print(f"schema {found or 'none'}, the newest is {newest}: run fancast database upgrade", file=sys.stderr)
    sys.exit(FOUND_WRONG)
