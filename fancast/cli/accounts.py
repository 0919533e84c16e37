"""`fancast accounts`: the creators this server acts for."""

from typing import Annotated

from cyclopts import Parameter

from fancast.bootstrap import clock_of, ready_database
from fancast.cli.options import HERE, Where
from fancast.cli.tables import show
from fancast.core import accounts


def create(
    name: str,
    username: str,
    *,
    acct_id: Annotated[str | None, Parameter(help="Its `acct_…` id; made up by default.")] = None,
    connection_id: Annotated[str | None, Parameter(help="Its `conn_…` id; made up by default.")] = None,
    where: Where = HERE,
) -> None:
    """Make an account and print both its ids.

    Parameters
    ----------
    name
        The creator's name, as callers see it.
    username
        The creator's username.
    """
    settings = where.settings()
    with ready_database(settings) as store, store.write() as tx:
        made = accounts.create(
            tx, name, username, acct_id=acct_id, connection_id=connection_id, now=clock_of(settings)()
        )
    print(f"{made.acct_id} {made.connection_id}")


def list_(*, where: Where = HERE) -> None:
    """List accounts, in order of making."""
    with ready_database(where.settings(existing=True)) as store, store.read() as tx:
        found = accounts.everybody(tx)
    show(
        ("account", "connection", "name", "username", "status", "pace"),
        [
            (each.acct_id, each.connection_id, each.name, each.username, each.status, each.pace or "none")
            for each in found
        ],
    )
