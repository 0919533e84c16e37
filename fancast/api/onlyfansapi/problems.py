"""Refusals in this dialect: one table from our kinds and codes to its statuses and codes, one way to render.

A refused send says `request_outcome`: `not_sent` proves that nothing went out; `unknown` proves nothing.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from fancast.api.http import Answer, Request
from fancast.api.onlyfansapi.envelope import HEADERS, META, Meta, meta_of
from fancast.api.onlyfansapi.uploads import is_upload_id, write_upload_id
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left
from fancast.model.uploads import UploadId

UPSTREAM = "ONLYFANS_COM_ERROR"

_KINDS: Mapping[Kind, tuple[int, str]] = {
    Kind.UNAUTHENTICATED: (401, "Unauthorized"),
    Kind.FORBIDDEN: (403, "FORBIDDEN"),
    Kind.NOT_FOUND: (404, UPSTREAM),
    Kind.INVALID: (422, "VALIDATION_ERROR"),
    Kind.CONFLICT: (400, UPSTREAM),
    Kind.MISMATCH: (422, "IDEMPOTENCY_KEY_MISMATCH"),
    Kind.TOO_LARGE: (413, "PAYLOAD_TOO_LARGE"),
    Kind.UNSUPPORTED_TYPE: (415, "UNSUPPORTED_MEDIA_TYPE"),
    Kind.METHOD_NOT_ALLOWED: (405, "METHOD_NOT_ALLOWED"),
    Kind.RATE_LIMITED: (429, "ONLYFANS_COM_RATE_LIMIT_ERROR"),
    Kind.UNAVAILABLE: (503, "SERVICE_UNAVAILABLE"),
}
#: Codes that say more than their kind.
_CODES: Mapping[str, tuple[int, str]] = {
    "account_not_found": (404, "ACCOUNT_NOT_FOUND"),
    "session_expired": (401, "ONLYFANS_SESSION_EXPIRED"),
    "route_not_found": (404, "NOT_FOUND"),
    "unknown_list": (404, UPSTREAM),
    "malformed_json": (400, "MALFORMED_JSON"),
    "malformed_url": (400, "MALFORMED_URL"),
    "body_incomplete": (408, "REQUEST_TIMEOUT"),
    "idempotency_key_invalid": (400, "IDEMPOTENCY_KEY_INVALID"),
    "idempotency_running": (409, "IDEMPOTENCY_CONFLICT"),
    "duplicate_send": (409, "DUPLICATE_SEND"),
    "changed_meanwhile": (409, "CONFLICT"),
    "no_giphy_key": (400, "GIPHY_NOT_CONFIGURED"),
    "no_summary_provider": (400, "SUMMARIES_NOT_OFFERED"),
    "no_release_forms": (400, "RELEASE_FORMS_NOT_OFFERED"),
}
#: Our words for fields, in this dialect's words.
_FIELDS: Mapping[str, str] = {
    "price_cents": "price",
    "media_ids": "mediaFiles",
    "preview_media_ids": "previews",
    "user_lists": "userLists",
    "exclude_user_lists": "excludedLists",
    "fan_ids": "userIds",
    "fan_id": "user_id",
    "scheduled_at": "scheduledDate",
    "subscribed_within_days": "subscribedWithinLastDays",
}
_DESCRIPTIONS: Mapping[str, str] = {
    UPSTREAM: "The network refused this.",
    "VALIDATION_ERROR": "The request is invalid.",
    "FORBIDDEN": "This API key may not do that.",
    "ACCOUNT_NOT_FOUND": "This API key reaches no such account.",
}
#: Operations that make messages go out.
_SENDING = frozenset({
    ("POST", "/api/{account}/mass-messaging"),
    ("PUT", "/api/{account}/queue/{queue_id}/publish"),
    ("POST", "/api/{account}/chats/{chat_id}/messages"),
})  # fmt: skip
#: Another call with the same idempotency key still runs, or one before this has published already.
_OPEN_OUTCOME = frozenset({"idempotency_running", "wrong_state"})


class MetWord(msgspec.Struct, frozen=True):
    """A banned word that the text has."""

    word: str
    risk_level: str
    category: str


class UpstreamError(msgspec.Struct, frozen=True):
    code: int
    message: str


class UpstreamBody(msgspec.Struct, frozen=True):
    error: UpstreamError
    errors: Annotated[
        dict[str, Any] | UnsetType,
        msgspec.Meta(
            description="By list id: `{user id: [why]}`, or an array of reasons that concern the list."
        ),
    ] = UNSET


class UpstreamResponse(msgspec.Struct, frozen=True):
    """What the network said, in its own shape."""

    status: int
    body: UpstreamBody


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """Every refusal. Without a good key `error` is a sentence, and nearly all; everywhere else it is a code."""

    error: str
    message: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    errors: Annotated[
        dict[str, list[str]] | UnsetType,
        msgspec.Meta(description="With VALIDATION_ERROR: what is wrong, by field."),
    ] = UNSET
    banned_words: Annotated[
        list[MetWord] | UnsetType,
        msgspec.Meta(description="With blockBannedWords: what the text may not have."),
    ] = UNSET
    onlyfans_response: UpstreamResponse | UnsetType = UNSET
    request_outcome: Annotated[
        Literal["not_sent", "unknown"] | UnsetType,
        msgspec.Meta(description="On calls that send: only `not_sent` proves that nothing went out."),
    ] = UNSET
    meta: Meta | UnsetType = field(name="_meta", default=UNSET)


def refuse(problem: Problem, request: Request) -> Answer:
    """Render a refusal."""
    status, code = _CODES.get(problem.code) or _KINDS[problem.kind]
    outcome: Literal["not_sent", "unknown"] | UnsetType = UNSET
    if _sends(request):
        outcome = "unknown" if problem.code in _OPEN_OUTCOME else "not_sent"
    if code == "Unauthorized":
        said = f"Unauthorized. {problem.message} Keys are made with `fancast keys create`."
        return Answer(ErrorBody(error=said, request_outcome=outcome), status, HEADERS)
    message = _message(problem)
    body = ErrorBody(
        error=code, message=message, description=_DESCRIPTIONS.get(code, message),
        errors={_field(problem, request): [message]} if code == "VALIDATION_ERROR" else UNSET,
        onlyfans_response=_upstream(status, problem) if code == UPSTREAM else UNSET,
        request_outcome=outcome, meta=_meta(problem), banned_words=_met(problem),
    )  # fmt: skip
    return Answer(body, status, HEADERS)


def crash(request: Request, left: Left | None) -> Answer:
    """A 500. What was done is taken back, but the commit itself may have been what failed."""
    said = "Server Error"
    outcome: Literal["unknown"] | UnsetType = "unknown" if _sends(request) else UNSET
    meta = META if left is None else meta_of(left)
    body = ErrorBody(error="SERVER_ERROR", message=said, description=said, request_outcome=outcome, meta=meta)
    return Answer(body, 500, HEADERS)


def _message(problem: Problem) -> str:
    """Its message, with uploads by the names that this dialect gives them."""
    upload = problem.facts.get("upload")
    if not isinstance(upload, str) or is_upload_id(upload):
        return problem.message
    return problem.message.replace(upload, write_upload_id(UploadId(upload)))


def _field(problem: Problem, request: Request) -> str:
    if problem.field == "media_ids" and request.route is not None and "/vault/" in request.route.path:
        return "mediaIds"
    return _FIELDS.get(problem.field or "", problem.field or "body")


def _met(problem: Problem) -> list[MetWord] | UnsetType:
    found = problem.facts.get("banned_words")
    if not isinstance(found, tuple):
        return UNSET
    return [MetWord(each.word, each.risk_level.value, each.category) for each in found]


def _meta(problem: Problem) -> Meta:
    left = problem.facts.get("left")
    return meta_of(left) if isinstance(left, Left) else META


def _upstream(status: int, problem: Problem) -> UpstreamResponse:
    errors = problem.facts.get("errors")
    if problem.code == "built_in_list":
        errors = {problem.facts["list"]: [problem.message]}
    said = UpstreamError(code=0, message=problem.message)
    return UpstreamResponse(status, UpstreamBody(said, errors if isinstance(errors, dict) else UNSET))


def _sends(request: Request) -> bool:
    route = request.route
    return route is not None and (route.method, route.path) in _SENDING
