"""Lists over so many fans: three that unite to all but a few, two that are taken away."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bench.places import Place
from fancast.core import user_lists
from fancast.model.fan_sets import FanSet
from fancast.store import fan_sets
from fancast.store.user_lists import members_key


@dataclass(frozen=True)
class Lists:
    """Five lists over `fans` fan numbers, as sets and as ids."""

    fans: int
    united: tuple[int, ...]
    excluded: tuple[int, ...]
    sets: tuple[FanSet, ...]

    @property
    def audience(self) -> dict[str, object]:
        return {"user_lists": list(self.united), "exclude_user_lists": list(self.excluded)}


def make_lists(place: Place, fans: int) -> Lists:
    """Fans here are numbers only: a send never reads a fan's row."""
    parts = (
        FanSet(range(0, fans, 2)),
        FanSet(range(1, fans, 2)),
        FanSet(range(0, fans, 3)),
        FanSet(range(0, fans, 1000)),
        FanSet(range(500, fans, 1000)),
    )
    ids = [_make_list(place, f"{fans} {place_in_row}", part) for place_in_row, part in enumerate(parts)]
    return Lists(fans, tuple(ids[:3]), tuple(ids[3:]), parts)


def make_list(place: Place, name: str, members: FanSet) -> int:
    return _make_list(place, name, members)


def _make_list(place: Place, name: str, members: FanSet) -> int:
    with place.store.write() as tx:
        made = user_lists.create(tx, place.account, name, now=datetime.now(UTC))
        assert not isinstance(made.ref, str)
        fan_sets.create(tx, place.account.key, members_key(made.ref), members)
    return made.ref
