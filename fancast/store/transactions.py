"""Lines of the ledger: gross, fee, net. Never deleted, never changed."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.ids import AccountKey, FanNumber
from fancast.store.database import Tx
from fancast.store.tables import transactions as t


def add(
    tx: Tx, account: AccountKey, id: int, type: str, number: FanNumber, *, gross_cents: int, fee_cents: int,
    queue_id: int | None = None, message_id: int | None = None, now: datetime,
) -> None:  # fmt: skip
    tx.run(sa.insert(t), {
        "account_id": account, "id": id, "type": type, "number": number, "gross_cents": gross_cents,
        "fee_cents": fee_cents, "net_cents": gross_cents - fee_cents, "queue_id": queue_id,
        "message_id": message_id, "created_at": to_ms(now),
    })  # fmt: skip
