"""Media by the addresses that this dialect prints, and what it does not do with other people's."""

import re
from typing import Never
from urllib.parse import unquote, urlsplit

from fancast.api import links
from fancast.api.http import NOTHING, Answer, Call, read_id
from fancast.api.onlyfansapi.envelope import HEADERS
from fancast.api.onlyfansapi.values import account_of
from fancast.core import media
from fancast.model.ids import MediaId
from fancast.model.media import Form
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

#: An address of ours, its link expired or not: the key is the right here.
_OURS = re.compile(rf"{links.PREFIX}/([^/]+)/([0-9]+)/([a-z]+)(?:\.[a-z0-9]+)?")
#: Servers and proxies on the way make one slash of two.
_SCHEME = re.compile(r"^(https?):/+", re.IGNORECASE)


def download(tx: Tx, call: Call) -> Answer:
    """302 to the file, by a fresh link. Raises Problem(NOT_FOUND) for what is no media of this account."""
    url, account = read_cdn_url(call), account_of(call)
    found = _OURS.fullmatch(urlsplit(url).path)
    media_id = read_id(found[2]) if found is not None else None
    if found is None or media_id is None or found[1] != account.acct_id or found[3] not in set(Form):
        raise not_found("media", url[:200])
    item = media.get_many(tx, account, [MediaId(media_id)]).get(MediaId(media_id))
    fresh = None if item is None else call.links.url(account.acct_id, item, Form(found[3]))
    if fresh is None:
        raise not_found("media", url[:200])
    return Answer(NOTHING, 302, {**HEADERS, "location": fresh})


def scrape(_tx: Tx, _call: Call) -> Never:
    raise invalid(
        "url", "This server scrapes nobody's pages; upload the file, or name its address as file_url.",
        code="scrape_not_offered",
    )  # fmt: skip


def read_cdn_url(call: Call) -> str:
    """The address in the path: percent-encoded or raw, its query with it or behind the call's own mark."""
    said = _SCHEME.sub(r"\1://", call.params["cdn_url"])
    return unquote(said) if "%2F" in said or "%2f" in said else said
