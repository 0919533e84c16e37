"""Vault lists, and mass messages that wait for their media"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    zero = sa.text("0")
    op.add_column(
        "media", sa.Column("in_messages", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("media", sa.Column("likes", sa.BigInteger(), server_default=zero, nullable=False))
    op.add_column("media", sa.Column("tips_cents", sa.BigInteger(), server_default=zero, nullable=False))
    op.add_column("media", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_media_account_id_created_at", "media", ["account_id", "created_at"], unique=False)
    _make_lists()
    op.add_column(
        "mass_messages",
        sa.Column("awaits_media", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_mass_messages_account_id_awaits_media",
        "mass_messages",
        ["account_id", "awaits_media"],
        unique=False,
        sqlite_where=sa.text("awaits_media"),
        postgresql_where=sa.text("awaits_media"),
    )


def _make_lists() -> None:
    op.create_table(
        "vault_lists",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "list_id"),
    )
    op.create_table(
        "vault_list_media",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "list_id", "media_id"),
    )
    op.create_index(
        "ix_vault_list_media_account_id_media_id",
        "vault_list_media",
        ["account_id", "media_id"],
        unique=False,
    )
