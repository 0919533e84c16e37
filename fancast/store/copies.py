"""What copies show of the mass messages that they are copies of."""

from collections.abc import Iterable

import sqlalchemy as sa

from fancast.kit.times import maybe_from_ms
from fancast.model.ids import AccountKey, FanNumber, QueueId
from fancast.model.mass_messages import State
from fancast.model.messages import Copied
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.mass_messages import content_of
from fancast.store.rows import Row
from fancast.store.tables import mass_messages as t
from fancast.store.tables import purchases


def of(tx: Tx, account: AccountKey, ids: Iterable[QueueId]) -> dict[QueueId, Copied]:
    """What copies show of each of these mass messages. Of many this costs a fifth of what reading them whole does."""
    wanted = sorted(set(ids))
    rows = tx.rows(_COPIED, {"account": account, "ids": wanted}) if wanted else []
    return {QueueId(row.id): _copied(row) for row in rows}


def for_fan(
    tx: Tx, account: AccountKey, number: FanNumber, ids: Iterable[QueueId]
) -> dict[QueueId, tuple[Copied, bool]]:
    """The same, of those that a fan who got them all still sees: not taken back, or bought; and whether bought."""
    rows = tx.rows(_COPIED_TO, {"account": account, "number": number, "ids": sorted(set(ids))})
    return {QueueId(row.id): (_copied(row), row.bought) for row in rows}


def _copied(row: Row) -> Copied:
    return Copied(
        QueueId(row.id), State(row.state), content_of(row), row.html, maybe_from_ms(row.last_step_at)
    )


# Drawn once: building a statement anew costs several times what running it does.

_COPIED = sa.select(
    t.c.id, t.c.state, t.c.text, t.c.format, t.c.html, t.c.price_cents, t.c.locked_text, t.c.media_ids,
    t.c.preview_media_ids, t.c.extras, t.c.last_step_at,
).where(t.c.account_id == sa.bindparam("account"), among(t.c.id, "ids"))  # fmt: skip
_bought = purchases.c.number.is_not(None)
_COPIED_TO = (
    _COPIED.add_columns(_bought.label("bought"))
    .outerjoin(
        purchases,
        (purchases.c.account_id == t.c.account_id)
        & (purchases.c.queue_id == t.c.id)
        & (purchases.c.number == sa.bindparam("number")),
    )
    .where((t.c.state != State.UNSENT.value) | _bought)
)
