"""The messages that tips were for"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("for_message_id", "for_queue_id"):
        op.add_column("tips", sa.Column(name, sa.BigInteger(), nullable=True))
