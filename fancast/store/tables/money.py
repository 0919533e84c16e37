"""Payments for copies and tips, the ledger, and its sums by day."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from fancast.store.tables.columns import account, count, metadata

payments = Table(
    "payments",
    metadata,
    # What a payment was for: its reference stands for one purchase or tip, once.
    account(),
    Column("payment_reference", Text, nullable=False),
    # purchase or tip.
    Column("purpose", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # The message that a purchase opened, or that a tip was for; null for a tip that was for none.
    Column("message_id", BigInteger),
    Column("amount_cents", Integer, nullable=False),
    PrimaryKeyConstraint("account_id", "payment_reference"),
)

purchases = Table(
    "purchases",
    metadata,
    account(),
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
    Index(
        "ix_purchases_account_id_queue_id_purchased_at_number",
        "account_id",
        "queue_id",
        "purchased_at",
        "number",
    ),
)

tips = Table(
    "tips",
    metadata,
    account(),
    # The ledger's line.
    Column("id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("amount_cents", Integer, nullable=False),
    Column("payment_reference", Text, nullable=False),
    # The fan's message that carries it.
    Column("message_id", BigInteger, nullable=False),
    Column("tipped_at", BigInteger, nullable=False),
    # The creator's message that it was for, and the mass message or queue item of that; null for none.
    Column("for_message_id", BigInteger),
    Column("for_queue_id", BigInteger),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "payment_reference"),
)

transactions = Table(
    "transactions",
    metadata,
    account(),
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
    Index("ix_transactions_account_id_type_created_at_id", "account_id", "type", "created_at", "id"),
)

day_totals = Table(
    "day_totals",
    metadata,
    # Sums by day in UTC, so that a chart costs its days. Changed under the lock of the account's head.
    account(),
    # See model.day_totals.
    Column("kind", Text, nullable=False),
    # Days since the epoch.
    Column("day", Integer, nullable=False),
    count("count"),
    count("gross_cents"),
    count("fee_cents"),
    PrimaryKeyConstraint("account_id", "kind", "day"),
)
