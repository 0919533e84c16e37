"""The vault in this dialect: its media, and the lists they are on."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from fancast.api.http import NOTHING, Answer, Call, Query, QueryParam, read_id
from fancast.api.links import Links
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.mass_messages import Success, Words
from fancast.api.onlyfansapi.media import MediaItem, media_fields
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.uploads import pending
from fancast.api.onlyfansapi.values import Body, account_of, limit_of, offset_of, price_number, required
from fancast.core import uploads, vault_lists
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media, MediaType
from fancast.model.problems import invalid, not_found
from fancast.model.uploads import Upload
from fancast.model.vault_lists import SortBy, VaultList, VaultListId, VaultQuery
from fancast.store.database import Tx

Description = msgspec.Meta
#: A caller is not sent back to links that end sooner.
GOOD_STILL_SECONDS = 5 * 60
_SORTS: dict[str, SortBy] = {"recent": "recent", "most-liked": "likes", "highest-tips": "tips"}
_TYPES = {kind.value: kind for kind in MediaType}
MEDIA_QUERY = (
    limit(24, 10, 100),
    OFFSET,
    QueryParam("list", int, "Only media of this vault list."),
    QueryParam("type", str, "photo, gif, video or audio."),
    QueryParam("field", str, "What to sort by: recent, most-liked or highest-tips.", default="recent"),
    QueryParam("sort", str, "desc or asc.", default="desc"),
    QueryParam("query", str, "A part of the media's name."),
)
LISTS_QUERY = (
    limit(24, 1, 100),
    OFFSET,
    QueryParam("query", str, "A part of the list's name."),
    QueryParam("lightweight", bool, "Only names and counts.", default=False),
)


class Counters(msgspec.Struct, rename="camel", frozen=True):
    """Likes of fans for messages that carry it, and tips for them in dollars."""

    likes_count: int
    tips_summ: float


class ListState(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A list that a media item is on."""

    id: int
    type: str
    name: str
    has_media: bool = True
    can_add_media: bool


class VaultMedia(MediaItem, frozen=True, rename="camel", kw_only=True):
    """A media item of the vault."""

    has_posts: bool = False
    counters: Counters
    list_states: list[ListState]


class VaultMediaPage(msgspec.Struct, rename="camel", frozen=True):
    list: list[VaultMedia]
    has_more: bool


class Sample(msgspec.Struct, frozen=True):
    """One of a list's newest media."""

    type: str
    url: str | None


