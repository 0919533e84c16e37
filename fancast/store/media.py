"""Vault media."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, MediaId
from fancast.model.media import Form, Media, MediaType, Rendition
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import media as t

_GET_MANY = sa.select(t).where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
_ENTER_VAULT = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
    .values(in_vault=True)
)
_ENTER_MESSAGES = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
    .values(in_messages=True)
)
_LIKE = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
    .values(likes=t.c.likes + sa.bindparam("change", type_=sa.BigInteger))
)
_TIP = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
    .values(tips_cents=t.c.tips_cents + sa.bindparam("cents", type_=sa.BigInteger))
)
_HELD = (
    sa.select(t.c.media_id)
    .where(t.c.account_id == sa.bindparam("account"), among(t.c.media_id, "ids"))
    .order_by(t.c.media_id)
    .with_for_update()
)
_BY_MD5 = (
    sa.select(t)
    .where(
        t.c.account_id == sa.bindparam("account"),
        t.c.md5 == sa.bindparam("md5"),
        t.c.size_bytes == sa.bindparam("size"),
        t.c.ready,
        t.c.in_vault,
    )
    .order_by(t.c.media_id.desc())
    .limit(1)
)


def add(tx: Tx, account: AccountKey, items: Sequence[Media]) -> None:
    rows = [{"account_id": account, "media_id": item.media_id, **_values(item)} for item in items]
    tx.many(sa.insert(t), rows)


def change(tx: Tx, account: AccountKey, item: Media) -> None:
    """Everything about it, anew."""
    where = (t.c.account_id == account, t.c.media_id == item.media_id)
    tx.run(sa.update(t).where(*where).values(_values(item)))


def get_many(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(_GET_MANY, {"account": account, "ids": wanted})
    return {MediaId(row.media_id): media_of(row) for row in rows}


def by_md5(tx: Tx, account: AccountKey, md5: str, size_bytes: int) -> Media | None:
    """The newest in the vault that is made of these bytes."""
    row = tx.row(_BY_MD5, {"account": account, "md5": md5, "size": size_bytes})
    return None if row is None else media_of(row)


def totals(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """How many media the vault holds, and their bytes."""
    held = sa.select(sa.func.count().label("media"), sa.func.sum(t.c.size_bytes).label("bytes"))
    row = tx.row(held.where(t.c.account_id == account, t.c.in_vault.is_(True)))
    return (row.media, int(row.bytes or 0)) if row is not None else (0, 0)


def enter_vault(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> None:
    """These came by uploads that a message takes. They are held."""
    if wanted := sorted(set(ids)):
        tx.run(_ENTER_VAULT, {"account": account, "ids": wanted})


def enter_messages(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> None:
    """A message carries these: the built-in list shows them from now on."""
    wanted = sorted(set(ids))
    if len(wanted) > 1:
        # An UPDATE takes rows as they lie, and two such would wait for each other.
        hold(tx, account, wanted)
    if wanted:
        tx.run(_ENTER_MESSAGES, {"account": account, "ids": wanted})


def hold(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> None:
    """Hold these rows until the transaction ends, lowest id first; before the fan's and the chat's."""
    # SQLite has one writer.
    if (wanted := sorted(set(ids))) and tx.dialect == "postgresql":
        tx.run(_HELD, {"account": account, "ids": wanted})


def like(tx: Tx, account: AccountKey, ids: Iterable[MediaId], change: int) -> None:
    """A fan likes a message that carries these, or no longer does. They are held."""
    if wanted := sorted(set(ids)):
        tx.run(_LIKE, {"account": account, "ids": wanted, "change": change})


def tip(tx: Tx, account: AccountKey, ids: Iterable[MediaId], cents: int) -> None:
    """A fan tips for a message that carries these; each is told the whole amount. They are held."""
    if wanted := sorted(set(ids)):
        tx.run(_TIP, {"account": account, "ids": wanted, "cents": cents})


def leave_vault(tx: Tx, account: AccountKey, ids: Iterable[MediaId], *, now: datetime) -> None:
    """Messages that carry these keep them. They are held."""
    gone = (t.c.account_id == account, t.c.media_id.in_(sorted(set(ids))))
    tx.run(sa.update(t).where(*gone).values(in_vault=False, deleted_at=to_ms(now)))


def delete(tx: Tx, account: AccountKey, media_id: MediaId) -> None:
    tx.run(sa.delete(t).where(t.c.account_id == account, t.c.media_id == media_id))


def media_of(row: Row) -> Media:
    return Media(
        media_id=MediaId(row.media_id), type=MediaType(row.type), name=row.name, width=row.width, height=row.height,
        duration_seconds=row.duration_seconds, size_bytes=row.size_bytes, ready=row.ready,
        created_at=from_ms(row.created_at), blob=row.blob, content_type=row.content_type, md5=row.md5,
        renditions=_renditions(row.renditions), in_vault=row.in_vault, failure=row.failure, likes=row.likes,
        tips_cents=row.tips_cents, in_messages=row.in_messages, deleted=row.deleted_at is not None,
    )  # fmt: skip


def _renditions(stored: Mapping[str, Any]) -> dict[Form, Rendition]:
    return {Form(name): Rendition(**parts) for name, parts in stored.items()}


def _values(item: Media) -> dict[str, Any]:
    return {
        "type": item.type.value, "name": item.name, "width": item.width, "height": item.height,
        "duration_seconds": item.duration_seconds, "size_bytes": item.size_bytes, "ready": item.ready,
        "created_at": to_ms(item.created_at), "blob": item.blob, "content_type": item.content_type,
        "md5": item.md5, "in_vault": item.in_vault, "failure": item.failure,
        "renditions": {form.value: asdict(made) for form, made in item.renditions.items()},
    }  # fmt: skip
