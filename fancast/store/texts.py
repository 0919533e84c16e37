"""Texts that contain some words, whatever their case, in every alphabet.

SQLite's own `lower` knows A to Z alone, so there it is a function of ours.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: What SQLite calls `holds`.
HOLDS = "fancast_holds"


class _Contains(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()


def contains(column: sa.ColumnElement[Any], words: str | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Whether this column's text contains these words."""
    return _Contains(column, sa.literal(words, sa.Text) if isinstance(words, str) else words)


def holds(text: str | None, words: str) -> bool:
    """What SQLite asks of each text."""
    return text is not None and words.casefold() in text.casefold()


@compiles(_Contains, "sqlite")
def _in_sqlite(element: _Contains, compiler: Any, **how: Any) -> str:
    return f"{HOLDS}({compiler.process(element.clauses, **how)})"


@compiles(_Contains, "postgresql")
def _in_postgresql(element: _Contains, compiler: Any, **how: Any) -> str:
    text, words = (compiler.process(part, **how) for part in element.clauses)
    # Both by the database: it and Python differ in some letters, such as the last sigma of a word.
    return f"strpos(lower({text}), lower({words})) > 0"
