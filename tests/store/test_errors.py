"""Errors of the database: a name for callers, for the log sentences that show no row."""

import traceback
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from fancast.store.database import Store, Tx
from fancast.store.errors import name_of
from fancast.store.tables import account_aliases

PRIVATE = "Mia's own words"
INCOMPLETE = {"alias": PRIVATE, "account_id": None}


@pytest.mark.parametrize(
    "insert",
    [
        lambda tx, statement: tx.run(statement, INCOMPLETE),
        lambda tx, statement: tx.many(statement, [INCOMPLETE]),
    ],
)
def test_what_the_database_refuses_has_a_name_and_shows_no_row(
    store: Store, insert: Callable[[Tx, sa.Insert], object]
):
    statement = sa.insert(account_aliases)
    # Once by SQLAlchemy, from the second time on by the driver itself.
    for _ in range(3):
        with pytest.raises(sa.exc.IntegrityError) as refused, store.write() as tx:
            insert(tx, statement)
        named = {"sqlite": "SQLITE_CONSTRAINT_NOTNULL", "postgresql": "NotNullViolation"}[store.dialect]
        assert name_of(refused.value) == f"IntegrityError: {named}"
        logged = "".join(traceback.format_exception(refused.value))
        assert "account_aliases" in logged
        assert "DETAIL" not in logged
        assert PRIVATE not in logged.replace("Mia''s", "Mia's")


def test_what_is_not_the_database_s_has_no_name_of_it():
    assert name_of(AssertionError("an account without a head row")) is None
