"""Every route of both dialects beside its floor: a bare Starlette route that runs the same handler.

The floor knows its call already: it opens the transaction, runs the handler and writes the answer, without finding
route, key and account. Routes that cannot be called twice with the same answer are left out, and counted.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.places import Client

MOST = 2.0
_DOCUMENTS = ("/openapi.json", "/openapi/onlyfansapi.json")
#: What routes want in their query, where they want anything.
_QUERY = {
    "timezone": "UTC", "query": "an", "userIds": "123", "ids": "123", "start_date": "2026-01-01",
    "end_date": "2026-12-31", "startDate": "2026-01-01", "endDate": "2026-12-31", "publishDateStart": "2031-01-01",
    "publishDateEnd": "2031-01-02", "type": "total",
}  # fmt: skip
#: Those that take something away come last.
_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Timed:
    """Medians in milliseconds of one route and of its floor."""

    name: str
    full_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        return self.full_ms / self.bare_ms


def routes(calls: int) -> tuple[list[Timed], list[str]]:
    """The routes, the dearest beside its floor first; and those that were left out."""
    timed, left_out = [], []
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.routes", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            client, ids = _client(json.loads(server.stdout.readline()))
            asked = [one for path in _DOCUMENTS for one in _operations(client.ok("GET", path), ids)]
            for method, path, template, body in sorted(asked, key=lambda one: _ORDER.index(one[0])):
                found = _time(client, f"{method} {template}", method, path, body, calls)
                if found is None:
                    left_out.append(f"{method} {template}")
                else:
                    timed.append(found)
        finally:
            server.terminate()
            server.wait(20)
    return sorted(timed, key=lambda one: -one.ratio), left_out


def _client(said: Mapping[str, Any]) -> tuple[Client, Mapping[str, str]]:
    port = int(said["base_url"].rpartition(":")[2])
    connection = said["ofauth"]["connection_id"]
    client = Client(port, said["onlyfansapi"]["api_key"], connection=connection)
    client.headers["apiKey"] = said["ofauth"]["api_key"]
    send = {"text": "bench", "userLists": [1], "scheduledDate": "2031-01-01T00:00:00Z"}
    made = str(client.ok("POST", "/v2/access/mass-messages", send)["id"])
    message = str(client.ok("POST", "/v2/access/chats/123/messages", {"text": "bench"})["id"])
    ids = dict.fromkeys(("massMessageId", "queue_id"), made) | {"messageId": message, "message_id": message}
    ids |= dict.fromkeys(("userId", "user_id", "fan_id", "chat_id"), "123") | {"username": "ann"}
    ids |= {"account": said["onlyfansapi"]["account"], "id": connection, "media_id": "789"}
    return client, ids


Operation = tuple[str, str, str, object]


def _operations(document: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[Operation]:
    for template, methods in document["paths"].items():
        path = re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), template)
        for method, said in methods.items():
            content = said.get("requestBody", {}).get("content", {})
            if content and "application/json" not in content:
                continue
            asked = (
                one for one in said.get("parameters", ()) if one["in"] == "query" and one.get("required")
            )
            query = "&".join(f"{one['name']}={_QUERY.get(one['name'], 1)}" for one in asked)
            body = content["application/json"].get("example", {}) if content else None
            yield method.upper(), f"{path}?{query}" if query else path, template, body


def _time(client: Client, name: str, method: str, path: str, body: object, calls: int) -> Timed | None:
    """The two in turn; None when a call is refused, the first time or when it comes again."""
    client.headers["x-call"] = f"{method} {path.partition('?')[0]}"
    full, bare = [], []
    try:
        for _ in range(calls):
            full.append(client.timed(method, path, body)[0])
            bare.append(client.timed(method, "/bare", body)[0])
    except RuntimeError:
        return None
    return Timed(name, statistics.median(full), statistics.median(bare))


# ---- the server, a process of its own


def _serve(folder: Path) -> None:
    from fancast import bootstrap
    from fancast.api.faces import Call, Face
    from fancast.cli import logs, worlds
    from fancast.config import load

    known: dict[str, tuple[Face, Call]] = {}
    real_faces, real_app = bootstrap._faces, bootstrap._app
    bootstrap._faces = lambda settings: [_noting(face, known) for face in real_faces(settings)]
    bootstrap._app = lambda parts: _with_floor(real_app(parts), parts.store, known)  # type: ignore[assignment,return-value]
    settings = load(
        defaults={"sqlite_synchronous": "NORMAL", "log_level": "warning"}, port=0, data_dir=folder
    )
    logs.configure(settings)
    with bootstrap.running(settings, set_up=True) as parts:
        keys = worlds.settle(parts, 1_000)
        bootstrap.serve(
            parts, on_ready=lambda url: print(json.dumps(keys.announcement(url, folder)), flush=True)
        )


def _noting(face: Any, known: dict[str, Any]) -> Any:
    """The face with handlers that remember their calls, for the floor to repeat."""

    def noting(route: Any) -> Any:
        def handler(tx: Any, call: Any) -> Any:
            known.setdefault(f"{call.method} {call.path}", (face, replace(call, route=route)))
            return route.handler(tx, call)

        return replace(route, handler=handler)

    return replace(face, routes=tuple(noting(route) for route in face.routes))


def _with_floor(app: Any, store: Any, known: Mapping[str, Any]) -> Any:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from fancast.api.serving import encoded
    from fancast.model.problems import Problem

    def answer(face: Any, call: Any, body: bytes) -> Any:
        call = replace(call, body=json.loads(body) if body else None, now=datetime.now(UTC))
        with store.write() if call.route.writes_in else store.read() as tx:
            return encoded(face.finish(call, call.route.handler(tx, call)))

    async def floor(request: Request) -> Response:
        face, call = known[request.headers["x-call"]]
        try:
            kept = await run_in_threadpool(answer, face, call, await request.body())
        except Problem:
            return Response(status_code=400)
        return Response(kept.body, kept.status, dict(kept.headers))

    bare = Starlette(routes=[Route("/bare", floor, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == "/bare" else app)(scope, receive, send)

    return either


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
