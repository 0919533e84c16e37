"""What began each paid time that is over: rows said what ended it"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # A renewal begins while the one before runs, or at its end; a return begins after a gap.
    op.execute(
        "UPDATE subscriptions SET action = CASE WHEN ("
        "SELECT earlier.ends_at FROM subscriptions AS earlier"
        " WHERE earlier.account_id = subscriptions.account_id AND earlier.number = subscriptions.number"
        " AND earlier.started_at < subscriptions.started_at ORDER BY earlier.started_at DESC LIMIT 1"
        ") >= subscriptions.started_at THEN 'renew' ELSE 'subscribe' END"
    )
