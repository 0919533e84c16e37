"""Answers that need the outside world: asked for once the transaction is over."""

from collections.abc import Callable
from dataclasses import dataclass

from fancast.api.faces import Answer


@dataclass(frozen=True, slots=True)
class Outside:
    """In place of the body of a GET: what to do when no transaction is open, for the answer.

    It runs in a reading thread: whoever makes one bounds how long it takes and how many run at once.
    """

    ask: Callable[[], Answer]