class VaultListItem(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A vault list. Built-in ones fill by themselves."""

    id: int
    type: Annotated[
        str, Description(description="custom, messages, posts, stories, streams or media_stickers.")
    ]
    name: str
    can_update: bool
    can_delete: bool
    has_media: bool
    medias: list[Sample]
    photos_count: int
    videos_count: int
    gifs_count: int
    audios_count: int


class LightList(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A vault list with `lightweight`."""

    id: int
    name: str
    type: str
    can_update: bool
    media_count: int


class AllMedia(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The whole vault."""

    photos_count: int
    videos_count: int
    gifs_count: int
    audios_count: int
    medias: list[Sample]


class AllLight(msgspec.Struct, rename="camel", frozen=True):
    """The whole vault, with `lightweight`."""

    media_count: int


class VaultListsPage(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Built-in lists, then custom ones, newest first. With `lightweight`: id, name, type, canUpdate, mediaCount."""

    list: list[VaultListItem]
    all: AllMedia
    can_create_vault_lists: bool = True
    has_more: bool
    order: str = "recent"
    sort: str = "desc"


class LightPage(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """The same in few words."""

    list: list[LightList]
    all: AllLight
    can_create_vault_lists: bool = True
    has_more: bool
    order: str = "recent"
    sort: str = "desc"


class NameBody(msgspec.Struct, frozen=True):
    name: Annotated[str, Description(description="1 to 255 characters.")]


class MediaIdsBody(msgspec.Struct, rename="camel", frozen=True):
    media_ids: Annotated[Words, Description(description="1 to 100 media of the vault.")]


# ---- media


def list_media(tx: Tx, call: Call) -> Answer:
    account, most, offset = (
        account_of(call),
        limit_of(call.query, default=24, low=10, high=100),
        offset_of(call.query),
    )
    found = vault_lists.page_of_media(tx, account, read_query(call.query), offset=offset, limit=most + 1)
    shown = write_many(tx, account, found[:most], call.links)
    return enveloped(VaultMediaPage(shown, len(found) > most))


def get_media(tx: Tx, call: Call) -> Answer:
    account, said = account_of(call), call.params["media_id"]
    found = read_id(said)
    if found is None:
        raise not_found("media", said[:60])
    item = vault_lists.get_media(tx, account, MediaId(found))
    return enveloped(write_many(tx, account, [item], call.links)[0])


def delete_media(tx: Tx, call: Call) -> Answer:
    vault_lists.delete_media(tx, account_of(call), _media_ids(call), now=call.now)
    return enveloped(Success())


# ---- lists


def list_all(tx: Tx, call: Call) -> Answer:
    """With an ETag over what is stored: who has this very list already is told so in a word, while its links last."""
    account, query = account_of(call), call.query
    most, offset = limit_of(query, default=24, high=100), offset_of(query)
    found = vault_lists.page(
        tx, account, query=(query.text("query") or "").strip(), offset=offset, limit=most + 1
    )
    write = _light_page if query.flag("lightweight") else _page
    return _tagged(call, write(tx, call, found[:most], len(found) > most))


def create(tx: Tx, call: Call) -> Answer:
    made = vault_lists.create(tx, account_of(call), _name(call), now=call.now)
    return enveloped(write_list(made, account_of(call), call.links))


def get(tx: Tx, call: Call) -> Answer:
    return enveloped(
        write_list(vault_lists.get(tx, account_of(call), _list_id(call)), account_of(call), call.links)
    )


def rename(tx: Tx, call: Call) -> Answer:
    renamed = vault_lists.rename(tx, account_of(call), _list_id(call), _name(call))
    return enveloped(write_list(renamed, account_of(call), call.links))


def delete(tx: Tx, call: Call) -> Answer:
    vault_lists.delete(tx, account_of(call), _list_id(call))
    return enveloped(Success())


def add_media(tx: Tx, call: Call) -> Answer:
    changed = vault_lists.add_media(tx, account_of(call), _list_id(call), _media_ids(call))
    return enveloped(write_list(changed, account_of(call), call.links))


def remove_media(tx: Tx, call: Call) -> Answer:
    changed = vault_lists.remove_media(tx, account_of(call), _list_id(call), _media_ids(call))
    return enveloped(write_list(changed, account_of(call), call.links))


# ---- from the wire


def read_query(query: Query) -> VaultQuery:
    """Raises Problem(INVALID)."""
    said = query.integer("list")
    by, direction = (query.text("field") or "recent").strip(), (query.text("sort") or "desc").strip().lower()
    kind = (query.text("type") or "").strip().lower()
    if by not in _SORTS:
        raise invalid("field", "The field field must be recent, most-liked or highest-tips.")
    if direction not in ("asc", "desc"):
        raise invalid("sort", "The sort field must be asc or desc.")
    if kind and kind not in _TYPES:
        raise invalid("type", "The type field must be photo, gif, video or audio.")
    return VaultQuery(
        list_id=None if said is None else vault_lists.find_id(said), type=_TYPES.get(kind),
        query=(query.text("query") or "").strip(), sort=_SORTS[by], descending=direction == "desc",
    )  # fmt: skip


def _list_id(call: Call) -> VaultListId:
    return vault_lists.find_id(call.params["list_id"])


def _media_ids(call: Call) -> list[MediaId]:
    """In the body, as the SDK sends them, or in the query, as the n8n node does."""
    ids = Body(call.body).ids("mediaIds")
    if ids is None:
        ids = Body({"mediaIds": list(call.query.listed("media_ids"))}).ids("mediaIds")
    if not ids:
        raise required("mediaIds")
    return [MediaId(id) for id in ids]


def _name(call: Call) -> str:
    return Body(call.body).demanded_text("name", vault_lists.LONGEST_NAME)


# ---- to the wire


def upload(tx: Tx, call: Call) -> Answer:
    """What came in by `uploads.take_for_vault`, as the vault shows it."""
    assert isinstance(call.body, Upload)
    account, item = account_of(call), uploads.media_of(tx, account_of(call), call.body)
    if item is None:
        raise not_found("media", call.body.upload_id)
    return pending(call, call.body) or enveloped(write_many(tx, account, [item], call.links)[0])


def write_many(tx: Tx, account: Account, items: Sequence[Media], links: Links) -> list[VaultMedia]:
    """Media with the lists that they are on."""
    on = vault_lists.lists_of(tx, account, items)
    return [_write_media(item, account, links, on[item.media_id]) for item in items]


def write_list(found: VaultList, account: Account, links: Links) -> VaultListItem:
    return VaultListItem(
        id=found.id, type=vault_lists.type_of(found.id), name=found.name, can_update=found.custom,
        can_delete=found.custom, has_media=found.count > 0, medias=_samples(found.newest, account, links),
        **_counts(found.counts),
    )  # fmt: skip


def _write_media(
    item: Media, account: Account, links: Links, on: Sequence[tuple[VaultListId, str]]
) -> VaultMedia:
    states = [
        ListState(id=id, type=vault_lists.type_of(id), name=name, can_add_media=False) for id, name in on
    ]
    counters = Counters(item.likes, price_number(item.tips_cents))
    return VaultMedia(**media_fields(item, account, links), counters=counters, list_states=states)


def _page(tx: Tx, call: Call, found: Sequence[VaultList], more: bool) -> VaultListsPage:
    account = account_of(call)
    counts, newest = vault_lists.everything(tx, account)
    return VaultListsPage(
        list=[write_list(each, account, call.links) for each in found], has_more=more,
        all=AllMedia(medias=_samples(newest, account, call.links), **_counts(counts)),
    )  # fmt: skip


def _light_page(tx: Tx, call: Call, found: Sequence[VaultList], more: bool) -> LightPage:
    counts, _ = vault_lists.everything(tx, account_of(call))
    light = [
        LightList(id=each.id, name=each.name, type=vault_lists.type_of(each.id), can_update=each.custom,
                  media_count=each.count)
        for each in found
    ]  # fmt: skip
    return LightPage(list=light, all=AllLight(sum(counts.values())), has_more=more)


def _samples(newest: Sequence[Media], account: Account, links: Links) -> list[Sample]:
    return [Sample(item.type.value, links.url(account.acct_id, item, Form.THUMB)) for item in newest]


def _counts(counts: Mapping[MediaType, int]) -> dict[str, int]:
    return {f"{kind.value}s_count": counts.get(kind, 0) for kind in MediaType}


def _tagged(call: Call, data: VaultListsPage | LightPage) -> Answer:
    current, *older = _etags(call, data)
    known = {tag.strip().removeprefix("W/") for tag in call.headers.get("if-none-match", "").split(",")}
    held = current if "*" in known else next((etag for etag in (current, *older) if etag in known), None)
    if held is not None:
        return Answer(NOTHING, 304, {"ETag": held})
    told = enveloped(data)
    return Answer(told.body, told.status, {**told.headers, "ETag": current})


def _etags(call: Call, data: VaultListsPage | LightPage) -> list[str]:
    """The ETag of this very answer, then of the same with older links that a caller can use for a while still.

    A 304 sends a caller back to the links it has: they must not have ended, nor be about to.
    """
    samples = [] if isinstance(data, LightPage) else [data.all.medias, *(each.medias for each in data.list)]
    linked = any(sample.url for some in samples for sample in some)
    facts = msgspec.json.encode(data if isinstance(data, LightPage) else _without_signatures(data))
    ends = call.links.ends(GOOD_STILL_SECONDS) if linked else [0]
    return [f'"{hashlib.sha256(b"%d %b" % (end, facts)).hexdigest()[:32]}"' for end in ends]


def _without_signatures(page: VaultListsPage) -> VaultListsPage:
    """Its links as they stay whenever they are made."""

    def bare(samples: list[Sample]) -> list[Sample]:
        return [Sample(each.type, each.url and each.url.partition("?")[0]) for each in samples]

    lists = [msgspec.structs.replace(each, medias=bare(each.medias)) for each in page.list]
    return msgspec.structs.replace(
        page, list=lists, all=msgspec.structs.replace(page.all, medias=bare(page.all.medias))
    )
