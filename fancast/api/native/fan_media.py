"""The bytes of media as one fan may have them."""

from typing import Annotated

from msgspec import Meta

from fancast.api.faces import Answer, Call
from fancast.api.files import stored
from fancast.api.native.values import Moment, Told, account_of, fan_id
from fancast.api.query import QueryParam, read_id
from fancast.core import fan_media, fans
from fancast.kit.times import zulu_text
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

QUERY = (
    QueryParam("form", Form, "Which form of it: the whole (by default) or a smaller one."),
    QueryParam("message_id", int, "The message that shows it; without, the whole chat is looked through."),
)


class ToldLink(Told):
    """For a page: whoever has the link may fetch that one file, for a while."""

    url: Annotated[str, Meta(description="Good without a key.")]
    expires_at: Moment


def get(tx: Tx, call: Call) -> Answer:
    """403 `locked` until it is owned, previews excepted."""
    found, form = _found(tx, call)
    return Answer(stored(found, form, found.media_id))


def link(tx: Tx, call: Call) -> Answer:
    """403 `locked` as the file itself."""
    found, form = _found(tx, call)
    url = call.links.url(account_of(call).acct_id, found, form)
    if url is None:
        raise not_found("file", f"{form} of media {found.media_id}")
    return Answer(ToldLink(url=url, expires_at=zulu_text(call.links.expires_at)))


def _found(tx: Tx, call: Call) -> tuple[Media, Form]:
    account = account_of(call)
    fan, media_id = fans.get(tx, account, fan_id(call)), read_id(call.params["media_id"])
    if media_id is None:
        raise not_found("media", call.params["media_id"][:60])
    said = call.query.text("form") or Form.FULL.value
    if said not in set(Form):
        raise invalid("form", f"form is one of {', '.join(Form)}.")
    message_id = call.query.integer("message_id", low=1)
    return fan_media.get(tx, account, fan, MediaId(media_id), message_id=message_id), Form(said)
