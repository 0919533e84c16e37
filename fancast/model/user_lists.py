"""User lists: named sets of fans. Custom ones have members; built-in ones are computed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fancast.model.ids import FanNumber, ListId


class BuiltIn(StrEnum):
    """Computed lists, by slug. Both vendors show them beside custom lists."""

    FANS = "fans"
    RECENT = "recent"
    FOLLOWING = "following"
    REBILL_ON = "rebill_on"
    REBILL_OFF = "rebill_off"
    TAGGED = "tagged"
    FRIENDS = "friends"
    MUTED = "muted"


BUILT_IN_NAMES = {
    BuiltIn.FANS: "Fans",
    BuiltIn.RECENT: "Recent (last 24 hours)",
    BuiltIn.FOLLOWING: "Following",
    BuiltIn.REBILL_ON: "Renew On",
    BuiltIn.REBILL_OFF: "Renew Off",
    BuiltIn.TAGGED: "Tagged",
    BuiltIn.FRIENDS: "Friends",
    BuiltIn.MUTED: "Muted",
}

RECENT_HOURS = 24
SHOWN = 3

#: How callers name a list: a custom list's id or a built-in one's slug.
ListRef = ListId | BuiltIn


@dataclass(frozen=True, slots=True)
class UserList:
    ref: ListRef
    name: str
    fans_count: int
    pinned_to_feed: bool = False
    pinned_to_chat: bool = False
    created_at: datetime | None = None
    #: The members who came first, at most `SHOWN`: what a list shows of itself.
    first: tuple[FanNumber, ...] = ()

    @property
    def custom(self) -> bool:
        return not isinstance(self.ref, BuiltIn)
