"""What every table is made with: the metadata, and columns that come again and again."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def account() -> Column[int]:
    return Column("account_id", Integer, nullable=False)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=False), nullable=False, server_default=text("false"))


def count(name: str, start: int = 0) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text(str(start)))


def content() -> list[Column[Any]]:
    """A message's content, as written; `format` is markdown or plain, `html` is what fans see."""
    return [
        Column("text", Text, nullable=False),
        Column("format", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("price_cents", Integer, nullable=False),
        flag("locked_text"),
        Column("media_ids", JSON, nullable=False),
        Column("preview_media_ids", JSON, nullable=False),
        # What only one dialect knows, kept and given back (reply, forwarded, tags, giphy …).
        Column("extras", JSON, nullable=False),
    ]
