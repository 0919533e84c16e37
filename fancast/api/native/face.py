"""The native face: who comes in, and what its document says."""

from collections.abc import Mapping

from fancast.api import gate
from fancast.api.faces import Face, FaceDocument, Request
from fancast.api.native.problems import CONTENT_TYPE, ProblemDetails, crash, refuse
from fancast.api.native.routes import ACCOUNTLESS, ROUTES
from fancast.core import accounts
from fancast.model.accounts import Account, ConnectionStatus
from fancast.model.api_keys import ApiKey, Scope
from fancast.model.problems import Kind, Problem, invalid
from fancast.store.database import Tx

PREFIX = "/v1"
_ACCOUNT = "account"
_SECURITY: Mapping[str, Mapping[str, object]] = {"bearer": {"type": "http", "scheme": "bearer"}}


def open_to(tx: Tx, request: Request) -> tuple[ApiKey, Account | None]:
    """The key, and the account it acts for: its own when it has one, else the one that `?account=` names.

    Raises Problem(UNAUTHENTICATED, FORBIDDEN, NOT_FOUND), INVALID account_required, FORBIDDEN account_not_active.
    """
    named = request.query.text(_ACCOUNT)
    key, found = gate.caller(tx, gate.bearer(request.headers), named)
    _demand_scope(key, request)
    accountless = request.route is not None and request.route.path in ACCOUNTLESS
    if named:
        account = gate.permitted(key, found, named, request)
        return key, account if accountless else _active(account)
    if accountless:
        return key, None
    reached = accounts.listing(tx, key) if key.accounts is not None else []
    if len(reached) != 1:
        raise invalid("account", "Say which account: ?account=acct_… or conn_….", code="account_required")
    return key, _active(gate.permitted(key, reached[0], reached[0].acct_id, request))


def _active(account: Account) -> Account:
    """Raises Problem(FORBIDDEN, account_not_active): as through the dialects, nobody acts for such an account."""
    if account.status is not ConnectionStatus.ACTIVE:
        raise Problem(
            Kind.FORBIDDEN,
            "account_not_active",
            f"This account's connection is {account.status}; renew it first.",
        )
    return account


def _demand_scope(key: ApiKey, request: Request) -> None:
    # `access` is the one scope of OFAuth's keys for acting at all; OnlyFansAPI's tell reads from writes.
    writes = request.route is not None and request.method not in ("GET", "HEAD")
    needed = Scope.WRITE if writes else Scope.READ
    if needed not in key.scopes and Scope.ACCESS not in key.scopes:
        raise Problem(
            Kind.FORBIDDEN, "missing_scope", f"This key lacks the scope {needed}.", scope=needed.value
        )


DOCUMENT = FaceDocument(
    title="Fancast",
    description=(
        "Our own API: what neither dialect has. Money is integer cents, moments are RFC 3339 in UTC, pages go "
        "by opaque cursors, and unknown body fields are refused. The account is the key's own when it has one, "
        "else `?account=` names it."
    ),
    path="/openapi/native.json",
    error=ProblemDetails,
    errors={
        400: "The request is wrong; `field` says where.",
        401: "No key, or a wrong one.",
        403: "The key may not do this.",
        404: "No such thing in this account.",
        405: "Another method is wanted.",
        409: "Not in this state, or a duplicate.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        422: "The Idempotency-Key stood for another call.",
        429: "Later; see Retry-After.",
        500: "Our fault.",
        503: "Not now, nothing was done; see Retry-After.",
    },
    security=_SECURITY,
    error_content_type=CONTENT_TYPE,
    version="1",
)

FACE = Face(
    name="native",
    prefixes=(PREFIX,),
    routes=ROUTES,
    open=open_to,
    refuse=refuse,
    crash=crash,
    document=DOCUMENT,
    account_query=_ACCOUNT,
)
