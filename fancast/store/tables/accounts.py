"""Accounts: who they are, who may act for them, and their counters."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, text

from fancast.store.tables.columns import count, flag, metadata

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
    count("unsend_window_seconds", 86_400),
    count("message_unsend_window_seconds", 86_400),
    count("duplicate_guard_seconds", 10),
    Column("owned_media", Text, nullable=False, server_default="skip"),
    Column("fee_basis_points", Integer, nullable=False, server_default=text("2000")),
    flag("bare_lists"),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # Made by a call of OFAuth's import, in place of by the operator.
    flag("imported"),
    # When the connection expired, or null.
    Column("expired_at", BigInteger),
    # When the connection was removed for good, or null: nothing reaches the account any more.
    Column("removed_at", BigInteger),
    Column("about", Text, nullable=False, server_default=""),
    # What OFAuth's clients set of its vault add-on: kept and given back.
    Column("vault_plus", JSON),
    # Whether the subscription of any fan ever had a price.
    flag("paid_subscriptions"),
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
    # The moment of the newest message, so that order of ids is order of moments.
    count("last_at"),
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
    count("spent_until_us"),
)
