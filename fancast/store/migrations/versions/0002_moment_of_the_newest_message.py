"""Moment of the newest message"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "account_heads",
        sa.Column("last_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
