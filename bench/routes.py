"""Every operation of both dialects beside its floor: a bare Starlette route that does the same work.

The floor knows its call already: it takes the body in, opens the transaction, runs the handler and writes the answer,
without finding route, key and account. Both are asked anew for each call, and what they take away is made for it
outside of the time. An operation that does not answer as its document promises is told of, and ends the bench.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from bench.asking import Asked, Desk, Operation, operations
from bench.places import Client, Place

MOST = 2.0
#: What is above is measured so often, and its best is told: a neighbour's work is no route's.
_TRIES = 3
_DOCUMENTS = ("/openapi.json", "/openapi/onlyfansapi.json")
_DATABASE = "fancast_routes"


@dataclass(frozen=True)
class Timed:
    """Medians in milliseconds of one operation and of its floor."""

    name: str
    full_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        return self.full_ms / self.bare_ms


class Unexpected(Exception):
    """A call was answered otherwise than its document promises."""


def routes(place: Place, calls: int) -> tuple[list[Timed], list[str]]:
    """The operations, the dearest beside its floor first; and those that answered otherwise than they should."""
    with _serving(place) as (client, said):
        desk = Desk(client, said)
        timed, broken = [], []
        for each in operations(desk, [client.ok("GET", path) for path in _DOCUMENTS]):
            try:
                timed.append(_least(client, each, calls))
            except (Unexpected, RuntimeError, OSError, HTTPException) as trouble:
                client.close()
                broken.append(f"{each.name}: {trouble}")
    return sorted(timed, key=lambda one: -one.ratio), broken


def _least(client: Client, operation: Operation, calls: int) -> Timed:
    found = _time(client, operation, calls)
    for _ in range(_TRIES - 1):
        if found.ratio <= MOST:
            break
        found = min(found, _time(client, operation, calls), key=lambda one: one.ratio)
    return found


def _time(client: Client, operation: Operation, calls: int) -> Timed:
    """The two in turn, each the first one every other time."""
    full, bare = [], []
    _full(client, operation)
    for turn in range(calls):
        for one in (full, bare) if turn % 2 else (bare, full):
            one.append(_full(client, operation) if one is full else _bare(client, operation))
    return Timed(operation.name, statistics.median(full), statistics.median(bare))


def _full(client: Client, operation: Operation) -> float:
    asked = operation.ask()
    return _timed(client, asked, operation.method, asked.path(operation.template))


def _bare(client: Client, operation: Operation) -> float:
    asked = operation.ask()
    told = {"x_call": f"{operation.method} {operation.template}", "x_params": json.dumps(dict(asked.params))}
    return _timed(client, asked, operation.method, f"/bare?{asked.query}", **told)


def _timed(client: Client, asked: Asked, method: str, path: str, **headers: str) -> float:
    body, headers = asked.raw, headers | {"content_type": asked.content_type}
    began = time.perf_counter()
    status, found = client.exchange(method, path, body, **headers)
    spent = (time.perf_counter() - began) * 1000
    if status != asked.status:
        raise Unexpected(f"{method} {path} answered {status}, not {asked.status}: {found[:300]!r}")
    return spent


# ---- around the server


@contextmanager
def _serving(place: Place) -> Iterator[tuple[Client, Mapping[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder, _giphy() as giphy, _database(place) as url:
        command = [sys.executable, "-m", "bench.routes", folder, giphy, url]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            said = json.loads(server.stdout.readline())
            port, connection = int(said["base_url"].rpartition(":")[2]), said["ofauth"]["connection_id"]
            # One key for both dialects, that reaches whatever is made here.
            yield Client(port, said["native"]["api_key"], connection=connection), said
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def _database(place: Place) -> Iterator[str]:
    """An empty database beside the bench's own; on SQLite the server's folder has one."""
    if place.name == "sqlite":
        yield ""
        return
    import psycopg
    from sqlalchemy import make_url

    drop = f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)"
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f"CREATE DATABASE {_DATABASE}")
        try:
            yield make_url(place.url).set(database=_DATABASE).render_as_string(hide_password=False)
        finally:
            connection.execute(drop)


@contextmanager
def _giphy() -> Iterator[str]:
    """What stands in for Giphy: it always has nothing to show."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = b'{"data": []}'
            self.send_response(200)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# ---- the server, a process of its own


def _serve(folder: Path, giphy: str, database: str) -> None:
    from fancast import bootstrap
    from fancast.api.faces import Call, Face
    from fancast.cli import logs, worlds
    from fancast.config import load

    known: dict[str, tuple[Face, Call]] = {}
    real_faces, real_app = bootstrap._faces, bootstrap._app
    bootstrap._faces = lambda settings: [_noting(face, known) for face in real_faces(settings)]
    bootstrap._app = lambda parts: _with_floor(real_app(parts), parts, known)  # type: ignore[assignment,return-value]
    settings = load(
        defaults={"sqlite_synchronous": "NORMAL", "log_level": "warning"}, port=0, data_dir=folder,
        database_url=database or None, giphy_key="bench", giphy_url=giphy,
    )  # fmt: skip
    logs.configure(settings)
    with bootstrap.running(settings, set_up=True) as parts:
        keys = worlds.settle(parts, 1_000)
        bootstrap.serve(
            parts, on_ready=lambda url: print(json.dumps(keys.announcement(url, folder)), flush=True)
        )


def _noting(face: Any, known: dict[str, Any]) -> Any:
    """The face with handlers that remember their last calls, for the floor to repeat."""

    def noting(route: Any) -> Any:
        def handler(tx: Any, call: Any) -> Any:
            known[f"{route.method} {route.path.replace(':path}', '}')}"] = face, replace(call, route=route)
            return route.handler(tx, call)

        return replace(route, handler=handler)

    return replace(face, routes=tuple(noting(route) for route in face.routes))


def _with_floor(app: Any, parts: Any, known: Mapping[str, Any]) -> Any:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fancast.api.incoming import Incoming
    from fancast.api.outside import Outside
    from fancast.api.query import Query
    from fancast.api.serving import encoded
    from fancast.model.problems import Problem

    store, limit = parts.store, parts.settings.max_body_bytes

    def answer(face: Any, call: Any, body: Any) -> Any:
        taken = call.route.intake(parts.workshop, call, body) if isinstance(body, Incoming) else None
        if taken is None:
            read = json.loads(body) if body else None
        else:
            read = taken.body if taken.work is None else taken.work()
        call = replace(call, body=read)
        try:
            with store.write() if call.route.writes_in else store.read() as tx:
                said = call.route.handler(tx, call)
                if not isinstance(said.body, Outside):
                    return encoded(face.finish(call, said))
            return encoded(face.finish(call, said.body.ask()))
        finally:
            if taken is not None and taken.tidy is not None:
                taken.tidy()

    async def floor(request: Request) -> Response:
        face, call = known[request.headers["x-call"]]
        params, query = (
            json.loads(request.headers["x-params"]),
            Query.parse(request.url.query, face.query_name),
        )
        call = replace(call, params=params, query=query, now=datetime.now(UTC))
        if call.route.takes_in(request.headers["content-type"]):
            body: Any = Incoming(request.receive, request.headers, limit)
        else:
            body = await request.body()
        try:
            kept = await run_in_threadpool(answer, face, call, body)
        except Problem as problem:
            return Response(f"the floor was refused: {problem}", 400)
        return Response(kept.body, kept.status, dict(kept.headers))

    bare = Starlette(routes=[Route("/bare", floor, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == "/bare" else app)(scope, receive, send)

    return either


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), *sys.argv[2:4])
