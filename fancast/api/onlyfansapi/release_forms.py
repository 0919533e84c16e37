"""Release forms in this dialect. This server keeps none: nobody is listed, tags are kept as they are sent."""

from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call, Query, read_id
from fancast.api.onlyfansapi.content import TAGS, read_extras
from fancast.api.onlyfansapi.envelope import Envelope, Pagination, enveloped
from fancast.api.onlyfansapi.mass_messages import Success, Words
from fancast.api.onlyfansapi.values import Body, account_of, limit_of, offset_of
from fancast.core import tags
from fancast.model.ids import QueueId
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.store.database import Tx

MOST_AT_ONCE = 50
LONGEST_NAME = 255
_WORDS = {"filter": ("all", "pending"), "sort": ("date", "name"), "sortDirection": ("desc", "asc")}
_NOTICE = "This server keeps no release forms, so nobody is listed here. Tags are kept as they are sent."
Description = msgspec.Meta


class TaggableUser(msgspec.Struct, frozen=True):
    id: int
    type: str
    name: str


class TaggableUsers(msgspec.Struct, frozen=True):
    items: list[TaggableUser]


class TagsBody(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """All the tags that the message shall have; what is left out goes."""

    rf_tag: Annotated[Words, Description(description="Creators.")] = []
    rf_partner: Annotated[Words, Description(description="Partners.")] = []
    rf_guest: Annotated[Words, Description(description="Guests.")] = []


class LinkBody(msgspec.Struct):
    name: str


def taggable_users(_tx: Tx, call: Call) -> Answer:
    check_filters(call.query)
    return Answer(Envelope(data=TaggableUsers([]), pagination=Pagination(notice=_NOTICE)))


def no_links(_tx: Tx, call: Call) -> Answer:
    """Better a refusal than a link that leads nowhere."""
    Body(call.body).demanded_text("name", LONGEST_NAME)
    raise Problem(
        Kind.CONFLICT, "no_release_forms", "This server keeps no release forms and can make no link to one."
    )


def attach(tx: Tx, call: Call) -> Answer:
    wanted = read_tags(Body(call.body))
    found = read_id(call.params["queue_id"])
    if found is None:
        raise not_found("message", call.params["queue_id"])
    tags.attach(tx, account_of(call), QueueId(found), wanted, now=call.now)
    return enveloped(Success())


def check_filters(query: Query) -> None:
    """Raises Problem(INVALID)."""
    limit_of(query, high=MOST_AT_ONCE)
    offset_of(query)
    for name, words in _WORDS.items():
        said = query.text(name)
        if said and said not in words:
            raise invalid(name, f"The {name} field must be one of {', '.join(words)}.")


def read_tags(body: Body) -> tags.Tags:
    found: tags.Tags = read_extras(body, TAGS)  # type: ignore[assignment]
    return found
