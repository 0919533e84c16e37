"""Uploads, stored files, and what the vault knows of them"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _add_to_media()
    _make_uploads()
    op.create_table(
        "upload_parts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("md5", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "upload_id", "part"),
    )
    op.create_table(
        "blobs",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("remove_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    _index_where_set("blobs", "remove_at")
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _add_to_media() -> None:
    op.add_column("media", sa.Column("blob", sa.Text(), nullable=True))
    op.add_column("media", sa.Column("content_type", sa.Text(), nullable=True))
    op.add_column("media", sa.Column("md5", sa.Text(), nullable=True))
    op.add_column("media", sa.Column("renditions", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column(
        "media", sa.Column("in_vault", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("media", sa.Column("failure", sa.Text(), nullable=True))
    op.create_index("ix_media_account_id_md5", "media", ["account_id", "md5"], unique=False)


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("parts_total", sa.Integer(), nullable=False),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("for_vault", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("media_id", sa.BigInteger(), nullable=True),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("md5", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("consumed_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "upload_id"),
    )
    _index_where_set("uploads", "due_at")
    op.create_index("ix_uploads_account_id_media_id", "uploads", ["account_id", "media_id"], unique=False)


def _index_where_set(table: str, column: str) -> None:
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        f"ix_{table}_{column}", table, [column], unique=False, sqlite_where=where, postgresql_where=where
    )
