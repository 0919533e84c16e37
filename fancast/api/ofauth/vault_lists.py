"""The vault: its media, and the lists they are on."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.links import Links
from fancast.api.ofauth.media import MediaShape, media_fields
from fancast.api.ofauth.values import OFFSET, Body, Id, Window, account_of, money
from fancast.core import vault_lists
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media, MediaType
from fancast.model.problems import invalid
from fancast.model.vault_lists import SortBy, VaultList, VaultListId, VaultQuery
from fancast.store.database import Tx

#: The vendor's own bound; the engine's lists may have longer names.
LONGEST_NAME = 100
_LIMIT = QueryParam("limit", int, "How many; more than 40 is 40.", default=24, low=1, high=40)
_TYPES = {kind.value: kind for kind in MediaType} | {f"{kind.value}s": kind for kind in MediaType}
#: Both generations' words: what to sort by, and whether the word itself says ascending.
_SORTS: dict[str, tuple[SortBy, bool]] = {
    "recent": ("recent", True), "oldest": ("recent", False), "mostliked": ("likes", True),
    "highesttips": ("tips", True),
}  # fmt: skip
MEDIA_QUERY = (
    _LIMIT,
    OFFSET,
    QueryParam("query", str, "A part of the media's name."),
    QueryParam("sort", str, "recent, oldest, most_liked or highest_tips.", default="recent"),
    QueryParam("type", str, "photo, video, audio or gif."),
    QueryParam("sortBy", str, "The older word for sort: recent, most-liked or highest-tips."),
    QueryParam("sortDirection", str, "With sortBy: asc or desc.", default="desc"),
    QueryParam("mediaType", str, "The older word for type."),
)
LIST_ID = QueryParam("listId", str, "Only media of this vault list.")
LISTS_QUERY = (_LIMIT, OFFSET, QueryParam("query", str, "A part of the list's name."))


class Counters(Struct, frozen=True, rename="camel"):
    """Likes of fans for messages that carry it, and tips for them in dollars."""

    likes_count: int
    tips_summ: float


class OnList(Struct, frozen=True):
    id: int
    type: str
    name: str


class VaultMedia(MediaShape, frozen=True, rename="camel", kw_only=True):
    """A media item of the vault, and the lists that it is on."""

    counters: Counters
    lists: list[OnList]
    has_posts: bool = False


class VaultMediaPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[VaultMedia]
    has_more: bool
    next_offset: int | UnsetType = UNSET


class Sample(Struct, frozen=True):
    """One of a list's newest media."""

    type: str
    url: str | UnsetType = UNSET


class VaultListShape(Struct, frozen=True, rename="camel", kw_only=True):
    """A vault list. Built-in ones fill by themselves."""

    id: int
    type: Annotated[str, Meta(description="custom, messages, posts, stories, streams or media_stickers.")]
    name: str
    has_media: bool
    can_update: bool
    can_delete: bool
    medias: list[Sample]
    photos_count: int
    videos_count: int
    gifs_count: int
    audios_count: int


class AllMedia(Struct, frozen=True, rename="camel", kw_only=True):
    """The whole vault."""

    videos_count: int
    photos_count: int
    gifs_count: int
    audios_count: int
    medias: list[Sample]


class VaultListPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[VaultListShape]
    all: AllMedia
    has_more: bool
    next_offset: int | UnsetType = UNSET
    can_create_vault_lists: bool = True
    order: str = "recent"
    sort: str = "desc"


