"""Stored files by signed links, beside the three dialects: no key, the signature is the right."""

import re

from fancast.api.faces import Answer, Call, Face, Request, Route, Stored
from fancast.api.links import PREFIX, holds
from fancast.api.query import read_id
from fancast.core import accounts, media
from fancast.kit.times import EPOCH
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey, Environment
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media
from fancast.model.problems import Kind, Problem, not_found
from fancast.model.rate_limits import Left
from fancast.store.database import Tx

#: Whoever has a link. It may do nothing but fetch that one file.
BEARER = ApiKey(
    key_id="link", name="A signed link", hint="", environment=Environment.LIVE, scopes=(), permissions=(),
    accounts=(), created_at=EPOCH, last_used_at=None, revoked_at=None,
)  # fmt: skip
_NAME = re.compile(r"([a-z]+)(?:\.[a-z0-9]{1,5})?")
_STATUS = {
    Kind.NOT_FOUND: 404, Kind.METHOD_NOT_ALLOWED: 405, Kind.FORBIDDEN: 403, Kind.UNAVAILABLE: 503,
}  # fmt: skip


def open_to(tx: Tx, request: Request) -> tuple[ApiKey, Account | None]:
    """The account of the link. Its signature is looked at by the handler, which knows the secret."""
    found = accounts.named(tx, request.params.get("account", ""))
    if found is None:
        raise _no_link()
    return BEARER, found


def get(tx: Tx, call: Call) -> Answer:
    """Raises Problem(FORBIDDEN, link_expired), NOT_FOUND."""
    expires, signature = call.query.text("expires"), call.query.text("signature")
    if not holds(call.links.secret, call.path, expires, signature, call.now):
        raise _no_link()
    assert call.account is not None
    media_id, name = read_id(call.params["media_id"]), _NAME.fullmatch(call.params["file"])
    if media_id is None or name is None or name[1] not in set(Form):
        raise not_found("file", call.params["file"])
    found = media.get_many(tx, call.account, [MediaId(media_id)]).get(MediaId(media_id))
    return Answer(stored(found, Form(name[1]), media_id))


def stored(item: Media | None, form: Form, media_id: int) -> Stored:
    """This form of a media item, to be streamed. Raises Problem(NOT_FOUND) where there is no such file."""
    if item is None or not item.has(form):
        raise not_found("file", f"{form} of media {media_id}")
    made = item.renditions.get(form)
    if made is not None:
        return Stored(made.blob, made.size_bytes, made.content_type, made.blob.rpartition("/")[2])
    assert item.blob is not None
    return Stored(
        item.blob, item.size_bytes or 0, item.content_type or "application/octet-stream", item.md5 or ""
    )


def refuse(problem: Problem, request: Request) -> Answer:
    body = {"error": problem.code, "message": problem.message, "request_id": request.request_id}
    return Answer(body, _STATUS.get(problem.kind, 400))


def crash(request: Request, _left: Left | None) -> Answer:
    message = "Something went wrong on our side."
    return Answer({"error": "internal", "message": message, "request_id": request.request_id}, 500)


def _no_link() -> Problem:
    message = "This link is not valid, or no longer: ask for the media again to get a new one."
    return Problem(Kind.FORBIDDEN, "link_expired", message)


FACE = Face(
    name="files", prefixes=(PREFIX,), refuse=refuse, crash=crash, open=open_to, keyless=True,
    routes=(Route("GET", f"{PREFIX}/{{account}}/{{media_id}}/{{file}}", get, documented=False),),
)  # fmt: skip
