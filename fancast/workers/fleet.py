"""The fleet's dispatcher: jobs by Procrastinate on PostgreSQL, run by any number of processes.

The tables are the truth and a job only says *look now*. A process that dies leaves its job `doing`; the rescue
puts it back when its heartbeat is stale, and the tick finds whatever is due whether a job knows of it or not.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import procrastinate
import structlog
from procrastinate import utils
from psycopg_pool import AsyncConnectionPool

from fancast.core import sending, ticks
from fancast.kit.clock import Clock
from fancast.model.ids import AccountKey
from fancast.store import jobs
from fancast.store.database import Store, Tx
from fancast.workers import indexing
from fancast.workers.drive import FIRST_TURN_SECONDS, TURN_SECONDS, drive
from fancast.workers.sweeping import Sweeper

TICK = timedelta(milliseconds=500)
CONCURRENCY = 2
HEARTBEAT_SECONDS = 1.0
#: A worker silent for so long is taken for dead: another goes on with its jobs.
STALE_SECONDS = 5.0
RESCUE_SECONDS = 2.0
#: At most so many accounts are hinted by one tick; the rest by the next.
_DUE_AT_ONCE = 1_000
#: A job costs about as much as a short turn: those that the tick owes at once share some.
_ACCOUNTS_A_JOB = 10

log = structlog.get_logger()
# Procrastinate tells each job's life at INFO; ours is told by what the job did.
logging.getLogger("procrastinate").setLevel(logging.WARNING)


def _unchecked_pool(**given: Any) -> AsyncConnectionPool:
    """Procrastinate's own asks each connection whether it lives, before each use: one more round trip each time.

    A connection that died ends the worker's run, which begins anew.
    """
    return AsyncConnectionPool(**{**given, "check": None})


async def _one_trip_a_statement(connection: Any) -> None:
    # Each of Procrastinate's statements is a transaction of its own anyway.
    await connection.set_autocommit(True)


class Fleet:
    """Defers jobs as the Store's jobs; with `start` this process also runs them."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: list[threading.Thread] = []

    # ---- as the Store's jobs

    def defer(self, tx: Tx, accounts: Sequence[AccountKey]) -> None:
        for some in range(0, len(accounts), _ACCOUNTS_A_JOB):
            jobs.defer_drive(tx, accounts[some : some + _ACCOUNTS_A_JOB])

    def committed(self, accounts: Sequence[AccountKey]) -> None:
        """Nothing: the jobs were committed with the facts."""

    # ---- life

    def start(self, store: Store) -> None:
        """Run jobs and ticks in threads of this process."""
        self._threads = [
            threading.Thread(target=self._run_jobs, args=(store,), name="jobs", daemon=True),
            threading.Thread(target=self._run_ticks, args=(store,), name="tick", daemon=True),
            threading.Thread(target=indexing.run, args=(store, self._stop), name="names", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10) -> None:
        """Finish the acts under way and stop."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)

    def _run_jobs(self, store: Store) -> None:
        wait = 0.2
        while not self._stop.is_set():
            try:
                asyncio.run(self._work(store))
                wait = 0.2
            except Exception:
                # The database restarted, say. Come back, a little later each time.
                log.exception("jobs.failed")
                self._stop.wait(wait)
                wait = min(wait * 2, 5)

    async def _work(self, store: Store) -> None:
        # A job is only a word to look: one that a crash brings back or takes away does no harm.
        connector = procrastinate.PsycopgConnector(
            conninfo=self._conninfo, min_size=1, max_size=4, kwargs={"options": "-c synchronous_commit=off"},
            pool_factory=_unchecked_pool, configure=_one_trip_a_statement,
        )  # fmt: skip
        app = procrastinate.App(connector=connector)

        @app.task(name=jobs.DRIVE, queue=jobs.QUEUE, pass_context=True)
        def drive_accounts(context: procrastinate.JobContext, accounts: list[int]) -> None:
            first = context.job.priority == jobs.FIRST
            wanted = [AccountKey(account) for account in accounts]
            self._drive(store, wanted, FIRST_TURN_SECONDS if first else TURN_SECONDS)

        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[jobs.QUEUE],
                    concurrency=CONCURRENCY,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=5.0,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALE_SECONDS,
                )
            )
            rescue = asyncio.create_task(self._rescue(app))
            try:
                while not self._stop.is_set() and not worker.done():
                    await asyncio.sleep(0.05)
            finally:
                rescue.cancel()
                worker.cancel()
                await asyncio.wait([worker, rescue], timeout=10)
            if worker.done() and not worker.cancelled() and (error := worker.exception()):
                raise error

    def _drive(self, store: Store, accounts: Sequence[AccountKey], seconds: float) -> None:
        try:
            with store.alone() as tx:
                # Others who wait come along: together they take far fewer round trips. Their own jobs find nothing.
                company = max(0, _ACCOUNTS_A_JOB - len(accounts))
                hinted = sending.take_up(tx, accounts, company=company)
            for left in drive(store, hinted, self._clock, seconds=seconds):
                with store.write(durable=False) as tx:
                    # Hinted, too: so the tick knows that somebody comes.
                    owed = [one for one in sorted(left) if sending.hint_again(tx, one, now=self._clock())]
                    if owed:
                        jobs.defer_drive(tx, owed, priority=jobs.AGAIN)
        except Exception:
            # The due_at in the row brings it back by the tick; one account's trouble is nobody else's.
            log.exception("drive.failed", accounts=[int(account) for account in accounts])

    async def _rescue(self, app: procrastinate.App) -> None:
        while True:
            await asyncio.sleep(RESCUE_SECONDS)
            try:
                stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALE_SECONDS)
            except Exception:
                log.exception("rescue.failed")
                continue
            for job in stalled:
                try:
                    await app.job_manager.retry_job(job, retry_at=utils.utcnow())
                except Exception:
                    log.exception("rescue.failed", job=job.id)

    def _run_ticks(self, store: Store) -> None:
        sweeper = Sweeper()
        while not self._stop.wait(TICK.total_seconds()):
            try:
                self._tick(store, sweeper)
            except Exception:
                log.exception("tick.failed")

    def _tick(self, store: Store, sweeper: Sweeper) -> None:
        now = self._clock()
        with store.write(durable=False) as tx:
            if not ticks.win(tx, "tick", TICK, now=now):
                return
            sending.renew_lost_hints(tx, now=now)
            # In the same transaction: an idle process asks the database as seldom as it can.
            due = sending.accounts_due(tx, now=now)[:_DUE_AT_ONCE]
            set_back = sending.clock_was_set_back(tx, now=now)
        if set_back:
            with store.write() as tx:
                sending.go_on_after_clock(tx, now=now)
        if due:
            with store.write(durable=False) as tx:
                sending.hint_many(tx, due, now=now)
        sweeper.run(store, now)
