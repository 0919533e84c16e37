"""Vault lists: named sets of a creator's media. Custom ones are filled by callers; built-in ones by use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NewType

from fancast.model.media import Media, MediaType

#: A vault list's public id, as a number; built-in ones have the first five.
VaultListId = NewType("VaultListId", int)


class BuiltInVaultList(StrEnum):
    """Lists that fill by themselves, by the kind both vendors give them. Here only messages carry media."""

    MESSAGES = "messages"
    POSTS = "posts"
    STORIES = "stories"
    STREAMS = "streams"
    MEDIA_STICKERS = "media_stickers"


BUILT_IN_NAMES = {
    BuiltInVaultList.MESSAGES: "Messages",
    BuiltInVaultList.POSTS: "Posts",
    BuiltInVaultList.STORIES: "Stories",
    BuiltInVaultList.STREAMS: "Streams",
    BuiltInVaultList.MEDIA_STICKERS: "Media stickers",
}
#: Both dialects want numbers for ids. A custom list's come from the account's head, which begins far above.
BUILT_IN_IDS = {kind: VaultListId(place) for place, kind in enumerate(BuiltInVaultList, start=1)}
_BUILT_IN_BY_ID = {id: kind for kind, id in BUILT_IN_IDS.items()}


def built_in(id: int) -> BuiltInVaultList | None:
    """Which built-in list has this id; None for a custom one's."""
    return _BUILT_IN_BY_ID.get(VaultListId(id))


@dataclass(frozen=True, slots=True)
class VaultList:
    id: VaultListId
    name: str
    #: How many media of each type are on it; types of which there are none are absent.
    counts: Mapping[MediaType, int] = field(default_factory=dict)
    #: The newest of them, to show.
    newest: tuple[Media, ...] = ()

    @property
    def kind(self) -> BuiltInVaultList | None:
        """None for a custom one."""
        return built_in(self.id)

    @property
    def custom(self) -> bool:
        return self.kind is None

    @property
    def count(self) -> int:
        return sum(self.counts.values())


SortBy = Literal["recent", "likes", "tips"]


@dataclass(frozen=True, slots=True)
class VaultQuery:
    """Which media of the vault are asked for, and in what order."""

    list_id: VaultListId | None = None
    type: MediaType | None = None
    #: A part of the media's name.
    query: str = ""
    sort: SortBy = "recent"
    descending: bool = True
