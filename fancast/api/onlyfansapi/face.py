"""The OnlyFansAPI face: who comes in, what goes round an answer, and what its document says."""

from dataclasses import replace

from fancast.api import gate
from fancast.api.http import Answer, Call, Face, FaceDocument, Request
from fancast.api.onlyfansapi.envelope import HEADERS, counted, recounted
from fancast.api.onlyfansapi.giphy import Giphy
from fancast.api.onlyfansapi.problems import ErrorBody, crash, refuse
from fancast.api.onlyfansapi.routes import ROUTES
from fancast.api.onlyfansapi.routes_queue import with_giphy
from fancast.api.query import snake
from fancast.model.accounts import Account, ConnectionStatus
from fancast.model.api_keys import ApiKey, Scope
from fancast.model.problems import Kind, Problem, not_found
from fancast.store.database import Tx

#: The three levels of this vendor's keys; pinning writes, unpinning deletes.
_SCOPES = {"GET": Scope.READ, "HEAD": Scope.READ, "DELETE": Scope.DELETE}


def enter(tx: Tx, request: Request) -> tuple[ApiKey, Account | None]:
    """Key, then account, then right. Raises Problem(UNAUTHENTICATED, NOT_FOUND, FORBIDDEN)."""
    asked = request.params.get("account")
    key, found = gate.caller(tx, gate.bearer(request.headers), asked)
    account = None if asked is None else _active(gate.permitted(key, found, asked, request), asked)
    key.demand_scope(_SCOPES.get(request.method, Scope.WRITE))
    return key, account


def finish(call: Call, answer: Answer) -> Answer:
    body = answer.body if call.left is None else counted(answer.body, call.left)
    return replace(answer, body=body, headers={**HEADERS, **answer.headers})


def _active(found: Account, asked: str) -> Account:
    if asked == found.connection_id:
        # The other vendor's name for it; nobody knows that one here.
        raise not_found("account", asked)
    if found.status is not ConnectionStatus.ACTIVE:
        raise Problem(Kind.UNAUTHENTICATED, "session_expired", "This account has to log in again.")
    return found


FACE = Face(
    name="onlyfansapi",
    prefixes=("/api",),
    routes=with_giphy(ROUTES, None),
    open=enter,
    refuse=refuse,
    crash=crash,
    finish=finish,
    recount=recounted,
    team_repeats=True,
    marked_retries=True,
    query_name=snake,
    document=FaceDocument(
        title="OnlyFansAPI",
        description="Mass messages, user lists and fans as OnlyFansAPI.com's clients ask for them. Every list may be "
        "sent as an array, a comma string or a JSON array in a string; every name in camelCase or snake_case. "
        "GET takes a key's right to read, POST and PUT its right to write, DELETE its right to delete.",
        path="/openapi/onlyfansapi.json",
        error=ErrorBody,
        errors={
            400: "Malformed, refused by the network, or not offered by this server",
            401: "No key, or an unknown one",
            403: "The key lacks the right",
            404: "No such account, list or mass message",
            405: "Another method is wanted",
            408: "The body did not arrive in time",
            409: "Repeated, or changed meanwhile",
            413: "The body is too large",
            415: "The body is not JSON",
            422: "A field is wrong; `errors` says which",
            429: "Too many requests; see Retry-After",
            500: "Our fault",
            503: "Not now; nothing was done",
        },
        security={"bearer": {"type": "http", "scheme": "bearer"}},
    ),
)


def asking_giphy(face: Face, key: str, url: str) -> Face:
    """The same face with the operator's key for Giphy."""
    return replace(face, routes=with_giphy(ROUTES, Giphy(key, url)))
