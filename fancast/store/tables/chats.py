"""Chats, and what happened to one copy of a message. Both kinds of rows are made at first need."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, literal_column

from fancast.store.tables.columns import account, count, flag, metadata

chats = Table(
    "chats",
    metadata,
    account(),
    Column("number", Integer, nullable=False),
    # The newest direct message that the creator sees; 0 is none. Its order is the order of chats.
    count("last_direct_id"),
    # The newest message that the fan wrote; 0 is none.
    count("last_fan_id"),
    # Up to where the creator and the fan have read.
    count("last_read_id"),
    count("fan_read_id"),
    # The creator deleted the chat up to here; the fan keeps it.
    count("cleared_through_id"),
    flag("marked_unread"),
    flag("hidden"),
    flag("muted"),
    # Until when each is shown as typing.
    count("typing_until"),
    count("fan_typing_until"),
    PrimaryKeyConstraint("account_id", "number"),
    Index("ix_chats_account_id_last_direct_id_number", "account_id", "last_direct_id", "number"),
    sqlite_with_rowid=False,
)
#: What `cleared_through_id` is of a chat that was never deleted. In words: of a parameter, PostgreSQL could not know
#: that the index below holds what is asked for.
NEVER = literal_column("0", BigInteger)
Index(
    "ix_chats_account_id_cleared_through_id",
    chats.c.account_id,
    chats.c.cleared_through_id,
    sqlite_where=chats.c.cleared_through_id > 0,
    postgresql_where=chats.c.cleared_through_id > 0,
)

message_marks = Table(
    "message_marks",
    metadata,
    account(),
    Column("number", Integer, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    # The mass message or direct message's queue item, so that its views can be counted.
    Column("queue_id", BigInteger, nullable=False),
    # When the fan first read it.
    Column("opened_at", BigInteger),
    flag("liked_by_creator"),
    flag("liked_by_fan"),
    Column("pinned_at", BigInteger),
    PrimaryKeyConstraint("account_id", "number", "message_id"),
)
Index(
    "ix_message_marks_account_id_number_pinned_at",
    message_marks.c.account_id,
    message_marks.c.number,
    message_marks.c.pinned_at,
    sqlite_where=message_marks.c.pinned_at.is_not(None),
    postgresql_where=message_marks.c.pinned_at.is_not(None),
)
