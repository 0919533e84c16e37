"""The in-process dispatcher: a queue in memory, a thread that sends and one that stands in for it, and a tick.

The tables are the truth and a job only says *look now*: what is lost here is found again by the tick.
"""

import threading
import time
from collections.abc import Sequence
from queue import Empty, PriorityQueue

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
#: So many accounts that wait share a transaction. More would hold up other writers.
ACCOUNTS_AT_ONCE = 4
#: When nothing was begun for so long although accounts wait, one act takes its time: others go on beside it.
_LONG_ACT_SECONDS = 0.1
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
        #: When anything was begun last.
        self._begun = 0.0
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
        self._threads = [
            threading.Thread(target=self._work, args=(store,), name="drive", daemon=True),
            threading.Thread(target=self._stand_in, args=(store,), name="drive-beside", daemon=True),
            threading.Thread(target=self._tick, args=(store,), name="tick", daemon=True),
        ]
        self._threads.append(
            threading.Thread(target=indexing.run, args=(store, self._stop), name="names", daemon=True)
        )
        self._threads.append(threading.Thread(target=self._log, args=(store,), name="log", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10) -> None:
        """Finish the acts under way and stop."""
        self._stop.set()
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
        # One thread: two only take the interpreter from each other and from whoever answers requests.
        while not self._stop.is_set():
            self._drive_next(store, *self._queue.get())

    def _stand_in(self, store: Store) -> None:
        while not self._stop.wait(_LONG_ACT_SECONDS / 2):
            while time.monotonic() - self._begun > _LONG_ACT_SECONDS and not self._stop.is_set():
                try:
                    self._drive_next(store, *self._queue.get_nowait())
                except Empty:
                    break

    def _drive_next(self, store: Store, urgency: int, _: int, account: AccountKey | None) -> None:
        if account is None:
            # Said once, to whoever hears it.
            self._queue.put((_STOP, 0, None))
            return
        self._begun = time.monotonic()
        accounts = [account, *self._company(urgency)]
        with self._guard:
            self._waiting.difference_update(accounts)
        try:
            with store.alone() as tx:
                sending.take_up(tx, accounts)
            turn = FIRST_TURN_SECONDS if urgency == _FIRST else TURN_SECONDS
            for left in drive(store, accounts, self._clock, seconds=turn):
                for again in left:
                    self._put(_AGAIN, again)
        except Exception:
            # The due_at in the row brings it back by the tick; one account's trouble is nobody else's.
            log.exception("drive.failed", accounts=[int(account) for account in accounts])

    def _company(self, urgency: int) -> list[AccountKey]:
        """Others that wait as urgently."""
        found: list[AccountKey] = []
        while len(found) < ACCOUNTS_AT_ONCE - 1:
            try:
                next = self._queue.get_nowait()
            except Empty:
                break
            if next[0] != urgency or next[2] is None:
                self._queue.put(next)
                break
            found.append(next[2])
        return found

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
