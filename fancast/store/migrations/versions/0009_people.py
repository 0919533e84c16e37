"""People: names that are searched, discounts, lists by what a fan spent, connections that end"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _accounts()
    _fans()
    _one_fan_a_username()
    _indexes()


def _accounts() -> None:
    for column in (
        sa.Column("imported", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expired_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("vault_plus", sa.JSON(), nullable=True),
    ):
        op.add_column("accounts", column)
    op.create_table(
        "name_indexes",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indexed_through", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.execute("INSERT INTO name_indexes (account_id) SELECT account_id FROM accounts")


def _fans() -> None:
    for column in (
        sa.Column("lapsed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("discount_percent", sa.Integer(), nullable=True),
        sa.Column("discount_months", sa.Integer(), nullable=True),
        sa.Column("discounted_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("fans", column)
    op.execute("UPDATE fans SET spent_cents = subscriptions_cents + messages_cents + tips_cents")
    op.execute(
        "UPDATE fans SET lapsed = true WHERE subscribed_until <="
        " (SELECT swept_until FROM subscriber_sweeps WHERE subscriber_sweeps.account_id = fans.account_id)"
    )


def _one_fan_a_username() -> None:
    # The newest to be given a username keeps it; who had it before is called by the id until told otherwise.
    op.execute(
        "UPDATE fans SET username = 'u' || fan_id WHERE EXISTS (SELECT 1 FROM fans AS later"
        " WHERE later.account_id = fans.account_id AND later.username = fans.username"
        " AND later.number > fans.number)"
    )


def _indexes() -> None:
    op.drop_index("ix_fans_account_id_username", "fans")
    op.drop_index("ix_fans_account_id_subscribed_at", "fans")
    op.create_index("ix_fans_account_id_username", "fans", ["account_id", "username"], unique=True)
    for name, columns, some in (
        ("subscribed_at", ("lapsed", "subscribed_at", "number", "subscribed_until"), None),
        ("renewed_at", ("renewed_at", "number"), "renewed_at IS NOT NULL"),
        ("tips_cents", ("tips_cents", "subscribed_at", "number"), "tips_cents > 0"),
        ("spent_cents", ("spent_cents", "subscribed_at", "number"), None),
        ("last_seen_at", ("last_seen_at", "number"), None),
    ):
        where = None if some is None else sa.text(some)
        op.create_index(
            f"ix_fans_account_id_{name}", "fans", ["account_id", *columns],
            sqlite_where=where, postgresql_where=where,
        )  # fmt: skip
