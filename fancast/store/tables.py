"""The whole schema, drawn once for both databases.

Moments are integer epoch milliseconds (`*_at`), money integer cents, sets of fans bitmaps in chunks.
Every key of a tenant's row is led by its account.
"""

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _account() -> Column[int]:
    return Column("account_id", Integer, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False, server_default=text("false"))


def _count(name: str, start: int = 0) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text(str(start)))


# ---- accounts, and who may act for them

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=True),
    Column("acct_id", Text, nullable=False, unique=True),
    Column("connection_id", Text, nullable=False, unique=True),
    # The creator's own numeric id, name and username, as both dialects show them.
    Column("creator_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("username", Text, nullable=False),
    # active, expired or awaiting_2fa: only an active connection may act.
    Column("status", Text, nullable=False, server_default="active"),
    Column("permissions", JSON, nullable=False),
    Column("client_reference", Text),
    _count("unsend_window_seconds", 86_400),
    _count("message_unsend_window_seconds", 86_400),
    _count("duplicate_guard_seconds", 10),
    Column("owned_media", Text, nullable=False, server_default="skip"),
    Column("fee_basis_points", Integer, nullable=False, server_default=text("2000")),
    _flag("bare_lists"),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

account_aliases = Table(
    "account_aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("account_id", Integer, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    # The first letters of the secret, to tell keys apart in a list.
    Column("hint", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("permissions", JSON, nullable=False),
    # The accounts it is limited to; null is all.
    Column("account_ids", JSON),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)

# ---- an account's counters. Order of locks: design "Lock order"; the head is always the last.

account_heads = Table(
    "account_heads",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("next_id", BigInteger, nullable=False),
    Column("next_event", BigInteger, nullable=False),
    # Set while a `drive` is owed; see `store.heads`.
    Column("hinted_at", BigInteger),
)
Index(
    "ix_account_heads_hinted_at",
    account_heads.c.hinted_at,
    sqlite_where=account_heads.c.hinted_at.is_not(None),
    postgresql_where=account_heads.c.hinted_at.is_not(None),
)

fan_counters = Table(
    "fan_counters",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("next_number", Integer, nullable=False),
)

subscriber_sweeps = Table(
    "subscriber_sweeps",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    # The stored set of current subscribers equals {subscribed_until > swept_until}.
    Column("swept_until", BigInteger, nullable=False),
)

paces = Table(
    "paces",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    # Recipients per second; null is unpaced.
    Column("rate", Integer),
    # Up to which microsecond the rate is used up.
    _count("spent_until_us"),
)

# ---- fans

fans = Table(
    "fans",
    metadata,
    _account(),
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
    _flag("renews"),
    _flag("blocked"),
    _flag("restricted"),
    _flag("deleted"),
    _flag("unreachable"),
    # What the fan has spent, gross, by kind; equal to sums over `transactions`.
    _count("subscriptions_cents"),
    _count("messages_cents"),
    _count("tips_cents"),
    Column("last_seen_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
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
    _account(),
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
    _account(),
    Column("kind", SmallInteger, nullable=False),
    Column("ref", BigInteger, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account_id", "kind", "ref", "chunk"),
)

user_lists = Table(
    "user_lists",
    metadata,
    _account(),
    Column("list_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # A second, textual name that callers may use in place of the id.
    Column("alias", Text),
    _flag("pinned_to_feed"),
    _flag("pinned_to_chat"),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "list_id"),
    UniqueConstraint("account_id", "alias"),
)

# ---- vault

media = Table(
    "media",
    metadata,
    _account(),
    Column("media_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("duration_seconds", Integer),
    Column("size_bytes", BigInteger),
    _flag("ready"),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "media_id"),
)

# ---- mass messages

mass_messages = Table(
    "mass_messages",
    metadata,
    _account(),
    Column("id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    # Raised by every edit and every change of state; a writer names the one it saw.
    Column("revision", Integer, nullable=False),
    # Content, as written; `format` is markdown or plain, `html` is what fans see.
    Column("text", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("price_cents", Integer, nullable=False),
    _flag("locked_text"),
    Column("media_ids", JSON, nullable=False),
    Column("preview_media_ids", JSON, nullable=False),
    # What only one dialect knows, kept and given back (reply, forwarded, tags, giphy …).
    Column("extras", JSON, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("pace", Integer),
    # Up to which microsecond its own pace is used up.
    _count("paced_until_us"),
    Column("unsend_after_seconds", BigInteger),
    # Life.
    Column("created_at", BigInteger, nullable=False),
    Column("scheduled_at", BigInteger),
    # When it was handed to the engine; null while it is a draft or waits for its hour.
    Column("queued_at", BigInteger),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("unsent_at", BigInteger),
    Column("last_step_at", BigInteger),
    # When the engine must look again; null when nothing is left to do.
    Column("due_at", BigInteger),
    Column("late_by_ms", BigInteger, nullable=False, server_default=text("0")),
    # What went wrong at the last try, and how often in a row; cleared by the next step that works.
    Column("trouble", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Progress, in recipients. Pending is what is left: total - sent - skipped - cancelled - failed - unknown.
    Column("watermark", Integer, nullable=False, server_default=text("-1")),
    Column("total", Integer),
    _count("sent"),
    _count("skipped"),
    _count("cancelled"),
    _count("failed"),
    _count("unknown"),
    _count("viewed"),
    _count("purchased"),
    _count("revenue_cents"),
    Column("key_id", Text),
    PrimaryKeyConstraint("account_id", "id"),
    Index("ix_mass_messages_account_id_state_id", "account_id", "state", "id"),
)
Index(
    "ix_mass_messages_due_at_account_id",
    mass_messages.c.due_at,
    mass_messages.c.account_id,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)
Index(
    "ix_mass_messages_account_id_due_at_id",
    mass_messages.c.account_id,
    mass_messages.c.due_at,
    mass_messages.c.id,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)
Index(
    "ix_mass_messages_state_due_at",
    mass_messages.c.state,
    mass_messages.c.due_at,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)

steps = Table(
    "steps",
    metadata,
    _account(),
    # The id of the message of fan `from_number`; fan n's is first_id + n - from_number.
    Column("first_id", BigInteger, nullable=False),
    Column("mass_message_id", BigInteger, nullable=False),
    Column("from_number", Integer, nullable=False),
    Column("to_number", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "first_id"),
    UniqueConstraint("account_id", "mass_message_id", "from_number"),
)

# ---- chats

messages = Table(
    "messages",
    metadata,
    # Direct messages only: a mass message's copies are its steps.
    _account(),
    Column("number", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("queue_id", BigInteger, nullable=False),
    _flag("from_fan"),
    Column("text", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("price_cents", Integer, nullable=False),
    _flag("locked_text"),
    Column("media_ids", JSON, nullable=False),
    Column("preview_media_ids", JSON, nullable=False),
    Column("extras", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("key_id", Text),
    PrimaryKeyConstraint("account_id", "number", "id"),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "queue_id"),
)

# ---- money

purchases = Table(
    "purchases",
    metadata,
    _account(),
    # The mass message or direct message's queue item that was bought.
    Column("queue_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("amount_cents", Integer, nullable=False),
    Column("payment_reference", Text, nullable=False),
    Column("purchased_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "queue_id", "number"),
    UniqueConstraint("account_id", "payment_reference"),
    Index("ix_purchases_account_id_number_message_id", "account_id", "number", "message_id"),
)

transactions = Table(
    "transactions",
    metadata,
    _account(),
    Column("id", BigInteger, nullable=False),
    # subscription, message or tip.
    Column("type", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("gross_cents", Integer, nullable=False),
    Column("fee_cents", Integer, nullable=False),
    Column("net_cents", Integer, nullable=False),
    Column("currency", Text, nullable=False, server_default="USD"),
    Column("queue_id", BigInteger),
    Column("message_id", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "id"),
    Index("ix_transactions_account_id_number_id", "account_id", "number", "id"),
)

# ---- facts, and what makes repeats harmless

events = Table(
    "events",
    metadata,
    _account(),
    Column("event_no", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    # What it is about: a mass message's, message's or fan's id.
    Column("ref", BigInteger, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "event_no"),
)

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
    _account(),
    Column("key_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("queue_id", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    _flag("by_retry"),
    PrimaryKeyConstraint("account_id", "key_id", "fingerprint", "queue_id"),
    Index("ix_sent_fingerprints_created_at", "created_at"),
)

# Bitmaps are compressed already: PostgreSQL shall not try again, and may read a slice.
BITS_STORAGE = sa.DDL("ALTER TABLE fan_sets ALTER COLUMN bits SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
sa.event.listen(fan_sets, "after_create", BITS_STORAGE.execute_if(dialect="postgresql"))
