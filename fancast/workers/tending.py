"""Looks after uploads and stored files by the clock: every process does, and takes nothing from another."""

import threading

import structlog

from fancast.core import receiving
from fancast.core.receiving import Workshop

log = structlog.get_logger()

#: Nothing of it is urgent: bytes whose looker died, uploads that expired, files that nothing keeps.
EVERY_SECONDS = 5.0


class Tender:
    """A thread that calls `receiving.tend` now and then."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tend", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                receiving.tend(self._workshop)
            except Exception:
                # The rows say what is due; the next round finds it again.
                log.exception("tend.failed")
