"""Whether the subscription of any fan of an account ever had a price"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column("paid_subscriptions", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(
        "UPDATE accounts SET paid_subscriptions = true WHERE EXISTS (SELECT 1 FROM fans"
        " WHERE fans.account_id = accounts.account_id AND fans.price_cents > 0)"
        # A fan who came back for nothing says so of the subscription that runs; the one before it had its price.
        " OR EXISTS (SELECT 1 FROM subscriptions"
        " WHERE subscriptions.account_id = accounts.account_id AND subscriptions.price_cents > 0)"
    )
