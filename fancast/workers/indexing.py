"""Puts new fans' names into the sets that searches read, a stretch at a time, beside the work."""

import threading

import structlog

from fancast.core import name_index
from fancast.model.ids import AccountKey
from fancast.store.database import Store

log = structlog.get_logger()

#: How soon new fans are noticed; until then a search looks at them one by one.
EVERY_SECONDS = 2.0


def run(store: Store, stop: threading.Event) -> None:
    """Until told to stop. A process more at the same work costs one of them its stretch."""
    while not stop.wait(EVERY_SECONDS):
        try:
            with store.read() as tx:
                behind = name_index.behind(tx)
            for account in behind:
                _catch_up(store, account, stop)
        except Exception:
            log.exception("names.not_indexed")


def _catch_up(store: Store, account: AccountKey, stop: threading.Event) -> None:
    while not stop.is_set() and index_next(store, account):
        pass


def index_next(store: Store, account: AccountKey) -> bool:
    """One stretch. Whether there may be more."""
    with store.read() as tx:
        stretch = name_index.next_stretch(tx, account)
    if stretch is None:
        return False
    with store.write() as tx:
        if name_index.put_in(tx, stretch):
            return True
    # A name has changed meanwhile: once more, with the names held.
    with store.write() as tx:
        return name_index.put_in_next(tx, account)
