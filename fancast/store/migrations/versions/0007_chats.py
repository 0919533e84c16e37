"""Chats, what happened to one copy, and leaps over steps"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _make_chats()
    _make_marks()
    op.add_column(
        "steps", sa.Column("begins_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("steps", sa.Column("newest", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "ix_steps_account_id_first_id_begins_id",
        "steps",
        ["account_id", "first_id", "begins_id"],
        unique=False,
        sqlite_where=sa.text("newest"),
        postgresql_where=sa.text("newest"),
    )
    _fill()


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _make_chats() -> None:
    op.create_table(
        "chats",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(_number(name) for name in ("last_direct_id", "last_fan_id", "last_read_id", "fan_read_id")),
        _number("cleared_through_id"),
        *(_flag(name) for name in ("marked_unread", "hidden", "muted")),
        *(_number(name) for name in ("typing_until", "fan_typing_until")),
        sa.PrimaryKeyConstraint("account_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_chats_account_id_last_direct_id_number",
        "chats",
        ["account_id", "last_direct_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_chats_account_id_cleared_through_id",
        "chats",
        ["account_id", "cleared_through_id"],
        unique=False,
        sqlite_where=sa.text("cleared_through_id > 0"),
        postgresql_where=sa.text("cleared_through_id > 0"),
    )


def _make_marks() -> None:
    op.create_table(
        "message_marks",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        *(_flag(name) for name in ("liked_by_creator", "liked_by_fan")),
        sa.Column("pinned_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "number", "message_id"),
    )
    op.create_index(
        "ix_message_marks_account_id_number_pinned_at",
        "message_marks",
        ["account_id", "number", "pinned_at"],
        unique=False,
        sqlite_where=sa.text("pinned_at IS NOT NULL"),
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )


def _fill() -> None:
    """What is there already: chats with direct messages, and the first and last step of each mass message."""
    op.execute("""
        INSERT INTO chats (account_id, number, last_direct_id)
        SELECT account_id, number, max(id) FROM messages WHERE withdrawn_at IS NULL GROUP BY account_id, number
    """)
    same = "o.account_id = steps.account_id AND o.mass_message_id = steps.mass_message_id"
    op.execute(f"""
        UPDATE steps SET
            begins_id = (SELECT min(o.first_id) FROM steps o WHERE {same}),
            newest = (first_id = (SELECT max(o.first_id) FROM steps o WHERE {same}))
    """)
