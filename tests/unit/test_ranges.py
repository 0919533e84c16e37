"""Ranges: whatever is asked, what is answered are bytes of the file, and the headers say which."""

from hypothesis import example, given
from hypothesis import strategies as st

from fancast.api.faces import Stored
from fancast.api.ranges import cut

numbers = st.one_of(st.just(""), st.integers(0, 30).map(str), st.integers(10**15, 10**17).map(str))
asked = st.one_of(
    st.builds("bytes={}-{}".format, numbers, numbers),
    st.text(max_size=20),
    st.sampled_from(["bytes=0-1,3-4", "bytes= 1-2", "BYTES=1-2", "bytes=-"]),
)


@given(st.integers(0, 20), asked)
@example(0, "bytes=0-0")
@example(10, "bytes=-0")
@example(10, "bytes=-30")
@example(10, "bytes=5-2")
def test_any_range_is_answered_with_bytes_of_the_file(size: int, said: str):
    found = cut(Stored("key", size, "image/png", "abc"), {"range": said})
    if found.status == 416:
        assert found.headers["content-range"] == f"bytes */{size}"
        return
    assert 0 <= found.start <= found.end <= size
    assert found.headers["content-length"] == str(found.end - found.start)
    if found.status == 206:
        assert found.headers["content-range"] == f"bytes {found.start}-{found.end - 1}/{size}"
        assert found.start < found.end
    else:
        assert (found.status, found.start, found.end) == (200, 0, size)


def test_what_the_caller_has_is_not_sent_again():
    stored = Stored("key", 10, "image/png", "abc")
    for said in ('"abc"', 'W/"abc"', '"x", "abc"', "*"):
        assert cut(stored, {"if-none-match": said, "range": "bytes=0-1"}).status == 304
    assert cut(stored, {"if-none-match": '"other"'}).status == 200
    assert cut(stored, {"if-range": '"abc"', "range": "bytes=0-1"}).status == 206
    assert cut(stored, {"if-range": '"old"', "range": "bytes=0-1"}).status == 200
