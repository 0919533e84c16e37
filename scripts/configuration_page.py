"""Writes docs/configuration.md from the settings themselves. A test holds it to them."""

from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta
from msgspec.structs import fields

from fancast.config import Settings, variable

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
_HEAD = """\
# Configuration

Every setting has a default that is right for a first try. Order, later wins: default, environment, command line.
An unknown `FANCAST_` name or a bad value stops the start with one line that names it. Each may be read from a file
instead: `FANCAST_DATABASE_URL_FILE=/run/secrets/url`.

This page is written from the settings by `python -m scripts.configuration_page`.

| variable | values | default | what, and why |
|---|---|---|---|
"""


def written() -> str:
    """The page."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for each in fields(Settings):
        kind, *metas = get_args(hints[each.name])
        meta = next(found for found in metas if isinstance(found, Meta))
        default = "" if each.default in (None, NODEFAULT) else f"`{_shown(each.default)}`"
        rows.append(f"| `{variable(each.name)}` | {_values(kind, meta)} | {default} | {meta.description} |")
    return _HEAD + "\n".join(rows) + "\n"


def _values(kind: object, meta: Meta) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    if kind is int:
        return f"{meta.ge:,} to {meta.le:,}"
    return "path" if kind is Path else "text"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(written(), encoding="utf-8")
