"""Welcome messages, and the fans who are owed one."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber
from fancast.model.welcome_messages import WelcomeMessage
from fancast.store.database import Tx
from fancast.store.mass_messages import content_of, content_values
from fancast.store.tables import greetings
from fancast.store.tables import welcome_messages as t

_ONE = sa.select(t).where(t.c.account_id == sa.bindparam("account"))
_ENABLED = _ONE.where(t.c.enabled).with_only_columns(t.c.account_id)
_SWITCH = sa.update(t).where(t.c.account_id == sa.bindparam("account")).values(enabled=sa.bindparam("on"))
_OWED = sa.select(greetings.c.account_id, greetings.c.number).limit(sa.bindparam("most"))
_SETTLE = sa.delete(greetings).where(
    greetings.c.account_id == sa.bindparam("account"), greetings.c.number == sa.bindparam("number")
)


def get(tx: Tx, account: AccountKey) -> WelcomeMessage | None:
    row = tx.row(_ONE, {"account": account})
    if row is None:
        return None
    return WelcomeMessage(row.enabled, content_of(row), row.html, from_ms(row.changed_at))


def put(tx: Tx, account: AccountKey, made: WelcomeMessage) -> None:
    values = {
        **content_values(made.content, made.html), "enabled": made.enabled, "changed_at": to_ms(made.changed_at),
    }  # fmt: skip
    statement = tx.insert(t).values(account_id=account, **values)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c.account_id], set_=values))


def switch(tx: Tx, account: AccountKey, *, on: bool) -> bool:
    """Whether there was one to switch."""
    return tx.run(_SWITCH, {"account": account, "on": on}) == 1


def owe(tx: Tx, account: AccountKey, number: FanNumber, *, now: datetime) -> None:
    """This fan shall be greeted, if the account greets at all."""
    if tx.value(_ENABLED, {"account": account}) is None:
        return
    fresh = tx.insert(greetings).values(account_id=account, number=number, created_at=to_ms(now))
    tx.run(fresh.on_conflict_do_nothing())


def owed(tx: Tx, most: int) -> list[tuple[AccountKey, FanNumber]]:
    """Whoever is owed a greeting, in the whole fleet."""
    return [(AccountKey(row.account_id), FanNumber(row.number)) for row in tx.rows(_OWED, {"most": most})]


def settle(tx: Tx, account: AccountKey, number: FanNumber) -> bool:
    """Whether this transaction is the one that greets; no other one will."""
    return tx.run(_SETTLE, {"account": account, "number": number}) == 1
