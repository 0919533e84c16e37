"""Bytes: uploads on their way into the vault, stored files, and the secret that signs links to them."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from fancast.store.tables.columns import account, flag, metadata

uploads = Table(
    "uploads",
    metadata,
    account(),
    Column("upload_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    # As its sender declared it. The vault knows better once the bytes were looked at.
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", BigInteger),
    # How many parts it may come in, and the size of each but the last.
    Column("parts_total", Integer, nullable=False),
    Column("part_bytes", BigInteger, nullable=False),
    # Whether it stands in the vault from the start; else from the message on that takes it.
    flag("for_vault"),
    # Where a `fetching` one comes from.
    Column("source_url", Text),
    Column("media_id", BigInteger),
    # The file with all bytes that arrived, and their MD5; null while there are only parts.
    Column("blob", Text),
    Column("md5", Text),
    # Why it failed, for a person to act on.
    Column("failure", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("consumed_at", BigInteger),
    # When somebody must look again: its expiry, or the next try; null when nothing is left to do.
    Column("due_at", BigInteger),
    # Who works on its bytes, and until when nobody else may.
    Column("held_until", BigInteger),
    Column("holder", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("account_id", "upload_id"),
)
Index(
    "ix_uploads_due_at",
    uploads.c.due_at,
    sqlite_where=uploads.c.due_at.is_not(None),
    postgresql_where=uploads.c.due_at.is_not(None),
)
Index("ix_uploads_account_id_media_id", uploads.c.account_id, uploads.c.media_id)

upload_parts = Table(
    "upload_parts",
    metadata,
    account(),
    Column("upload_id", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("md5", Text, nullable=False),
    Column("blob", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "upload_id", "part"),
)

blobs = Table(
    "blobs",
    metadata,
    # Every stored file, noted before its first byte is written.
    Column("key", Text, primary_key=True),
    account(),
    # When the file is taken away; null once something keeps it.
    Column("remove_at", BigInteger),
)
Index(
    "ix_blobs_remove_at",
    blobs.c.remove_at,
    sqlite_where=blobs.c.remove_at.is_not(None),
    postgresql_where=blobs.c.remove_at.is_not(None),
)

secrets = Table(
    "secrets",
    metadata,
    # What all servers of a fleet share and nobody else may know.
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
