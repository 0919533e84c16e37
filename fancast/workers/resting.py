"""Rests after heavy work, in a process that also answers requests."""

import time

_LONGEST_SECONDS = 0.05


def rest(began: float) -> None:
    """As long as the work took that began then (`time.monotonic`): requests get as much of the process as it."""
    time.sleep(min(time.monotonic() - began, _LONGEST_SECONDS))
