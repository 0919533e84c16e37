"""Whether the end of a fan's subscription was told"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "fans", sa.Column("end_told", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
