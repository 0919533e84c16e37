"""Whatever JSON comes, the OnlyFansAPI dialect takes it or refuses it in words; it never breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.anything import EXAMPLES, JSON, LIKELY
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

FIELDS = [
    "text", "userLists", "userIds", "excludedLists", "subscribedWithinLastDays", "lockedText", "price", "mediaFiles",
    "previews", "giphyId", "rfTag", "scheduledDate", "saveForLater", "blockBannedWords", "name", "ids", "skip_invalid",
]  # fmt: skip
BODY = st.fixed_dictionaries({}, optional={name: JSON for name in FIELDS}) | JSON
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


@settings(max_examples=EXAMPLES)
@given(place=PLACES, body=BODY)
def test_any_json_is_taken_or_refused_in_words(api: Api, place: tuple[str, str], body: Any) -> None:
    method, path = place
    answer = api.call(method, path.format(draft=api.drafted, vip=api.list_id("vip")), json=body)
    assert answer.status_code in (200, 400, 404, 422), answer.text
    assert ("data" in answer.json()) is (answer.status_code == 200)
    assert answer.status_code == 200 or answer.json()["message"]


@settings(max_examples=EXAMPLES)
@given(path=LISTS, query=QUERY)
def test_any_query_is_taken_or_refused_in_words(api: Api, path: str, query: dict[str, str]) -> None:
    answer = api.call("GET", path, params=query)
    assert answer.status_code in (200, 404, 422) or "\0" in "".join(query.values()), answer.text
