"""Indexes of all that creators are told, by kind: fans' messages and likes too"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_NOTIFYING = (
    "kind IN ('message.liked', 'message.received', 'message.unlocked', 'subscription.renewed',"
    " 'subscription.started', 'tip.received')"
)


def upgrade() -> None:
    for old in ("ix_events_account_id_event_no", "ix_events_account_id_ref_event_no"):
        op.drop_index(old, "events")
    notifying = sa.text(_NOTIFYING)
    for name, columns in (
        ("ix_events_account_id_kind_event_no", ["account_id", "kind", "event_no"]),
        ("ix_events_account_id_ref_kind_event_no", ["account_id", "ref", "kind", "event_no"]),
    ):
        op.create_index(name, "events", columns, sqlite_where=notifying, postgresql_where=notifying)
