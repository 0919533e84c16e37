"""The in-process dispatcher: a queue in memory, two threads for core's steps, and a tick.

The tables are the truth and a job only says *look now*: what is lost here is found again by the tick.
"""

import threading
from collections.abc import Sequence
from queue import PriorityQueue

import structlog

from fancast.core import sending
from fancast.kit.clock import Clock
from fancast.model.ids import AccountKey
from fancast.store.database import Store, Tx
from fancast.workers import indexing
from fancast.workers.drive import FIRST_TURN_SECONDS, TURN_SECONDS, drive
from fancast.workers.sweeping import Sweeper

TICK_SECONDS = 0.2
LOG_SECONDS = 1.0
THREADS = 2
#: First hints go before accounts that have had their turn.
_FIRST, _AGAIN, _STOP = 0, 1, 9

log = structlog.get_logger()


class Dispatcher:
    """Runs `drive` for accounts that owe it. One per process; give it to the Store as its jobs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: PriorityQueue[tuple[int, int, AccountKey | None]] = PriorityQueue()
        self._waiting: set[AccountKey] = set()
        self._guard = threading.Lock()
        self._sequence = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # ---- as the Store's jobs

    def defer(self, tx: Tx, accounts: Sequence[AccountKey]) -> None:
        """Nothing to write: the hint in the head row is the record."""

    def committed(self, accounts: Sequence[AccountKey]) -> None:
        for account in accounts:
            self._put(_FIRST, account)

    # ---- life

    def start(self, store: Store) -> None:
        names = [f"drive-{number}" for number in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._work, args=(store,), name=name, daemon=True) for name in names
        ]
        self._threads.append(threading.Thread(target=self._tick, args=(store,), name="tick", daemon=True))
        self._threads.append(
            threading.Thread(target=indexing.run, args=(store, self._stop), name="names", daemon=True)
        )
        self._threads.append(threading.Thread(target=self._log, args=(store,), name="log", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10) -> None:
        """Finish the acts under way and stop."""
        self._stop.set()
        for _ in range(THREADS):
            self._put(_STOP, None)
        for thread in self._threads:
            thread.join(seconds)

    def _put(self, urgency: int, account: AccountKey | None) -> None:
        with self._guard:
            if account is not None:
                if account in self._waiting:
                    return
                self._waiting.add(account)
            self._sequence += 1
            self._queue.put((urgency, self._sequence, account))

    def _work(self, store: Store) -> None:
        while not self._stop.is_set():
            urgency, _, account = self._queue.get()
            if account is None:
                return
            with self._guard:
                self._waiting.discard(account)
            turn = FIRST_TURN_SECONDS if urgency == _FIRST else TURN_SECONDS
            try:
                if drive(store, account, self._clock, seconds=turn):
                    self._put(_AGAIN, account)
            except Exception:
                # The due_at in the row brings it back by the tick; one account's trouble is nobody else's.
                log.exception("drive.failed", account=account)

    def _log(self, store: Store) -> None:
        while not self._stop.wait(LOG_SECONDS):
            try:
                store.carry_log_over()
            except Exception:
                log.exception("log.failed")

    def _tick(self, store: Store) -> None:
        sweeper = Sweeper()
        while not self._stop.wait(TICK_SECONDS):
            try:
                with store.read() as tx:
                    due = sending.accounts_due(tx, now=self._clock())
                    set_back = sending.clock_was_set_back(tx, now=self._clock())
                if set_back:
                    with store.write() as tx:
                        sending.go_on_after_clock(tx, now=self._clock())
                for account in due:
                    self._put(_AGAIN, account)
                sweeper.run(store, self._clock())
            except Exception:
                log.exception("tick.failed")
