"""Payments, tips, sums by day, and indexes for statistics"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from fancast.model.fan_sets import FanSet, chunk_of, pack

revision = "0008"
down_revision = "0007"

_TIPPERS, _SPENDERS = 40, 41
_SETS = sa.table(
    "fan_sets", *(sa.column(name) for name in ("account_id", "kind", "ref", "chunk", "size", "bits"))
)
_NOTIFYING = "kind IN ('message.unlocked', 'subscription.renewed', 'subscription.started', 'tip.received')"


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("payment_reference", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "payment_reference"),
    )
    op.create_table(
        "tips",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.Integer(), nullable=False),
        sa.Column("payment_reference", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("tipped_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.UniqueConstraint("account_id", "payment_reference", name="uq_tips_account_id_payment_reference"),
    )
    op.create_table(
        "day_totals",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "day"),
    )
    # What was earned before there were sums by day.
    op.execute(
        'INSERT INTO day_totals (account_id, kind, day, "count", gross_cents, fee_cents)'
        " SELECT account_id, type, created_at / 86400000, count(*), sum(gross_cents), sum(fee_cents)"
        " FROM transactions GROUP BY account_id, type, created_at / 86400000"
    )
    op.execute(
        'INSERT INTO day_totals (account_id, kind, day, "count")'
        " SELECT account_id, 'direct_message', created_at / 86400000, count(*)"
        " FROM messages WHERE NOT from_fan GROUP BY account_id, created_at / 86400000"
    )
    op.add_column(
        "messages", sa.Column("tip_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    _add_indexes()
    # Who paid before there were sets of them.
    _fill_set(_TIPPERS, "tips_cents > 0")
    _fill_set(_SPENDERS, "subscriptions_cents + messages_cents + tips_cents > 0")


def _fill_set(kind: int, rule: str) -> None:
    """One bitmap for each 65,536 fans of an account whom the rule names."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(f"SELECT account_id, number FROM fans WHERE {rule} ORDER BY account_id, number")
    )
    chunks = groupby(rows, key=lambda row: (row.account_id, chunk_of(row.number)))
    for (account, chunk), fans in chunks:
        held = FanSet(row.number for row in fans)
        values = {
            "account_id": account,
            "kind": kind,
            "ref": 0,
            "chunk": chunk,
            "size": len(held),
            "bits": pack(held),
        }
        connection.execute(_SETS.insert(), values)


def _add_indexes() -> None:
    op.create_index(
        "ix_transactions_account_id_type_created_at_id",
        "transactions",
        ["account_id", "type", "created_at", "id"],
    )
    op.create_index(
        "ix_purchases_account_id_queue_id_purchased_at_number",
        "purchases",
        ["account_id", "queue_id", "purchased_at", "number"],
    )
    _add_partial(
        "ix_mass_messages_account_id_started_at_id",
        "mass_messages",
        ["account_id", "started_at", "id"],
        sa.text("started_at IS NOT NULL"),
    )
    _add_partial(
        "ix_messages_account_id_created_at_id",
        "messages",
        ["account_id", "created_at", "id"],
        sa.column("from_fan", sa.Boolean()).is_(False),
    )
    notifying = sa.text(_NOTIFYING)
    _add_partial("ix_events_account_id_event_no", "events", ["account_id", "event_no"], notifying)
    _add_partial("ix_events_account_id_ref_event_no", "events", ["account_id", "ref", "event_no"], notifying)


def _add_partial(
    name: str, table: str, columns: list[str], where: sa.TextClause | sa.ColumnElement[bool]
) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
