"""`fancast import`: CSV files become fans and members of lists. Runs beside a server, in memory of one batch."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from cyclopts import Parameter

from fancast.bootstrap import CannotStart, clock_of, ready_database
from fancast.cli.app import FOUND_WRONG
from fancast.cli.csv_files import CsvFile, open_csv
from fancast.cli.options import HERE, Where
from fancast.core import accounts, imports
from fancast.kit.clock import Clock
from fancast.model.accounts import Account
from fancast.model.ids import FanId
from fancast.model.problems import Kind, Problem
from fancast.model.user_lists import ListRef
from fancast.store.database import Store, Tx

#: Rows to a transaction: large enough to be quick, small enough that a server beside it hardly waits.
BATCH = 5_000
#: How long a batch waits for a database that others keep busy.
_PATIENCE_SECONDS = 120

Of = Annotated[
    str | None,
    Parameter(name="--account", help="The account, by any of its ids; needed if there are several."),
]
Said = ParamSpec("Said")
Result = TypeVar("Result")


def fans(file: Path, *, account: Of = None, where: Where = HERE) -> None:
    """Import fans and their subscriptions: a row creates the fan or updates what it says.

    Parameters
    ----------
    file
        The CSV file, in UTF-8.
    """
    settings = where.settings(existing=True)
    clock, tally = clock_of(settings), imports.Tally()
    with ready_database(settings) as store, open_csv(file, ("fan_id",), imports.FAN_COLUMNS) as source:
        owner = _owner(store, account)
        for batch in source.batches(BATCH):
            rows: dict[FanId, imports.Values] = {}
            for number, cells in batch:
                with source.noting(number):
                    fan_id, values = imports.read_fan(source.header, cells)
                    rows[fan_id] = {**rows.get(fan_id, {}), **values}
            tally.join(_patiently(store, imports.put_fans, owner, rows, now=clock()))
    print(f"{source.rows} rows: {tally.created} fans created, {tally.updated} updated, {tally.unchanged} as they were, "
          f"{source.bad} bad lines")  # fmt: skip
    _leave(source)


def lists(file: Path, *, account: Of = None, where: Where = HERE) -> None:
    """Import members of user lists: each row puts one fan on one list.

    Parameters
    ----------
    file
        The CSV file, in UTF-8.
    """
    settings = where.settings(existing=True)
    clock, added, already = clock_of(settings), 0, 0
    with ready_database(settings) as store, open_csv(file, imports.LIST_COLUMNS) as source:
        owner = _owner(store, account)
        find = _list_finder(store, owner, clock)
        for batch in source.batches(BATCH):
            members: dict[ListRef, list[FanId]] = {}
            lines: list[tuple[int, FanId]] = []
            for number, cells in batch:
                with source.noting(number):
                    word, fan_id = imports.read_member(source.header, cells)
                    members.setdefault(find(word), []).append(fan_id)
                    lines.append((number, fan_id))
            new, old, unknown = _patiently(store, imports.put_members, owner, members)
            added, already = added + new, already + old
            for number, fan_id in lines if unknown else ():
                if fan_id in unknown:
                    source.report(number, f"There is no fan {fan_id}.")
    print(f"{source.rows} rows: {added} put on lists, {already} there already, {source.bad} bad lines")
    _leave(source)


def _list_finder(store: Store, owner: Account, clock: Clock) -> Callable[[str], ListRef]:
    known: dict[str, ListRef | Problem] = {}

    def find(word: str) -> ListRef:
        if word not in known:
            try:
                known[word] = _patiently(store, imports.settle_list, owner, word, now=clock())
            except Problem as problem:
                known[word] = problem
        found = known[word]
        if isinstance(found, Problem):
            raise found
        return found

    return find


def _owner(store: Store, public_id: str | None) -> Account:
    with store.read() as tx:
        if public_id is not None:
            found = accounts.named(tx, public_id)
            if found is None:
                raise CannotStart(f"There is no account {public_id}.")
            return found
        everybody = accounts.everybody(tx)
    if len(everybody) != 1:
        raise CannotStart(
            f"There are {len(everybody)} accounts; say which with --account (see: fancast accounts list)."
        )
    return everybody[0]


def _patiently(
    store: Store, verb: Callable[Concatenate[Tx, Said], Result], *said: Said.args, **named: Said.kwargs
) -> Result:
    # A batch can be repeated, and others may hold the database for a while.
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with store.write() as tx:
                return verb(tx, *said, **named)
        except Problem as problem:
            if problem.kind is not Kind.UNAVAILABLE or time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def _leave(source: CsvFile) -> None:
    if source.bad:
        sys.exit(FOUND_WRONG)
