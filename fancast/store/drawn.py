"""Statements that are drawn once, run on the driver itself.

SQLAlchemy draws statements and turns them into text. To run one that it has as text already, it still makes a dozen
objects, a tenth to a fifth of what a page costs (ADR 0003). So a statement that comes a second time is kept as text,
with what turns values into the database's own and back. What is unusual, and everything while somebody listens to
SQLAlchemy's events (tracing), SQLAlchemy runs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, methodcaller
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.compiler import SQLCompiler

from fancast.store.rows import Row, maker

_Convert = Callable[[Any], Any]
_Values = Mapping[str, Any]

_LIST = re.compile(r"\(__\[POSTCOMPILE_(\w+)\]\)")
#: Longer lists are not filled up. A send may name 10,000 fans; SQLite takes 32,766 values.
_LONG = 16_384


class Drawn:
    """A statement as text, ready to be run."""

    def __init__(self, compiled: SQLCompiler, columns: Sequence[sa.ColumnElement[Any]]) -> None:
        dialect = compiled.dialect
        self._text = compiled.string
        self._lists = _LIST.findall(self._text)
        self._written = lru_cache(maxsize=64)(self._with_lists)
        self._own = dict(compiled.params)
        named = {name: bind for bind, name in compiled.bind_names.items()}
        self._required = {name for name, bind in named.items() if bind.required}
        into = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in named.items()}
        self._into = [
            (name, convert) for name, convert in into.items() if convert and name not in self._lists
        ]
        self._items_into = {
            name: convert for name, convert in into.items() if convert and name in self._lists
        }
        out = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._out = [(place, convert) for place, convert in enumerate(out) if convert]
        self._make = maker(tuple(column.key or "" for column in columns))

    def rows(self, connection: Connection, values: _Values | None) -> list[Row]:
        found = _run(connection, *self._ready(values), _fetch)
        make, out = self._make, self._out
        return [make(_converted(row, out)) for row in found] if out else list(map(make, found))

    def change(self, connection: Connection, values: _Values | None) -> int:
        """How many rows were changed."""
        return int(_run(connection, *self._ready(values), _count))

    def change_many(self, connection: Connection, rows: Sequence[_Values]) -> int:
        """The same for each of several values."""
        ready = [self._ready(values)[1] for values in rows]
        return int(_run(connection, self._text, ready, _count))

    def _ready(self, values: _Values | None) -> tuple[str, dict[str, Any]]:
        ready = {**self._own, **values} if values else self._own.copy()
        if self._required and not (values and self._required <= values.keys()):
            raise TypeError(f"values are missing: {sorted(self._required.difference(values or ()))}")
        for name, convert in self._into:
            ready[name] = convert(ready[name])
        return (self._listing(ready), ready) if self._lists else (self._text, ready)

    def _listing(self, ready: dict[str, Any]) -> str:
        """The text for lists as long as these, whose items become values of their own.

        SQLite keeps what it prepared by the text: filled up with their last to a power of two, lists of 1 to 500 make
        ten texts instead of 500.
        """
        lengths = []
        for name in self._lists:
            convert = self._items_into.get(name)
            items = list(map(convert, ready[name]) if convert else ready[name])
            if items and len(items) < _LONG:
                items += [items[-1]] * ((1 << (len(items) - 1).bit_length()) - len(items))
            ready.update((_item(name, place), item) for place, item in enumerate(items))
            lengths.append(len(items))
        for name in set(self._lists):
            del ready[name]
        return self._written(tuple(lengths))

    def _with_lists(self, lengths: Sequence[int]) -> str:
        length = dict(zip(self._lists, lengths, strict=True))
        return _LIST.sub(
            lambda found: f"({', '.join(':' + _item(found[1], place) for place in range(length[found[1]]))})",
            self._text,
        )


def _item(name: str, place: int) -> str:
    return f"{name}__{place}"


def _converted(row: Sequence[Any], out: Sequence[tuple[int, _Convert]]) -> list[Any]:
    found = list(row)
    for place, convert in out:
        found[place] = convert(found[place])
    return found


#: By statement, then by dialect and the names of its values.
_kept: WeakKeyDictionary[Any, dict[Any, Drawn | None]] = WeakKeyDictionary()


def drawn(statement: Any, connection: Connection, names: Sequence[str]) -> Drawn | None:
    """The statement as text, for values of these names. None when SQLAlchemy is to run it."""
    if connection.dispatch.before_cursor_execute:
        return None
    kept = _kept.get(statement)
    if kept is None:
        _kept[statement] = {}
        return None
    form = (connection.dialect.name, *(names if statement.is_dml else ()))
    if form not in kept:
        kept[form] = _draw(statement, connection, names)
    return kept[form]


def say(connection: Connection, words: str) -> None:
    """Run words without values, to whose answer nobody listens."""
    _run(connection, words, {}, _count)


def _draw(statement: Any, connection: Connection, names: Sequence[str]) -> Drawn | None:
    if isinstance(statement, sa.Select | sa.CompoundSelect):
        compiled: Any = statement.compile(dialect=connection.dialect)
        columns = list(statement.selected_columns)
    elif isinstance(statement, sa.Insert | sa.Update | sa.Delete):
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
        columns = [told["expr"] for told in statement.returning_column_descriptions]
        of_its_own = bool(compiled.effective_returning) is not bool(columns)
        if of_its_own or compiled.insert_prefetch or compiled.update_prefetch:
            return None
    else:
        return None
    lists = len(_LIST.findall(compiled.string)) if compiled.dialect.name == "sqlite" else 0
    unusual = compiled.literal_execute_params or compiled.escaped_bind_names
    if unusual or len(compiled.post_compile_params) > lists:
        return None
    return Drawn(compiled, columns)


_fetch, _count = methodcaller("fetchall"), attrgetter("rowcount")


def _run(
    connection: Connection,
    text: str,
    values: dict[str, Any] | list[dict[str, Any]],
    take: Callable[[Any], Any],
) -> Any:
    """What `take` takes of the driver's cursor."""

    def run(cursor: Any) -> Any:
        if isinstance(values, list):
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
        return take(cursor)

    return by_driver(connection, text, run)


def by_driver(connection: Connection, text: str, act: Callable[[Any], Any]) -> Any:
    """What `act` does with the driver's cursor. What the driver raises comes out as SQLAlchemy's own error."""
    cursor = connection.connection.cursor()
    try:
        return act(cursor)
    except _driver_of(connection).Error as error:
        raise _theirs(connection, text, error) from error
    finally:
        cursor.close()


def _driver_of(connection: Connection) -> Any:
    return connection.dialect.loaded_dbapi


def _theirs(connection: Connection, text: str, error: Any) -> Exception:
    """SQLAlchemy's name for an error of the driver's. A connection that is lost is given up, and those like it."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate(error)
        connection.engine.dispose()
    named: Exception = sa.exc.DBAPIError.instance(
        text, None, error, _driver_of(connection).Error, hide_parameters=True, connection_invalidated=lost,
        dialect=dialect,
    )  # fmt: skip
    return named
