"""`fancast export`: rows as CSV on standard output or into a file."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import Parameter

from fancast import bootstrap
from fancast.cli.options import Where
from fancast.core import accounts, mass_messages, recipients
from fancast.kit.times import maybe_zulu
from fancast.model.ids import QueueId

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
    """Every fan of a mass message's audience with outcome and reason, in order of arrival.

    Reads one snapshot, so that the rows add up to the totals of one moment, also in the middle of a send.
    """
    settings = (where or Where()).settings(existing=True)
    with bootstrap.ready_database(settings) as store, store.read() as tx, _writer(to) as file:
        found = accounts.operated(tx, account)
        mass_messages.get(tx, found, QueueId(id))
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        after = -1
        while page := recipients.page(tx, found, QueueId(id), after=after, limit=_AT_ONCE):
            for one in page:
                rows.writerow((one.fan_id, one.outcome, one.reason, one.message_id, maybe_zulu(one.sent_at)))
            after = page[-1].number


@contextmanager
def _writer(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        yield file
