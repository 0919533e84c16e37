"""`fancast keys`: who may call."""

from typing import Annotated

from cyclopts import Parameter

from fancast.bootstrap import clock_of, ready_database
from fancast.cli.options import HERE, Where
from fancast.cli.tables import show
from fancast.core import accounts, api_keys
from fancast.kit.times import maybe_zulu
from fancast.model.accounts import Account
from fancast.model.api_keys import ANY_PERMISSION, EVERY_SCOPE, Environment, Scope
from fancast.model.problems import not_found
from fancast.store.database import Tx


def create(
    name: str,
    *,
    account: Annotated[
        list[str] | None, Parameter(help="An account it is limited to, by any of its ids; repeat for more.")
    ] = None,
    scope: Annotated[list[Scope] | None, Parameter(help="A scope; repeat for more. By default all.")] = None,
    permission: Annotated[
        list[str] | None,
        Parameter(help="A permission such as messages:write; repeat for more. By default all."),
    ] = None,
    environment: Annotated[Environment, Parameter(help="What the key's prefix says.")] = Environment.LIVE,
    where: Where = HERE,
) -> None:
    """Make an API key. The secret on standard output is shown this once; only its hash is kept.

    Parameters
    ----------
    name
        What it is for, to tell it from others.
    """
    settings = where.settings()
    with ready_database(settings) as store, store.write() as tx:
        reach = None if account is None else [_named(tx, public_id).key for public_id in account]
        _, secret = api_keys.create(
            tx, name, environment=environment, scopes=scope or EVERY_SCOPE,
            permissions=permission or (ANY_PERMISSION,), accounts=reach, now=clock_of(settings)(),
        )  # fmt: skip
    print(secret)


def list_(*, where: Where = HERE) -> None:
    """List API keys; a secret is known by its first letters."""
    with ready_database(where.settings(existing=True)) as store, store.read() as tx:
        found = api_keys.listing(tx)
        names = {each.key: each.acct_id for each in accounts.everybody(tx)}
    show(
        ("key", "name", "secret", "accounts", "created", "revoked"),
        [
            (
                each.key_id, each.name, f"{each.hint}…",
                "all" if each.accounts is None else ", ".join(names[key] for key in each.accounts),
                maybe_zulu(each.created_at), maybe_zulu(each.revoked_at) or "",
            )
            for each in found
        ],
    )  # fmt: skip


def revoke(key: str, *, where: Where = HERE) -> None:
    """Revoke an API key: it stops working at once, also on servers that run.

    Parameters
    ----------
    key
        Its `key_…` id, as `fancast keys list` shows it.
    """
    settings = where.settings(existing=True)
    with ready_database(settings) as store, store.write() as tx:
        revoked = api_keys.revoke(tx, key, now=clock_of(settings)())
    print(f"{revoked.key_id} is revoked")


def _named(tx: Tx, public_id: str) -> Account:
    found = accounts.named(tx, public_id)
    if found is None:
        raise not_found("account", public_id)
    return found
