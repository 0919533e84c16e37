"""What was set once and every send obeys: banned words, drafts that go out by themselves, the welcome message."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from fancast.store.tables.columns import account, content, flag, metadata

banned_words = Table(
    "banned_words",
    metadata,
    # The operator's changes to the words that are shipped; one list for the whole server.
    Column("word", Text, primary_key=True),
    # strict_ban, risky or replace_soften; null takes a shipped word off the list.
    Column("risk_level", Text),
    Column("category", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("safe_alternatives", JSON, nullable=False),
    Column("notes", Text),
    Column("changed_at", BigInteger, nullable=False),
)

draft_senders = Table(
    "draft_senders",
    metadata,
    # Every so many hours the oldest draft goes out by itself.
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("period_hours", Integer, nullable=False),
    # When the next one goes out; null while it is switched off.
    Column("next_at", BigInteger),
)
Index(
    "ix_draft_senders_next_at",
    draft_senders.c.next_at,
    sqlite_where=draft_senders.c.next_at.is_not(None),
    postgresql_where=draft_senders.c.next_at.is_not(None),
)

welcome_messages = Table(
    "welcome_messages",
    metadata,
    # What a new subscriber gets by itself.
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    flag("enabled"),
    *content(),
    Column("changed_at", BigInteger, nullable=False),
)

greetings = Table(
    "greetings",
    metadata,
    # Fans who have just subscribed and are owed the welcome message.
    account(),
    Column("number", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "number"),
)
