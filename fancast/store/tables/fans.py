"""Fans with their subscriptions, sets and lists."""

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from fancast.store.tables.columns import account, count, flag, metadata

# ---- fans


def _among(condition: str, name: str, *columns: str) -> Index:
    """An index of some rows only."""
    return Index(name, *columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


fans = Table(
    "fans",
    metadata,
    account(),
    Column("number", Integer, nullable=False),
    Column("fan_id", BigInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("avatar_url", Text),
    Column("time_zone", Text),
    # The creator's own words about this fan.
    Column("custom_name", Text),
    Column("notice", Text),
    # The current unbroken subscription, or the last one. All null for who never subscribed.
    Column("subscribed_at", BigInteger),
    Column("subscribed_until", BigInteger),
    Column("renewed_at", BigInteger),
    Column("price_cents", Integer),
    flag("renews"),
    flag("blocked"),
    flag("restricted"),
    flag("deleted"),
    flag("unreachable"),
    # What the fan has spent, gross, by kind; equal to sums over `transactions`.
    count("subscriptions_cents"),
    count("messages_cents"),
    count("tips_cents"),
    Column("last_seen_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    # Whether the end of the subscription was told already: by hand, ahead of the sweep.
    flag("end_told"),
    # Whether the subscription has ended as of the last sweep (`subscribed_until` <= `swept_until`), so that lists
    # of current and of ended ones each go by an index, newest first.
    flag("lapsed"),
    # The sum of the three kinds; `store.fans.update` keeps it. (A column that the database reckons by itself was
    # no use: SQLite reads the rows of such an index's range, 100 ms for 20,000 fans.)
    count("spent_cents"),
    # The price cut the creator offers this fan, from when, and for how many months.
    Column("discount_percent", Integer),
    Column("discount_months", Integer),
    Column("discounted_at", BigInteger),
    PrimaryKeyConstraint("account_id", "number"),
    UniqueConstraint("account_id", "fan_id"),
    Index("ix_fans_account_id_username", "account_id", "username", unique=True),
    Index("ix_fans_account_id_subscribed_until", "account_id", "subscribed_until"),
    Index(
        "ix_fans_account_id_subscribed_at",
        "account_id",
        "lapsed",
        "subscribed_at",
        "number",
        "subscribed_until",
    ),
    _among("renewed_at IS NOT NULL", "ix_fans_account_id_renewed_at", "account_id", "renewed_at", "number"),
    # With the moment that lists go by, so that a range of either is put in order without a look at the rows.
    _among(
        "tips_cents > 0",
        "ix_fans_account_id_tips_cents",
        "account_id",
        "tips_cents",
        "subscribed_at",
        "number",
    ),
    Index("ix_fans_account_id_spent_cents", "account_id", "spent_cents", "subscribed_at", "number"),
    Index("ix_fans_account_id_last_seen_at", "account_id", "last_seen_at", "number"),
    sqlite_with_rowid=False,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    # Periods that are over; the one that runs stands on the fan.
    account(),
    Column("number", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("action", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "number", "started_at"),
)

name_indexes = Table(
    "name_indexes",
    metadata,
    # How far an account's fans are in the sets that names are searched by; see `core.names`.
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("indexed_through", Integer, nullable=False, server_default=sa.text("0")),
    # Raised by every change of a name, so that who indexes a stretch learns of a change meanwhile.
    count("revision"),
)

fan_sets = Table(
    "fan_sets",
    metadata,
    account(),
    Column("kind", SmallInteger, nullable=False),
    Column("ref", BigInteger, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account_id", "kind", "ref", "chunk"),
)

# Bitmaps are compressed already: PostgreSQL shall not try again, and may read a slice.
BITS_STORAGE = sa.DDL("ALTER TABLE fan_sets ALTER COLUMN bits SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
sa.event.listen(fan_sets, "after_create", BITS_STORAGE.execute_if(dialect="postgresql"))

user_lists = Table(
    "user_lists",
    metadata,
    account(),
    Column("list_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # A second, textual name that callers may use in place of the id.
    Column("alias", Text),
    flag("pinned_to_feed"),
    flag("pinned_to_chat"),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "list_id"),
    UniqueConstraint("account_id", "alias"),
)
