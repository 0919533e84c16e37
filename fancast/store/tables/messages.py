"""Mass messages with their steps, and messages in chats."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from fancast.store.tables.columns import account, content, count, flag, metadata

# ---- mass messages

mass_messages = Table(
    "mass_messages",
    metadata,
    account(),
    Column("id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    # Raised by every edit and every change of state; a writer names the one it saw.
    Column("revision", Integer, nullable=False),
    *content(),
    Column("audience", JSON, nullable=False),
    Column("pace", Integer),
    # Up to which microsecond its own pace is used up.
    count("paced_until_us"),
    Column("unsend_after_seconds", BigInteger),
    # Life.
    Column("created_at", BigInteger, nullable=False),
    Column("scheduled_at", BigInteger),
    # When it was handed to the engine; null while it is a draft or waits for its hour.
    Column("queued_at", BigInteger),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("unsent_at", BigInteger),
    Column("last_step_at", BigInteger),
    # When the engine must look again; null when nothing is left to do.
    Column("due_at", BigInteger),
    Column("late_by_ms", BigInteger, nullable=False, server_default=text("0")),
    # What went wrong at the last try, and how often in a row; cleared by the next step that works.
    Column("trouble", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Progress, in recipients. Pending is what is left: total - sent - skipped - cancelled - failed - unknown.
    Column("watermark", Integer, nullable=False, server_default=text("-1")),
    Column("total", Integer),
    count("sent"),
    count("skipped"),
    count("cancelled"),
    count("failed"),
    count("unknown"),
    count("viewed"),
    count("purchased"),
    count("revenue_cents"),
    Column("key_id", Text),
    # Whether its media were still on their way when it was made or edited: it waits for them.
    flag("awaits_media"),
    PrimaryKeyConstraint("account_id", "id"),
    Index("ix_mass_messages_account_id_state_id", "account_id", "state", "id"),
)
Index(
    "ix_mass_messages_account_id_started_at_id",
    mass_messages.c.account_id,
    mass_messages.c.started_at,
    mass_messages.c.id,
    sqlite_where=mass_messages.c.started_at.is_not(None),
    postgresql_where=mass_messages.c.started_at.is_not(None),
)
Index(
    "ix_mass_messages_account_id_awaits_media",
    mass_messages.c.account_id,
    mass_messages.c.awaits_media,
    sqlite_where=mass_messages.c.awaits_media,
    postgresql_where=mass_messages.c.awaits_media,
)
Index(
    "ix_mass_messages_due_at_account_id",
    mass_messages.c.due_at,
    mass_messages.c.account_id,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)
Index(
    "ix_mass_messages_account_id_due_at_id",
    mass_messages.c.account_id,
    mass_messages.c.due_at,
    mass_messages.c.id,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)
Index(
    "ix_mass_messages_state_due_at",
    mass_messages.c.state,
    mass_messages.c.due_at,
    sqlite_where=mass_messages.c.due_at.is_not(None),
    postgresql_where=mass_messages.c.due_at.is_not(None),
)

steps = Table(
    "steps",
    metadata,
    account(),
    # The id of the message of fan `from_number`; fan n's is first_id + n - from_number.
    Column("first_id", BigInteger, nullable=False),
    Column("mass_message_id", BigInteger, nullable=False),
    Column("from_number", Integer, nullable=False),
    Column("to_number", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    # The first id of its mass message's first step, and whether it is the last step so far: from newest step to
    # newest step, readers leap over the tens of thousands that a slow send takes.
    count("begins_id"),
    flag("newest"),
    PrimaryKeyConstraint("account_id", "first_id"),
    UniqueConstraint("account_id", "mass_message_id", "from_number"),
)
Index(
    "ix_steps_account_id_first_id_begins_id",
    steps.c.account_id,
    steps.c.first_id,
    steps.c.begins_id,
    sqlite_where=steps.c.newest,
    postgresql_where=steps.c.newest,
)


# ---- chats

messages = Table(
    "messages",
    metadata,
    # Direct messages only: a mass message's copies are its steps.
    account(),
    Column("number", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("queue_id", BigInteger, nullable=False),
    flag("from_fan"),
    *content(),
    Column("created_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("key_id", Text),
    # Of a fan's message that is a tip; 0 in all others.
    count("tip_cents"),
    PrimaryKeyConstraint("account_id", "number", "id"),
    UniqueConstraint("account_id", "id"),
    UniqueConstraint("account_id", "queue_id"),
)
# The creator's own, by day: what statistics of direct messages walk.
Index(
    "ix_messages_account_id_created_at_id",
    messages.c.account_id,
    messages.c.created_at,
    messages.c.id,
    sqlite_where=messages.c.from_fan.is_(False),
    postgresql_where=messages.c.from_fan.is_(False),
)
