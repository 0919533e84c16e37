"""Rows as named tuples.

SQLAlchemy's own rows look each name up in two places: reading a fan from one of those took five times as long.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol, cast


class Row(Protocol):
    """What a statement found, by the names of its columns or in their order."""

    def __getattr__(self, name: str, /) -> Any: ...
    def __getitem__(self, place: int | slice, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


@lru_cache(maxsize=2_000)
def maker(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Row]:
    """What makes rows of columns with these names. Of two of one name, the first goes by it."""
    shape: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return cast(Callable[[Iterable[Any]], Row], shape._make)
