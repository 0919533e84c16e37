"""The vault: media, and the lists they are on."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from fancast.store.tables.columns import account, count, flag, metadata

media = Table(
    "media",
    metadata,
    account(),
    Column("media_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("duration_seconds", Integer),
    Column("size_bytes", BigInteger),
    flag("ready"),
    Column("created_at", BigInteger, nullable=False),
    # The stored file; null while there is none. Its kind as its bytes tell, and their MD5.
    Column("blob", Text),
    Column("content_type", Text),
    Column("md5", Text),
    # Smaller forms by name, each with the key of its file, kind, width, height and size.
    Column("renditions", JSON, nullable=False, server_default=text("'{}'")),
    # False for an upload that no message has taken yet, in a dialect where only that brings it into the vault.
    Column("in_vault", Boolean(create_constraint=False), nullable=False, server_default=text("true")),
    # Why it will never be ready, for a person to act on.
    Column("failure", Text),
    # Whether a message ever carried it: the built-in list `messages`.
    flag("in_messages"),
    # Likes of fans for messages that carry it, and tips for them; equal to sums over rows.
    count("likes"),
    count("tips_cents"),
    # When it left the vault; messages that carry it keep it.
    Column("deleted_at", BigInteger),
    PrimaryKeyConstraint("account_id", "media_id"),
    Index("ix_media_account_id_md5", "account_id", "md5"),
    Index("ix_media_account_id_created_at", "account_id", "created_at"),
)

vault_lists = Table(
    "vault_lists",
    metadata,
    account(),
    Column("list_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "list_id"),
)

vault_list_media = Table(
    "vault_list_media",
    metadata,
    account(),
    Column("list_id", BigInteger, nullable=False),
    Column("media_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "list_id", "media_id"),
    Index("ix_vault_list_media_account_id_media_id", "account_id", "media_id"),
)
