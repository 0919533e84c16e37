"""The steps of the schema end where `tables.py` stands, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.fan_sets import SetKey, SetKind
from fancast.model.ids import AccountKey
from fancast.store import day_totals, fan_sets, migrations
from fancast.store.database import Store
from fancast.store.tables import metadata
from tests import postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> Iterator[Store]:
    """A database in which nothing was ever set up."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
        yield store
        store.close()
        return
    with postgresql.database(request.getfixturevalue("postgresql_server"), f"fancast_empty_{worker}") as url:
        store = Store(url)
        yield store
        store.close()


def plain(store: Store) -> sa.Engine:
    """The driver's own cursor: SQLAlchemy cannot read indexes in the binary form that Store asks for."""
    address = sa.engine.make_url(store.url)
    driver = "postgresql+psycopg" if store.dialect == "postgresql" else address.drivername
    return sa.create_engine(address.set(drivername=driver), poolclass=sa.NullPool)


def shape(store: Store) -> dict[str, object]:
    """Every table of ours with columns, keys, uniques and indexes, as the database tells it."""
    inspector = sa.inspect(plain(store))
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"], column["default"])
             for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(table)),
            sorted((str(index["name"]), tuple(index["column_names"])) for index in inspector.get_indexes(table)),
        )
        for table in sorted(metadata.tables)
    }  # fmt: skip


def test_the_steps_end_at_the_drawn_schema(empty: Store):
    migrations.upgrade(empty)
    with plain(empty).connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []
    climbed = shape(empty)
    with empty.engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert shape(empty) == climbed


def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Procrastinate's tables are its own affair."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def test_an_upgrade_is_safe_to_repeat_and_says_where_it_is(empty: Store):
    assert (migrations.is_empty(empty), migrations.current(empty)) == (True, None)
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert not migrations.is_empty(empty)
    assert migrations.is_current(empty)
    assert migrations.current(empty) == migrations.newest()


def test_an_empty_database_gets_the_newest_schema_at_once(empty: Store):
    migrations.create(empty)
    made = shape(empty)
    assert migrations.is_current(empty)
    migrations.upgrade(empty)
    assert shape(empty) == made


def climb(store: Store, revision: str) -> None:
    """Bring the schema to an older step."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_accounts_from_before_know_whether_their_subscriptions_have_a_price(empty: Store):
    climb(empty, "0009")
    with empty.engine.begin() as connection:
        for account, price in ((1, "NULL"), (2, "0"), (3, "999"), (4, "0"), (5, "0")):
            connection.exec_driver_sql(
                "INSERT INTO accounts (account_id, acct_id, connection_id, creator_id, name, username, permissions,"
                f" created_at, updated_at) VALUES ({account}, 'a{account}', 'c{account}', 1, '', '', '[]', 0, 0)"
            )
            connection.exec_driver_sql(
                "INSERT INTO fans (account_id, number, fan_id, username, name, created_at, price_cents)"
                f" VALUES ({account}, 0, 7, 'f', 'f', 0, {price})"
            )
        # Their subscriptions before this one: the one had a price.
        for account, price in ((4, "999"), (5, "0")):
            connection.exec_driver_sql(
                "INSERT INTO subscriptions (account_id, number, started_at, ends_at, price_cents, action)"
                f" VALUES ({account}, 0, 0, 1, {price}, 'start')"
            )
    migrations.upgrade(empty)
    with empty.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT paid_subscriptions FROM accounts ORDER BY account_id")
        assert [bool(row[0]) for row in told] == [False, False, True, True, False]


def test_paid_times_from_before_know_what_began_them(empty: Store):
    climb(empty, "0012")
    # Fan 1 stayed and came back once; fan 2 ended a renewed time early and came back; fan 3 has but one.
    rows = [
        (1, 10, 20, "renew"), (1, 15, 30, "renew"), (1, 30, 40, "start"), (1, 41, 50, "renew"),
        (2, 10, 90, "renew"), (2, 15, 20, "start"), (2, 60, 70, "renew"), (3, 65, 80, "start"),
    ]  # fmt: skip
    with empty.engine.begin() as connection:
        for number, start, end, action in rows:
            connection.exec_driver_sql(
                "INSERT INTO subscriptions (account_id, number, started_at, ends_at, price_cents, action)"
                f" VALUES (1, {number}, {start}, {end}, 999, '{action}')"
            )
    migrations.upgrade(empty)
    with empty.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT action FROM subscriptions ORDER BY number, started_at")
        assert [row[0] for row in told] == [
            "subscribe", "renew", "renew", "subscribe", "subscribe", "renew", "subscribe", "subscribe",
        ]  # fmt: skip


def test_money_from_before_the_sums_by_day_is_counted(empty: Store):
    climb(empty, "0007")
    with empty.engine.begin() as connection:
        for number in (3, 70_000):
            connection.exec_driver_sql(
                "INSERT INTO fans (account_id, number, fan_id, username, name, created_at, tips_cents)"
                f" VALUES (1, {number}, {number}, 'f{number}', 'f', 0, 500)"
            )
            connection.exec_driver_sql(
                "INSERT INTO transactions"
                " (account_id, id, type, number, gross_cents, fee_cents, net_cents, created_at)"
                f" VALUES (1, {number}, 'tip', {number}, 500, 100, 400, 86400000)"
            )
    migrations.upgrade(empty)
    with empty.read() as tx:
        account = AccountKey(1)
        for kind in (SetKind.TIPPERS, SetKind.SPENDERS):
            assert list(fan_sets.load(tx, account, SetKey(kind))) == [3, 70_000]
        totals = day_totals.by_day(tx, account, [DayKind.TIP], 0, 9)
        assert totals == {1: DayTotal(1, 2, 1_000, 200)}
