"""Whatever JSON comes, the OnlyFansAPI dialect takes it or refuses it in words; it never breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

FIELDS = [
    "text", "userLists", "userIds", "excludedLists", "subscribedWithinLastDays", "lockedText", "price", "mediaFiles",
    "previews", "giphyId", "rfTag", "scheduledDate", "saveForLater", "blockBannedWords", "name", "ids", "skip_invalid",
]  # fmt: skip
LIKELY = st.sampled_from(
    ["", "Hi", "fans", "fans,muted", "[1001]", "[", '["\\u0000"]', "1001", "5512", "12.5", "true", "2026-03-05",
     "ofapi_media_x", "1e400", "-0", "+1", "٣", "2026-03-05T10:00:00+99:00", 0, 1, -1, 3, 1001, 5512, 2**53,
     2**63 - 1, 12.5, 1e300, True, None]
)  # fmt: skip
SCALAR = (
    LIKELY
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**62), 2**62)
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BODY = st.fixed_dictionaries({}, optional={name: VALUE for name in FIELDS}) | VALUE
PLACES = st.sampled_from(
    [("POST", "/mass-messaging"), ("PUT", "/mass-messaging/{draft}"), ("POST", "/user-lists"),
     ("PUT", "/user-lists/{vip}"), ("POST", "/user-lists/{vip}/users")]
)  # fmt: skip
QUERY = st.dictionaries(
    st.sampled_from(
        ["limit", "offset", "query", "type", "after", "before", "startDate", "end_date", "view", "filter[x]"]
    ),
    LIKELY.map(str) | st.text(max_size=20),
    max_size=4,
)
LISTS = st.sampled_from(
    [
        "/mass-messaging",
        "/mass-messaging/overview",
        "/user-lists",
        "/user-lists/fans/users",
        "/fans/all",
        "/api/accounts",
    ]
)


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo", lists=["vip"])
        api.world.media(5512)
        api.drafted = api.world.send("a draft", save_for_later=True).id
        yield api


@settings(max_examples=60)
@given(place=PLACES, body=BODY)
def test_any_json_is_taken_or_refused_in_words(api: Api, place: tuple[str, str], body: Any) -> None:
    method, path = place
    answer = api.call(method, path.format(draft=api.drafted, vip=api.list_id("vip")), json=body)
    assert answer.status_code in (200, 400, 404, 422), answer.text
    assert ("data" in answer.json()) is (answer.status_code == 200)
    assert answer.status_code == 200 or answer.json()["message"]


@settings(max_examples=60)
@given(path=LISTS, query=QUERY)
def test_any_query_is_taken_or_refused_in_words(api: Api, path: str, query: dict[str, str]) -> None:
    answer = api.call("GET", path, params=query)
    assert answer.status_code in (200, 404, 422) or "\0" in "".join(query.values()), answer.text
