"""How far a request of ours may go. Apart from `reaching`, whose library takes long to import."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from fancast.kit.addresses import Bounds

#: How a name is looked up: the addresses behind a host.
Lookup = Callable[[str], Awaitable[Sequence[str]]]


class CannotReach(Exception):
    """Why, in words for whoever named the URL. `passing`: another try may help."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.message = message
        self.passing = passing


async def look_up(host: str) -> Sequence[str]:
    """Every address of a host, as this machine's resolver knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a request of ours may go."""

    bounds: Bounds = field(default_factory=Bounds)
    lookup: Lookup = look_up
    connect_seconds: float = 10.0
    #: Silence between two chunks.
    silence_seconds: float = 20.0
