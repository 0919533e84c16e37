"""The OFAuth face: who comes in, and what its document says."""

from fancast.api import gate
from fancast.api.http import Face, FaceDocument, Request
from fancast.api.ofauth.problems import ErrorBody, crash, refuse
from fancast.api.ofauth.routes import ROUTES
from fancast.model.accounts import Account, ConnectionStatus
from fancast.model.api_keys import ApiKey, Scope
from fancast.model.problems import Kind, Problem
from fancast.store.database import Tx

_SCOPES = {
    "/v2/access": Scope.ACCESS,
    "/v2/account": Scope.ACCOUNT,
    "/v2/connections": Scope.ACCOUNT,
    "/v2/link": Scope.LINK,
}


def enter(tx: Tx, request: Request) -> tuple[ApiKey, Account | None]:
    """Key, then scope, then (for Access) connection, then permission. Raises UNAUTHENTICATED, FORBIDDEN."""
    assert request.route is not None
    said = request.headers.get("x-connection-id", "").strip()
    key, found = gate.caller(tx, request.headers.get("apikey", "").strip() or None, said)
    for prefix, scope in _SCOPES.items():
        if request.route.path.startswith(prefix):
            key.demand_scope(scope)
    if not request.route.path.startswith("/v2/access"):
        return key, None
    account = _connected(found, said)
    if request.route.permission is not None:
        key.demand_permission(request.route.permission, account.permissions)
    return key, account


def _connected(found: Account | None, said: str) -> Account:
    if not said:
        raise _no_session("The header x-connection-id is missing.")
    if found is None or found.connection_id != said:
        # A stranger's connection reads the same as one that never was.
        raise _no_session("This API key reaches no such connection.")
    if found.status is ConnectionStatus.EXPIRED:
        raise Problem(
            Kind.UNAUTHENTICATED, "session_expired", "This connection has expired; connect it again."
        )
    if found.status is not ConnectionStatus.ACTIVE:
        raise _no_session("This connection is not active yet.")
    return found


def _no_session(message: str) -> Problem:
    return Problem(Kind.UNAUTHENTICATED, "session_not_provided", message)


FACE = Face(
    name="ofauth",
    prefixes=("/v2",),
    routes=ROUTES,
    open=enter,
    refuse=refuse,
    crash=crash,
    document=FaceDocument(
        title="OFAuth",
        description="Mass messages, chats, user lists and subscribers as OFAuth's SDKs ask for them. Paths under "
        "/v2/account need no connection.",
        path="/openapi.json",
        error=ErrorBody,
        errors={
            400: "Bad request; `details.field` says where",
            401: "No key or connection, or an unknown one",
            403: "Scope or permission missing",
            404: "No such thing",
            405: "Another method is wanted",
            409: "Repeated, or changed meanwhile",
            413: "The body is too large",
            415: "The body is not JSON",
            429: "Too many requests",
            500: "Our fault",
            502: "A network that this server sends through failed",
            503: "Not now; nothing was done",
        },
        security={
            "ApiKey": {"type": "apiKey", "in": "header", "name": "apiKey"},
            "ConnectionId": {"type": "apiKey", "in": "header", "name": "x-connection-id"},
        },
        samples={"x-connection-id": "conn_abc123", "massMessageId": 1_000_000, "userId": 123456, "listId": 1},
    ),
)
