"""Facts, and what makes repeats harmless."""

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from fancast.store.tables.columns import account, flag, metadata

events = Table(
    "events",
    metadata,
    account(),
    Column("event_no", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    # What it is about: a mass message's, message's or fan's id.
    Column("ref", BigInteger, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "event_no"),
)
# What a creator is told about their fans, newest first of each kind; of all fans or of one. No send pays for these.
_TOLD = (
    "message.liked", "message.received", "message.unlocked", "subscription.renewed", "subscription.started",
    "tip.received",
)  # fmt: skip
NOTIFYING = events.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in _TOLD])
for _name, _columns in {
    "ix_events_account_id_kind_event_no": (events.c.account_id, events.c.kind, events.c.event_no),
    "ix_events_account_id_ref_kind_event_no": (
        events.c.account_id,
        events.c.ref,
        events.c.kind,
        events.c.event_no,
    ),
}.items():
    Index(_name, *_columns, sqlite_where=NOTIFYING, postgresql_where=NOTIFYING)

ticks = Table(
    "ticks",
    metadata,
    # One row for each thing the whole fleet does by the clock: whoever moves `ticked_at` on does it.
    Column("name", Text, primary_key=True),
    Column("ticked_at", BigInteger, nullable=False),
)

rate_buckets = Table(
    "rate_buckets",
    metadata,
    Column("bucket", Text, primary_key=True),
    # Until which microsecond the calls that were made use up the rate.
    Column("spent_until_us", BigInteger, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    # Null while the first call is still running.
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "key"),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

sent_fingerprints = Table(
    "sent_fingerprints",
    metadata,
    # What a key sent lately, so that a twin or a marked retry is known again.
    account(),
    Column("key_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("queue_id", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    flag("by_retry"),
    PrimaryKeyConstraint("account_id", "key_id", "fingerprint", "queue_id"),
    Index("ix_sent_fingerprints_created_at", "created_at"),
)
