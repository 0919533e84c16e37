"""A tiny real face, served by a real uvicorn on a free port: what the HTTP layer's tests talk to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Annotated, Literal

import msgspec
import uvicorn

from fancast.api import docs, gate, openapi
from fancast.api.http import (
    Answer,
    App,
    Call,
    Face,
    FaceDocument,
    Page,
    QueryParam,
    Raw,
    Request,
    Route,
    under,
)
from fancast.api.protocol import BoundedHeads
from fancast.core import accounts, api_keys, idempotency_keys, user_lists
from fancast.kit.clock import system_clock
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.problems import Kind, Problem, wrong_state
from fancast.model.rate_limits import Left
from fancast.store.database import Store, Tx
from fancast.store.tables import metadata

STATUS = {
    Kind.UNAUTHENTICATED: 401, Kind.FORBIDDEN: 403, Kind.NOT_FOUND: 404, Kind.METHOD_NOT_ALLOWED: 405,
    Kind.CONFLICT: 409, Kind.TOO_LARGE: 413, Kind.UNSUPPORTED_TYPE: 415, Kind.MISMATCH: 422,
    Kind.RATE_LIMITED: 429, Kind.UNAVAILABLE: 503,
}  # fmt: skip


class Part(msgspec.Struct, rename="camel"):
    """One part of a thing."""

    part_name: str
    whole: "Thing | None" = None


class Thing(msgspec.Struct, rename="camel"):
    """What `/things` holds."""

    id: int
    colour: Literal["red", "green"]
    size_cm: Annotated[float, msgspec.Meta(ge=1, le=20, description="From end to end.")] | None = None
    parts: list[Part] = []


class Named(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="How it is called.")]
    note: str = ""


class Refusal(msgspec.Struct):
    """What every refusal looks like."""

    tiny: str
    says: str


DOCUMENT = FaceDocument(
    title="Tiny",
    description="A face of `tests`.",
    path="/openapi/tiny.json",
    error=Refusal,
    errors={400: "The request is wrong.", 401: "No key.", 413: "Too large.", 415: "Not JSON."},
    security={"key": {"type": "http", "scheme": "bearer"}},
    headers=(QueryParam("X-Tiny", str, "A header of every call."),),
    samples={"thing": 901, "X-Tiny": "yes"},
)


class Switches:
    """What a test tells the handlers to do, and what they did."""

    def __init__(self) -> None:
        self.made = 0
        self.crash = False
        self.entered = threading.Event()
        self.hold: threading.Event | None = None


def echo(_tx: Tx, call: Call) -> Answer:
    return Answer(
        {"route": call.route.path, "method": call.method, "params": dict(call.params), "body": call.body,
         "query": {name: list(call.query.all(name)) for name in call.query.names()}, "origin": call.origin}
    )  # fmt: skip


def pages(_tx: Tx, call: Call) -> Answer:
    limit = call.query.integer("limit", default=20, low=1, high=100, clamp=True)
    offset = call.query.integer("offset", default=0, low=0, high=10_000)
    return Answer({"limit": limit, "offset": offset, "deep": call.query.flag("deep"),
                   "ids": call.query.listed("ids", "id_list")})  # fmt: skip


def unwritable(tx: Tx, call: Call) -> Answer:
    assert call.account is not None
    user_lists.create(tx, call.account, "never kept", now=call.now)
    return Answer({"what": object()})


class Maker:
    """A write with real effect: one more list of the account."""

    def __init__(self, switches: Switches) -> None:
        self.switches = switches

    def make(self, tx: Tx, call: Call) -> Answer:
        assert call.account is not None
        assert isinstance(call.body, dict)
        made = user_lists.create(tx, call.account, str(call.body["name"]), now=call.now)
        self.switches.made += 1
        if self.switches.hold is not None:
            self.switches.entered.set()
            self.switches.hold.wait(20)
        if self.switches.crash:
            raise RuntimeError("a fault in a handler")
        if call.body["name"] == "refused":
            raise wrong_state("made", "done")
        if call.body["name"] == "changed":
            raise Problem(Kind.CONFLICT, "changed_meanwhile", "Read it again.")
        if call.body["name"] == "busy":
            raise Problem(Kind.RATE_LIMITED, "slow_down", "Later.", retry_after_seconds=7)
        return Answer({"id": int(made.ref)}, 201, {"X-Made": "yes"})


def opens(tx: Tx, request: Request) -> tuple[ApiKey, Account | None]:
    key, found = gate.caller(tx, gate.bearer(request.headers), "acct_tiny")
    return key, gate.permitted(key, found, "acct_tiny", request)


def refuses(problem: Problem, request: Request) -> Answer:
    return Answer({"tiny": problem.code, "says": problem.message, "field": problem.field},
                  STATUS.get(problem.kind, 400))  # fmt: skip


def crashes(request: Request, _left: Left | None) -> Answer:
    return Answer({"tiny": "crash", "request_id": request.request_id}, 500)


def tiny_face(switches: Switches) -> Face:
    maker = Maker(switches)
    limit = QueryParam("limit", int, "How many.", default=20, low=1, high=100)
    routes = under("/tiny", (
        Route("GET", "/things", pages, query=(limit,), summary="List things", writes=list[Thing]),
        Route("POST", "/things", echo, writes_data=False, reads=Thing, writes=Thing, tags=("Things",)),
        Route("GET", "/things/next", echo),
        Route("GET", "/things/{thing}", echo),
        Route("PUT", "/things/{id}", echo),
        Route("DELETE", "/things/{thing}", echo),
        Route("GET", "/things/{thing}/parts/{part}", echo),
        Route("GET", "/things/all/parts/{part}", echo),
        Route("GET", "/rest/{rest:path}", echo, documented=False),
        Route("POST", "/lists", maker.make, permission="lists:write", reads=Named, sample={"name": "It's <b>"},
              description="Makes a list.", status=201, summary="Make a list", name="make_list"),
        Route("POST", "/unwritable", unwritable),
    ))  # fmt: skip
    return Face(
        name="tiny",
        prefixes=("/tiny",),
        routes=routes,
        open=opens,
        refuse=refuses,
        crash=crashes,
        document=DOCUMENT,
    )


def open_store(folder: Path) -> tuple[Store, str]:
    """A fresh database with one account, and the secret of a key to it."""
    store = Store(f"sqlite:///{folder / 'tiny.db'}")
    metadata.create_all(store.engine)
    now = system_clock()()
    with store.write() as tx:
        accounts.create(tx, "Tiny", "tiny", acct_id="acct_tiny", connection_id="conn_tiny", now=now)
        _, secret = api_keys.create(tx, "tests", now=now)
    return store, secret


def tiny_app(store: Store, switches: Switches, **more: object) -> App:
    face = tiny_face(switches)
    page = Page("/page", lambda _request: Answer(Raw(b"<p>hello</p>", "text/html")))
    pages = [page, *openapi.pages([face]), docs.page([face])]
    return App(store=store, clock=system_clock(), faces=[face], pages=pages,
               idempotency=idempotency_keys, max_body_bytes=100_000, **more)  # type: ignore[arg-type]  # fmt: skip


@contextmanager
def served(app: App) -> Iterator[str]:
    """The app behind a real uvicorn on a free port; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=BoundedHeads, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
