"""`fancast export`: rows as CSV on standard output or into a file."""

import csv
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from fancast import bootstrap
from fancast.cli.options import Where
from fancast.cli.outputs import hand_out, spooled
from fancast.core import accounts, mass_messages, recipients
from fancast.kit.times import maybe_zulu
from fancast.model.accounts import Account
from fancast.model.ids import QueueId
from fancast.store.database import Tx

_AT_ONCE = 10_000
_COLUMNS = ("fan_id", "outcome", "reason", "message_id", "sent_at")


def recipients_(
    id: Annotated[int, Parameter(name="id", help="The mass message's id.")],
    *,
    account: Annotated[
        str | None, Parameter(help="acct_… or conn_…; not needed when there is only one.")
    ] = None,
    to: Annotated[Path | None, Parameter(help="File to write; by default standard output.")] = None,
    where: Where | None = None,
) -> None:
    """Every fan of a mass message's fixed audience with outcome and reason, in order of arrival.

    Who these are: `core.recipients`.
    Reads one snapshot, so that the rows add up to the totals of one moment, also in the middle of a send. Nothing
    is handed out before all was read: PostgreSQL ends a transaction that waits for a slow reader.
    Raises Problem(NOT_FOUND), CannotWrite, BrokenPipeError.
    """
    settings = (where or Where()).settings(existing=True)
    with spooled() as spool:
        with bootstrap.ready_database(settings) as store, store.read() as tx:
            _write(spool, tx, accounts.operated(tx, account), QueueId(id))
        hand_out(spool, to)


def _write(file: TextIO, tx: Tx, account: Account, id: QueueId) -> None:
    mass_messages.get(tx, account, id)
    rows = csv.writer(file)
    rows.writerow(_COLUMNS)
    after = -1
    while page := recipients.page(tx, account, id, after=after, limit=_AT_ONCE):
        for one in page:
            rows.writerow((one.fan_id, one.outcome, one.reason, one.message_id, maybe_zulu(one.sent_at)))
        after = page[-1].number
