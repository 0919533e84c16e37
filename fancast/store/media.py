"""Vault media."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, MediaId
from fancast.model.media import Media, MediaType
from fancast.store.database import Tx
from fancast.store.tables import media as t


def add(tx: Tx, account: AccountKey, items: Sequence[Media]) -> None:
    tx.many(sa.insert(t), [
        {"account_id": account, "media_id": item.media_id, "type": item.type.value, "name": item.name,
         "width": item.width, "height": item.height, "duration_seconds": item.duration_seconds,
         "size_bytes": item.size_bytes, "ready": item.ready, "created_at": to_ms(item.created_at)}
        for item in items
    ])  # fmt: skip


def get_many(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(sa.select(t).where(t.c.account_id == account, t.c.media_id.in_(wanted)))
    return {MediaId(row.media_id): _media(row) for row in rows}


def _media(row: Row[Any]) -> Media:
    return Media(
        media_id=MediaId(row.media_id), type=MediaType(row.type), name=row.name, width=row.width, height=row.height,
        duration_seconds=row.duration_seconds, size_bytes=row.size_bytes, ready=row.ready,
        created_at=from_ms(row.created_at),
    )  # fmt: skip
