"""Refusals as RFC 9457 `application/problem+json`. The status says what kind, `code` says what exactly."""

from http import HTTPStatus
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from fancast.api.faces import Answer, Request
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left

CONTENT_TYPE = "application/problem+json"

STATUS = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD_NOT_ALLOWED: 405,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_TYPE: 415,
    Kind.MISMATCH: 422,
    Kind.RATE_LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}
#: In the bodies of mass messages these stand within `audience`.
_OF_THE_AUDIENCE = frozenset(
    ("user_lists", "fan_ids", "exclude_user_lists", "subscribed_after", "subscribed_within_days")
)


class ProblemDetails(Struct, kw_only=True):
    """A refusal (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: Annotated[str, Meta(description="A sentence for a person.")]
    code: Annotated[str, Meta(description="Stable: programs may rely on it.")]
    request_id: str
    field_: Annotated[
        str, Meta(description="Where one is to blame: a field of the body, a parameter, a header.")
    ] | (UnsetType) = field(default=UNSET, name="field")
    state: (
        Annotated[str, Meta(description="With wrong_state: the state that does not allow it.")] | UnsetType
    ) = UNSET


def refuse(problem: Problem, request: Request) -> Answer:
    headers = {"content-type": CONTENT_TYPE}
    if problem.kind is Kind.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    details = _details(
        STATUS[problem.kind], problem.code, problem.message, request,
        field=_field(problem, request), state=problem.facts.get("state"),
    )  # fmt: skip
    return Answer(details, details.status, headers)


def crash(request: Request, _left: Left | None) -> Answer:
    details = _details(
        500, "internal", "Something went wrong here; the request id leads to it in our logs.", request
    )
    return Answer(details, 500, {"content-type": CONTENT_TYPE})


def _details(
    status: int, code: str, message: str, request: Request, *, field: str | None = None, state: object = None
) -> ProblemDetails:
    return ProblemDetails(
        title=HTTPStatus(status).phrase, status=status, detail=message, code=code,
        request_id=request.request_id, field_=field or UNSET, state=state if isinstance(state, str) else UNSET,
    )  # fmt: skip


def _field(problem: Problem, request: Request) -> str | None:
    path = request.route.path if request.route else ""
    if problem.field in _OF_THE_AUDIENCE and path.startswith("/v1/mass-messages"):
        return f"audience.{problem.field}"
    return problem.field