class VaultListInput(Struct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class VaultListEdit(VaultListInput, frozen=True, rename="camel"):
    clear_media: Annotated[bool, Meta(description="Take all media off the list, too.")] = False


class MediaIdsInput(Struct, frozen=True, rename="camel"):
    media_ids: Annotated[list[Id], Meta(min_length=1, max_length=vault_lists.MOST_MEDIA_AT_ONCE)]


# ---- handlers


def list_media(tx: Tx, call: Call) -> Answer:
    said = call.query.text("listId")
    return _media_page(tx, call, _list_id(said) if said else None)


def list_media_of_list(tx: Tx, call: Call) -> Answer:
    return _media_page(tx, call, _list_id(call.params["listId"]))


def list_all(tx: Tx, call: Call) -> Answer:
    account, window = account_of(call), Window(call.query, most=40, default=24)
    query = (call.query.text("query") or "").strip()
    found = vault_lists.page(tx, account, query=query, offset=window.offset, limit=window.one_more)
    counts, newest = vault_lists.everything(tx, account)
    page = window.page(found, lambda one: write_list(one, account, call.links))
    samples = _samples(newest, account, call.links)
    return Answer(
        VaultListPage(
            list=page["list"], all=AllMedia(medias=samples, **_counts(counts)), has_more=page["hasMore"],
            next_offset=page.get("nextOffset", UNSET),
        )
    )  # fmt: skip


def create(tx: Tx, call: Call) -> Answer:
    made = vault_lists.create(tx, account_of(call), _name(Body(call.body)), now=call.now)
    return Answer(write_list(made, account_of(call), call.links))


def rename(tx: Tx, call: Call) -> Answer:
    account, body = account_of(call), Body(call.body)
    name, clear = _name(body), body.flag("clearMedia")
    renamed = vault_lists.rename(tx, account, _list_id(call.params["listId"]), name, clear=clear)
    return Answer(write_list(renamed, account, call.links))


def delete(tx: Tx, call: Call) -> Answer:
    vault_lists.delete(tx, account_of(call), _list_id(call.params["listId"]))
    return Answer({})


def add_media(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    ids = [MediaId(id) for id in Body(call.body).ids("mediaIds")]
    changed = vault_lists.add_media(tx, account, _list_id(call.params["listId"]), ids)
    return Answer(write_list(changed, account, call.links))


def _media_page(tx: Tx, call: Call, list_id: VaultListId | None) -> Answer:
    account, window = account_of(call), Window(call.query, most=40, default=24)
    asked = read_query(call.query, list_id)
    found = vault_lists.page_of_media(tx, account, asked, offset=window.offset, limit=window.one_more)
    on = vault_lists.lists_of(tx, account, found[: window.limit])
    return Answer(
        window.page(found, lambda item: write_vault_media(item, account, call.links, on[item.media_id]))
    )


# ---- from the wire


def read_query(query: Query, list_id: VaultListId | None) -> VaultQuery:
    """Both generations' parameters; the newer ones win. Raises Problem(INVALID)."""
    sort, descending = _sort(query)
    return VaultQuery(
        list_id=list_id, type=_type(query), query=(query.text("query") or "").strip(), sort=sort,
        descending=descending,
    )  # fmt: skip


def _sort(query: Query) -> tuple[SortBy, bool]:
    name = "sort" if query.text("sort") else "sortBy"
    said = query.text(name)
    word = (said or "recent").strip().lower().replace("_", "").replace("-", "")
    if word not in _SORTS:
        raise invalid(name, f"{name} must be recent, oldest, most_liked or highest_tips.")
    by, descending = _SORTS[word]
    direction = (query.text("sortDirection") or "desc").strip().lower()
    if direction not in ("asc", "desc"):
        raise invalid("sortDirection", "sortDirection must be asc or desc.")
    return by, descending if direction == "desc" or name == "sort" else not descending


def _type(query: Query) -> MediaType | None:
    name = "type" if query.text("type") else "mediaType"
    said = (query.text(name) or "").strip().lower()
    if said and said not in _TYPES:
        raise invalid(name, f"{name} must be photo, video, audio or gif.")
    return _TYPES.get(said)


def _name(body: Body) -> str:
    name = body.name("name")
    if len(name) > LONGEST_NAME:
        raise invalid("name", f"name has at most {LONGEST_NAME} characters.")
    return name


def _list_id(said: str) -> VaultListId:
    # A client that counts in floats puts `12.0` into the path.
    return vault_lists.find_id(said.strip().removesuffix(".0"))


# ---- to the wire


def write_list(found: VaultList, account: Account, links: Links) -> VaultListShape:
    return VaultListShape(
        id=found.id, type=vault_lists.type_of(found.id), name=found.name,
        has_media=found.count > 0, can_update=found.custom, can_delete=found.custom,
        medias=_samples(found.newest, account, links), **_counts(found.counts),
    )  # fmt: skip


def write_vault_media(
    item: Media, account: Account, links: Links, on: Sequence[tuple[VaultListId, str]]
) -> VaultMedia:
    lists = [OnList(id=id, type=vault_lists.type_of(id), name=name) for id, name in on]
    counters = Counters(item.likes, money(item.tips_cents))
    return VaultMedia(**media_fields(item, account, links), counters=counters, lists=lists)


def _samples(newest: Sequence[Media], account: Account, links: Links) -> list[Sample]:
    return [
        Sample(type=item.type.value, url=links.url(account.acct_id, item, Form.THUMB) or UNSET)
        for item in newest
    ]


def _counts(counts: Mapping[MediaType, int]) -> dict[str, int]:
    return {f"{kind.value}s_count": counts.get(kind, 0) for kind in MediaType}
