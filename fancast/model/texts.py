"""From a message's text, as written, to the HTML that fans see.

The pairs are OFAuth's "Text formatting" guide, read 2026-11, as settled in our contract: input is escaped first,
`<p>` goes round all of it. Plain text is escaped, wrapped, and its newlines become `<br>`; nothing else.
"""

import re
from html import escape

from fancast.model.mass_messages import Format

_BLUE = ('<span class="m-editor-fc__blue-1"><strong><em>', "</em></strong></span>")
_PLAIN_BOLD, _ITALIC = ("<strong>", "</strong>"), ("<em>", "</em>")
_GRAY, _SECOND_BLUE = (
    ('<span class="m-editor-fc__gray">', "</span>"),
    ('<span class="m-editor-fc__blue-2">', "</span>"),
)

# Longest markers first. A marker opens only before and closes only after a non-space; an underscore inside a
# word means nothing, or snake_case_name would turn italic.
_MARKS: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), tags)
    for pattern, tags in (
        (r"(?<!\*)\*\*\*(?![\s*])((?:[^*]|\*(?!\*\*))*?[^\s*])\*\*\*(?!\*)", _BLUE),
        (r"(?<![\w_])___(?![\s_])((?:[^_]|_(?!__))*?[^\s_])___(?![\w_])", _BLUE),
        (r"(?<!\*)\*\*(?![\s*])((?:[^*]|\*(?!\*))*?[^\s*])\*\*(?!\*)", _PLAIN_BOLD),
        (r"(?<![\w_])__(?![\s_])((?:[^_]|_(?!_))*?[^\s_])__(?![\w_])", _PLAIN_BOLD),
        (r"(?<!\*)\*(?![\s*])([^*]*?[^\s*])\*(?!\*)", _ITALIC),
        (r"(?<![\w_])_(?![\s_])([^_]*?[^\s_])_(?![\w_])", _ITALIC),
        (r"(?<!~)~~(?![\s~])((?:[^~]|~(?!~))*?[^\s~])~~(?!~)", _SECOND_BLUE),
        (r"(?<!~)~(?![\s~])([^~]*?[^\s~])~(?!~)", _GRAY),
    )
)
_HEADINGS = (("# ", '<span class="m-editor-fs__l">'), ("## ", '<span class="m-editor-fs__m">'))
_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_NEWLINES = re.compile(r"\r\n|\r")


def to_html(text: str, format: Format) -> str:
    """Render a text as written. Empty text is empty HTML."""
    if not text:
        return ""
    lines = _NEWLINES.sub("\n", escape(text, quote=False)).split("\n")
    if format is Format.MARKDOWN:
        lines = [_inline(_heading(line)) for line in lines]
    return f"<p>{'<br>'.join(lines)}</p>"


def cropped(text: str, length: int = 120) -> str:
    """The first characters of a text on one line, for lists of messages."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _heading(line: str) -> str:
    for marker, opening in _HEADINGS:
        if line.startswith(marker) and line[len(marker) :].strip():
            return f"{opening}{line[len(marker) :].strip()}</span>"
    return line


def _inline(line: str) -> str:
    for pattern, tags in _MARKS:
        line = pattern.sub(lambda match, tags=tags: _wrapped(match, tags), line)  # type: ignore[misc]
    return line


def _wrapped(match: re.Match[str], tags: tuple[str, str]) -> str:
    # Markers that cross one another (`*a **b* c**`) would make HTML that crosses: the later one stays text.
    inner = match.group(1)
    return f"{tags[0]}{inner}{tags[1]}" if _balanced(inner) else match.group(0)


def _balanced(fragment: str) -> bool:
    still_open: list[str] = []
    for closing, name in _TAG.findall(fragment):
        if not closing:
            still_open.append(name)
        elif not still_open or still_open.pop() != name:
            return False
    return not still_open
