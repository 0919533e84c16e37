"""Refusals in this dialect: one table from our kinds and codes to its statuses and codes, one way to render.

The body satisfies both of the vendor's shapes: its documentation reads `error` and `type`, its SDKs `message` and
`code`. Validation is 400, never 422.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Request
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left

_KINDS: Mapping[Kind, tuple[int, str]] = {
    Kind.UNAUTHENTICATED: (401, "UNAUTHORIZED"),
    Kind.FORBIDDEN: (403, "FORBIDDEN"),
    Kind.NOT_FOUND: (404, "RESOURCE_NOT_FOUND"),
    Kind.INVALID: (400, "BAD_REQUEST"),
    # Right request, wrong moment: this vendor has no status of its own for it.
    Kind.CONFLICT: (400, "BAD_REQUEST"),
    Kind.MISMATCH: (400, "IDEMPOTENCY_MISMATCH"),
    Kind.TOO_LARGE: (413, "PAYLOAD_TOO_LARGE"),
    Kind.UNSUPPORTED_TYPE: (415, "UNSUPPORTED_MEDIA_TYPE"),
    Kind.METHOD_NOT_ALLOWED: (405, "METHOD_NOT_ALLOWED"),
    Kind.RATE_LIMITED: (429, "RATE_LIMIT_EXCEEDED"),
    Kind.UNAVAILABLE: (503, "NETWORK_ERROR"),
}
#: Codes that say more than their kind.
_CODES: Mapping[str, tuple[int, str]] = {
    "route_not_found": (404, "ROUTE_NOT_FOUND"),
    "session_not_provided": (401, "SESSION_NOT_PROVIDED"),
    "session_expired": (401, "SESSION_EXPIRED"),
    "duplicate_send": (409, "DUPLICATE_SEND"),
    "changed_meanwhile": (409, "CONFLICT"),
    "idempotency_running": (409, "IDEMPOTENCY_CONFLICT"),
}
#: What the caller has to do before the same call can succeed.
_ACTIONS: Mapping[str, str] = {"session_expired": "refresh_session"}
#: Our words for fields, in this dialect's words.
_FIELDS: Mapping[str, str] = {
    "price_cents": "price",
    "media_ids": "mediaItems",
    "media_upload_id": "mediaUploadId",
    "part_number": "partNumber",
    "preview_media_ids": "previewMediaCount",
    "user_lists": "userLists",
    "exclude_user_lists": "excludeUserLists",
    "fan_ids": "userIds",
    "audience": "userIds",
    "fan_id": "userId",
    "scheduled_at": "scheduledDate",
    "subscribed_after": "subscribedAfterDate",
    "client_reference": "clientReferenceId",
}


class ErrorBody(Struct, frozen=True, rename="camel"):
    """Every refusal, in both of the vendor's shapes at once."""

    error: Annotated[str, Meta(description="What is wrong, in words.")]
    message: Annotated[str, Meta(description="The same.")]
    type: Annotated[str, Meta(description="A stable code.")]
    code: Annotated[str, Meta(description="The same.")]
    details: Annotated[dict[str, Any], Meta(description="`field`, where a field of the request is wrong.")]
    request_id: str
    action_required: str | UnsetType = UNSET


def refuse(problem: Problem, request: Request) -> Answer:
    status, code = _CODES.get(problem.code) or _KINDS[problem.kind]
    field = _FIELDS.get(problem.field or "", problem.field)
    body = ErrorBody(
        error=problem.message, message=problem.message, type=code, code=code,
        details={} if field is None else {"field": field}, request_id=request.request_id,
        action_required=_ACTIONS.get(problem.code, UNSET),
    )  # fmt: skip
    return Answer(body, status)


def crash(request: Request, _left: Left | None) -> Answer:
    message = "Something went wrong on our side; nothing was done."
    body = ErrorBody(
        error=message, message=message, type="UNKNOWN_ERROR", code="UNKNOWN_ERROR", details={},
        request_id=request.request_id,
    )  # fmt: skip
    return Answer(body, 500)
