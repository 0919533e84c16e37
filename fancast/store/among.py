"""`among(column, "name")`: whether a column is one of the whole numbers of a list.

An IN with a parameter for each number is a statement of its own for each length of the list: SQLAlchemy writes it out
anew each time, and PostgreSQL plans it anew. There it is one array. SQLite has no arrays, and plans an IN over the
rows of `json_each` badly: there it stays an IN.
"""

from collections.abc import Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class among(sa.ColumnElement[bool]):
    """Never true of an empty list. The parameter takes a list."""

    inherit_cache = True
    type = sa.Boolean()
    _traverse_internals = [  # noqa: RUF012
        ("column", InternalTraversal.dp_clauseelement),
        ("array", InternalTraversal.dp_clauseelement),
        ("one_by_one", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.array: sa.BindParameter[Sequence[int]] = sa.bindparam(name, type_=ARRAY(sa.BigInteger))
        self.one_by_one = column.in_(sa.bindparam(name, expanding=True))

    def self_group(self, against: Any = None) -> Self:
        """As it is. Else it would become `(…) = 1` for SQLite, which no index serves."""
        return self


@compiles(among)
def _one_by_one(element: among, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.one_by_one, **how)


@compiles(among, "postgresql")
def _as_array(element: among, compiler: SQLCompiler, **how: Any) -> str:
    return f"{compiler.process(element.column, **how)} = ANY ({compiler.process(element.array, **how)})"
