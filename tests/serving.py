"""A live server in this process: uvicorn on a free port, `App` over some faces, and the dispatcher."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import uvicorn

from fancast.api import files
from fancast.api.http import App, Face
from fancast.core import idempotency_keys
from fancast.core.receiving import Workshop
from fancast.store.database import NoJobs
from fancast.workers.dispatch import Dispatcher
from tests.world import World

#: How long anything may take to become true. Never a measure: only the end of hope.
PATIENCE_SECONDS = 30
Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens. Talk to it with httpx; build and look through `world`."""

    base_url: str
    world: World

    def client(self, **how: Any) -> httpx.Client:
        """To talk to it. Without the certificates of all authorities: to read them takes longer than most tests."""
        return httpx.Client(**{"base_url": self.base_url, "timeout": 30, "verify": False} | how)


@contextmanager
def served(world: World, faces: Sequence[Face], workshop: Workshop | None = None) -> Iterator[Server]:
    """The faces behind a real uvicorn, mass messages going out by themselves; with a workshop, files too."""
    app = App(
        store=world.store, clock=world.clock, faces=[*faces, files.FACE], idempotency=idempotency_keys,
        workshop=workshop,
    )  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(dispatching(world))
        yield Server(base_url=stack.enter_context(_listening(app)), world=world)


@contextmanager
def dispatching(world: World) -> Iterator[Dispatcher]:
    """A dispatcher at work on the world's store."""
    dispatcher = Dispatcher(world.clock)
    world.store.jobs = dispatcher
    dispatcher.start(world.store)
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        world.store.jobs = NoJobs()


@contextmanager
def _listening(app: App) -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started, "the server listens")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def until(look: Callable[[], Seen | None], what: str) -> Seen:
    """Look again until the answer is true; fail and say what never came."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s (last seen: {seen!r})"
        time.sleep(0.005)
    return seen
