"""Purchases and the ledger."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from fancast.store.tables.columns import account, metadata

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
)
