"""Texts become HTML exactly as the pairs of contracts/ofauth.md §0, and never as anything else."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fancast.model.mass_messages import Format
from fancast.model.texts import cropped, to_html

BLUE = '<span class="m-editor-fc__blue-1"><strong><em>b</em></strong></span>'
PAIRS = [
    ("a **b**", "<p>a <strong>b</strong></p>"),
    ("__b__", "<p><strong>b</strong></p>"),
    ("*b*", "<p><em>b</em></p>"),
    ("_b_", "<p><em>b</em></p>"),
    ("***b***", f"<p>{BLUE}</p>"),
    ("___b___", f"<p>{BLUE}</p>"),
    ("~g~", '<p><span class="m-editor-fc__gray">g</span></p>'),
    ("~~b~~", '<p><span class="m-editor-fc__blue-2">b</span></p>'),
    ("# T", '<p><span class="m-editor-fs__l">T</span></p>'),
    ("## T", '<p><span class="m-editor-fs__m">T</span></p>'),
    ("a\nb", "<p>a<br>b</p>"),
    ("a\n\nb", "<p>a<br><br>b</p>"),
    ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
    ("snake_case_name", "<p>snake_case_name</p>"),
    ("**open", "<p>**open</p>"),
    ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
]
MORE = [
    ("", ""),
    ("** b**", "<p>** b**</p>"),
    ("**b **", "<p>**b **</p>"),
    ("a * b*", "<p>a * b*</p>"),
    ("_a b_", "<p><em>a b</em></p>"),
    ("x_y_z and _w_", "<p>x_y_z and <em>w</em></p>"),
    ("__init__.py", "<p><strong>init</strong>.py</p>"),
    ("a**b**c", "<p>a<strong>b</strong>c</p>"),
    ("**a** and **b**", "<p><strong>a</strong> and <strong>b</strong></p>"),
    ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    ("# A **b**", '<p><span class="m-editor-fs__l">A <strong>b</strong></span></p>'),
    ("#T", "<p>#T</p>"),
    ("# ", "<p># </p>"),
    ("a # b", "<p>a # b</p>"),
    ("a\r\nb\rc", "<p>a<br>b<br>c</p>"),
    ("**<i>**", "<p><strong>&lt;i&gt;</strong></p>"),
    ("**a\nb**", "<p>**a<br>b**</p>"),
    ("say \"hi\" & 'ho'", "<p>say \"hi\" &amp; 'ho'</p>"),
    ("🔥 **новое** 🔥", "<p>🔥 <strong>новое</strong> 🔥</p>"),
]
#: Everything that markdown gives a meaning, mixed with what HTML does.
TEXTS = st.lists(
    st.sampled_from([*"*_~# ab<>&\"'/\n\r", "**", "***", "~~", "é", "🔥", "</p>", "<br>", "&lt;"]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(("text", "html"), [*PAIRS, *MORE])
def test_markdown_becomes_the_html_of_its_pair(text: str, html: str):
    assert to_html(text, Format.MARKDOWN) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** _c_ ~d~", "<p>a **b** _c_ ~d~</p>"),
        ("# T\n<b>&", "<p># T<br>&lt;b&gt;&amp;</p>"),
        ("a\r\n\r\nb", "<p>a<br><br>b</p>"),
        ("", ""),
    ],
)
def test_plain_text_is_escaped_and_wrapped_and_nothing_else(text: str, html: str):
    assert to_html(text, Format.PLAIN) == html


class Reader(HTMLParser):
    """What a browser sees: the tags must nest, and only ours may be there."""

    ALLOWED = frozenset({
        ("p", None), ("br", None), ("strong", None), ("em", None), ("span", "m-editor-fc__blue-1"),
        ("span", "m-editor-fc__blue-2"), ("span", "m-editor-fc__gray"), ("span", "m-editor-fs__l"),
        ("span", "m-editor-fs__m"),
    })  # fmt: skip

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, dict(attrs).get("class")) in self.ALLOWED
        assert set(dict(attrs)) <= {"class"}
        if tag == "br":
            self.text += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def seen_in(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.text


def without_marks(text: str) -> str:
    return re.sub(r"[*_~#\s]", "", text)


@given(TEXTS, st.sampled_from(Format))
@example("*a **b* c**", Format.MARKDOWN)
@example("_a ~b_ c~", Format.MARKDOWN)
@example("**a *b** c*", Format.MARKDOWN)
@example("~~a **b~~ c**", Format.MARKDOWN)
@example("# *a\n## b*", Format.MARKDOWN)
@example("&lt;b&gt;", Format.MARKDOWN)
def test_any_text_becomes_html_that_nests_and_holds_no_tag_of_the_writer(text: str, format: Format):
    seen = seen_in(to_html(text, format))
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    assert without_marks(seen) == without_marks(lines)


@given(TEXTS)
def test_plain_text_is_seen_as_it_was_written(text: str):
    assert seen_in(to_html(text, Format.PLAIN)) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(max_size=200))
def test_the_html_of_plain_text_reads_back_as_that_text(text: str):
    html = to_html(text, Format.PLAIN).removeprefix("<p>").removesuffix("</p>").replace("<br>", "\n")
    assert unescape(html) == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "text",
    [
        "*" * 10_000, "_a " * 3_333, "**a" * 3_333, "*a*b" * 2_500, "~~~a" * 2_500, "# " * 5_000, "*_~" * 3_333,
        "**a *b " * 1_428, "<b>" * 3_333,
    ],
    ids=lambda text: text[:6].strip(),
)  # fmt: skip
def test_the_longest_hostile_text_takes_no_noticeable_time(text: str):
    # Quadratic patterns would take minutes here; the suite's own patience is the measure.
    seen_in(to_html(text, Format.MARKDOWN))


def test_a_long_text_is_cropped_on_one_line():
    assert cropped("a\n  b") == "a b"
    assert cropped("x" * 200) == "x" * 119 + "…"
    assert cropped("x" * 120) == "x" * 120
