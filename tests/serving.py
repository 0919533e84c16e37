"""A live server in this process: uvicorn on a free port, `App` over some faces, and the dispatcher."""

import atexit
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

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
    """The app on a listener that no other app uses now; afterwards all it was asked is answered."""
    listener = _idle.pop() if _idle else Listener()
    listener.begin(app)
    try:
        yield listener.base_url
    finally:
        listener.end()
        _idle.append(listener)


class Listener:
    """A uvicorn on a free port, for one app after the other: to start and stop one takes longer than most tests."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._asked = 0
        self._guard = threading.Condition()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(self._answer, interface="asgi3", lifespan="off", log_config=None, access_log=False)
        )
        # A daemon, as Python waits for other threads before it would hear of the end.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the server listens")
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        atexit.register(self._close)

    def begin(self, app: App) -> None:
        self._app = app

    def end(self) -> None:
        """Take no more for the app, and wait for what it has in hand as a server that stops does."""
        with self._guard:
            app, self._app = self._app, None
            assert self._guard.wait_for(lambda: not self._asked, PATIENCE_SECONDS), "a request never ended"
        assert app is not None
        app.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._guard:
            app = self._app
            assert app is not None, f"asked after its test: {scope}"
            self._asked += 1
        try:
            await app(scope, receive, send)
        finally:
            with self._guard:
                self._asked -= 1
                self._guard.notify_all()

    def _close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


_idle: list[Listener] = []


def until(look: Callable[[], Seen | None], what: str) -> Seen:
    """Look again until the answer is true; fail and say what never came."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s (last seen: {seen!r})"
        time.sleep(0.005)
    return seen
