"""Forms: whatever was sent comes back, in chunks of any size; whatever else came is refused in words."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fancast.api.forms import MOST_FIELD_BYTES, Part, read_fields
from fancast.model.problems import Kind, Problem

KIND = "multipart/form-data; boundary=x"


@dataclass(frozen=True)
class Sent:
    """A body that arrives in chunks of one size."""

    content: bytes
    content_type: str = KIND
    chunk: int = 7

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), self.chunk):
            yield self.content[start : start + self.chunk]


def taken(files: dict[str, bytes]):
    def take(part: Part) -> str:
        name = f"file {len(files)}"
        files[name] = b"".join(part.chunks)
        return name

    return take


names = st.text("abcXYZ_", min_size=1, max_size=8)
texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=40)
parts = st.tuples(names, st.one_of(texts, st.binary(max_size=200)))


@given(st.lists(parts, min_size=1, max_size=8), st.integers(1, 300))
@example([("a", b"\r\n--x\r\n"), ("a", b"--x--")], 1)
def test_a_form_comes_back_as_it_was_sent(sent: list[tuple[str, str | bytes]], chunk: int):
    files = [
        (name, ("a.bin", value)) if isinstance(value, bytes) else (name, (None, value))
        for name, value in sent
    ]
    request = httpx.Request("POST", "http://x", files=files)
    found: dict[str, bytes] = {}
    fields = read_fields(Sent(request.read(), request.headers["content-type"], chunk), taken(found))
    flat = [
        (name, each)
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    back = [(name, found.get(str(each), each)) for name, each in flat]
    assert sorted(back, key=repr) == sorted(sent, key=repr)


@given(
    st.binary(max_size=300),
    st.sampled_from([KIND, "multipart/form-data", "multipart/form-data; boundary=", "x"]),
)
@example(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhi\r\n--x--\r\n', KIND)
@example(b"--x\r\nContent-Disposition: form-data\r\n\r\nhi\r\n--x--\r\n", KIND)
def test_anything_else_is_a_form_or_refused_in_words(content: bytes, kind: str):
    refused = None
    try:
        read_fields(Sent(content, kind), taken({}))
    except Problem as problem:
        refused = problem
    assert refused is None or (refused.kind, refused.code) == (Kind.INVALID, "malformed_form")


def test_names_in_brackets_and_names_that_come_again_are_lists():
    request = httpx.Request("POST", "http://x", files=[
        ("one[]", (None, "1")), ("two", (None, "1")), ("two", (None, "2")), ("three", (None, "1")),
    ])  # fmt: skip
    fields = read_fields(Sent(request.read(), request.headers["content-type"]), taken({}))
    assert fields == {"one": ["1"], "two": ["1", "2"], "three": "1"}


def test_a_file_that_nobody_reads_is_passed_over():
    request = httpx.Request("POST", "http://x", files=[("f", ("a", b"x" * 5_000)), ("after", (None, "1"))])
    assert read_fields(Sent(request.read(), request.headers["content-type"]), lambda _: "") == {
        "f": "",
        "after": "1",
    }


@pytest.mark.parametrize("count", [1, 50])
def test_fields_have_a_limit_together(count: int):
    one = "x" * (MOST_FIELD_BYTES // count + 1)
    files = [("a", (None, one)) for _ in range(count)]
    request = httpx.Request("POST", "http://x", files=files)
    with pytest.raises(Problem) as caught:
        read_fields(Sent(request.read(), request.headers["content-type"], 65_536), taken({}))
    assert caught.value.kind is Kind.TOO_LARGE
