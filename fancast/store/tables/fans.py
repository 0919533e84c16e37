"""Fans with their subscriptions, sets and lists; the vault."""

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from fancast.store.tables.columns import account, count, flag, metadata

# ---- fans

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
    PrimaryKeyConstraint("account_id", "number"),
    UniqueConstraint("account_id", "fan_id"),
    Index("ix_fans_account_id_username", "account_id", "username"),
    Index("ix_fans_account_id_subscribed_until", "account_id", "subscribed_until"),
    Index("ix_fans_account_id_subscribed_at", "account_id", "subscribed_at"),
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


# ---- vault

media = Table(
    "media",
    metadata,
    account(),
    Column("media_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("duration_seconds", Integer),
    Column("size_bytes", BigInteger),
    flag("ready"),
    Column("created_at", BigInteger, nullable=False),
    # The stored file; null while there is none. Its kind as its bytes tell, and their MD5.
    Column("blob", Text),
    Column("content_type", Text),
    Column("md5", Text),
    # Smaller forms by name, each with the key of its file, kind, width, height and size.
    Column("renditions", JSON, nullable=False, server_default=text("'{}'")),
    # False for an upload that no message has taken yet, in a dialect where only that brings it into the vault.
    Column("in_vault", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    # Why it will never be ready, for a person to act on.
    Column("failure", Text),
    PrimaryKeyConstraint("account_id", "media_id"),
    Index("ix_media_account_id_md5", "account_id", "md5"),
)
