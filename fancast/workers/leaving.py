"""What raised is left alone for a while, longer each time, and the rest goes on."""

import traceback
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

import structlog

LONGEST = timedelta(seconds=60)

log = structlog.get_logger()
Key = TypeVar("Key", bound=Hashable)


class Leaving(Generic[Key]):
    """Remembers what raised here, how often, and when. Nobody else need know: who forgets tries once more."""

    def __init__(self, failure: str) -> None:
        """`failure`: the name under which it is logged."""
        self._failure = failure
        self._raised: dict[Key, tuple[int, datetime]] = {}

    def pick(self, find: Callable[[int], Sequence[Key]], most: int, *, now: datetime) -> list[Key]:
        """At most so many of what `find` finds, those that never raised first, without those that shall rest.

        Asks `find` for as many more as have raised: so they cannot fill its answer and keep it from the others.
        """
        asked = most + len(self._raised)
        found = find(asked)
        if len(found) < asked:
            self._raised = {key: self._raised[key] for key in found if key in self._raised}
        ready = [key for key in found if not self._rests(key, now)]
        return sorted(ready, key=lambda key: key in self._raised)[:most]

    @contextmanager
    def trying(self, key: Key, *, now: datetime) -> Iterator[None]:
        """What raises in it is logged, and rests for 1, 2, 4 … up to 60 seconds."""
        try:
            yield
        except Exception as error:
            times, _ = self._raised.get(key, (0, now))
            self._raised[key] = (times + 1, now)
            # Not its words: a database's quote the row, and so what people write.
            log.error(self._failure, of=key, times=times + 1, why=type(error).__name__, where=_where(error))
        else:
            self._raised.pop(key, None)

    def _rests(self, key: Key, now: datetime) -> bool:
        if key not in self._raised:
            return False
        times, last = self._raised[key]
        # A clock that was set back asks again at once.
        return timedelta() <= now - last < min(timedelta(seconds=2 ** min(times - 1, 30)), LONGEST)


def _where(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
