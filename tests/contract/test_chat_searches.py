"""Many messages looked through for a text or media: one call looks at ten thousand and says where to go on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.api.onlyfansapi.values import cursor_text
from fancast.core import chat_states
from fancast.core.messages import MOST_SEARCHED
from fancast.model.day_totals import DayKind, DayTotal, day_of
from fancast.model.ids import MediaId, MessageId, QueueId
from fancast.model.mass_messages import Content
from fancast.model.messages import Message
from fancast.store import day_totals, fan_sets, heads, messages
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.world import World

SEARCH, MEDIA = "/chats/501/messages/search", "/chats/501/media"
DIRECT = "/engagement/messages/direct-messages"


@pytest.fixture
def faces() -> list[Face]:
    return [ONLYFANSAPI, OFAUTH]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo", id=501)
        api.world.media(7)
        yield api


def written(
    world: World, count: int, special: Mapping[int, Content], *, from_fan: bool = True
) -> Sequence[int]:
    """So many messages of one moment, oldest first, as `core.messages.receive` or `send` writes one; their ids."""
    account, fan, now = world.account(), world.fan_of("bo"), world.clock()
    with world.write() as tx:
        chat = chat_states.hold(tx, account.key, fan.number)
        becomes = chat_states.becomes_unread if from_fan else chat_states.comes_back
        fan_sets.change(tx, account.key, becomes(chat))
        first = heads.take(tx, account.key, ids=2 * count, at=now).first_id
        ids = range(first + 1, first + 2 * count, 2)
        for place, id in enumerate(ids):
            content = special.get(place, Content("just talk"))
            one = Message(
                MessageId(id), QueueId(id - 1), fan.number, content, f"<p>{content.text}</p>", from_fan=from_fan,
                from_mass_message=False, created_at=now,
            )  # fmt: skip
            messages.add(tx, account.key, one, key_id=None)
        chat_states.wrote(tx, account.key, fan.number, MessageId(ids[-1]), from_fan=from_fan)
        if not from_fan:
            sent = DayTotal(day_of(now), count)
            day_totals.add_many(tx, account.key, {(DayKind.DIRECT_MESSAGE, sent.day): sent})
    return ids


def walked(api: Api, path: str, **asked: Any) -> list[list[Any]]:
    """What each page holds, by `next_page` until there is none."""
    pages, url = [], None
    while not pages or url is not None:
        page = api.get(path, **asked) if url is None else api.get(url)
        pages.append(page["data"])
        url = page["_pagination"]["next_page"]
    return pages


@pytest.mark.slow
def test_a_text_is_found_however_old_by_going_on(api: Api) -> None:
    old, new = Content("the first WORD"), Content("a last word")
    ids = written(api.world, MOST_SEARCHED + 50, {0: old, 60: new})
    # The newest ten thousand begin behind the fiftieth.
    assert walked(api, SEARCH, query="word") == [[ids[60]], [ids[0]]]
    assert walked(api, SEARCH, query="first") == [[], [ids[0]]]
    assert walked(api, SEARCH, query="nowhere") == [[], []]


@pytest.mark.slow
def test_ofauth_says_where_to_look_on_and_never_that_an_empty_page_has_more(api: Api) -> None:
    old, new = Content("the first WORD"), Content("a last word")
    ids = written(api.world, MOST_SEARCHED + 50, {0: old, 60: new})
    headers = {"apiKey": api.client.headers["Authorization"].split()[1], "x-connection-id": "conn_ada"}

    def page(path: str, **asked: Any) -> Any:
        answer = api.client.get(f"/v2/access/chats/501/{path}", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = page("messages", query="word")
    assert ([one["id"] for one in first["list"]], first["hasMore"]) == ([ids[60]], True)
    second = page("messages", query="word", last_id=first["nextLastId"])
    assert ([one["id"] for one in second["list"]], second["hasMore"]) == ([ids[0]], False)
    # Old clients go on below the last message that they were shown, or by offset.
    again = page("messages", query="word", last_id=first["list"][-1]["id"])
    assert [one["id"] for one in again["list"]] == [ids[0]]
    by_offset = page("messages", query="word", offset=1)
    assert (by_offset["list"], by_offset["hasMore"]) == ([], False)
    hidden = page("messages", query="first")
    assert (hidden["list"], hidden["hasMore"]) == ([], False)
    assert [one["id"] for one in page("messages", query="first", last_id=hidden["nextLastId"])["list"]] == [
        ids[0]
    ]


@pytest.mark.slow
def test_media_are_found_however_old_by_going_on(api: Api) -> None:
    picture = Content("look", media_ids=(MediaId(7),))
    ids = written(api.world, MOST_SEARCHED + 50, {0: picture, 60: picture})
    first, second = walked(api, MEDIA)
    assert [one["id"] for one in first["list"]] == [ids[60]]
    assert first["hasMore"] is True
    assert ([one["id"] for one in second["list"]], second["hasMore"]) == ([ids[0]], False)
    assert second["nextLastId"] is None
    assert api.get(MEDIA, last_id=first["nextLastId"])["data"] == second
    # Whoever goes on by offset comes to an end.
    assert api.get(MEDIA, offset=20)["data"] == {"list": [], "hasMore": False, "nextLastId": None}


def test_more_hits_than_a_page_has_are_walked_by_the_next_one(api: Api) -> None:
    ids = written(api.world, 250, {})
    pages = walked(api, SEARCH, query="TALK")
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [id for page in pages for id in page] == list(ids)[::-1]
    exactly = walked(api, SEARCH, query="talk", first_id=ids[100])
    assert exactly == [list(ids[:100])[::-1]]


def test_a_search_is_gone_on_with_only_from_a_message(api: Api) -> None:
    answer = api.call("GET", SEARCH, params={"query": "x", "first_id": "soon"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["first_id"])


# ---- direct messages over all chats


@pytest.mark.slow
def test_a_direct_message_is_found_however_old_by_going_on(api: Api) -> None:
    old, new = Content("the first WORD"), Content("a last word")
    ids = written(api.world, MOST_SEARCHED + 50, {0: old, 60: new}, from_fan=False)

    def found(**asked: Any) -> list[tuple[list[int], bool]]:
        pages = walked(api, DIRECT, **asked)
        return [([item["messageId"] for item in page["items"]], page["hasMore"]) for page in pages]

    # The newest ten thousand begin behind the fiftieth.
    assert found(query="word") == found(query="word", limit=1) == [([ids[60]], True), ([ids[0]], False)]
    assert found(query="first") == [([], True), ([ids[0]], False)]
    assert found(query="nowhere") == [([], True), ([], False)]
    # Whoever goes on by offset comes to an end; and of exactly ten thousand there is no rest.
    assert found(query="word", offset=1) == [([], False)]
    moment = cursor_text(api.world.clock())
    assert found(query="nowhere", endDate=moment, before=ids[MOST_SEARCHED]) == [([], False)]
    assert found(query="nowhere", endDate=moment, before=ids[MOST_SEARCHED + 1]) == [([], True), ([], False)]


def test_more_direct_messages_than_a_page_has_are_walked_by_the_next_one(api: Api) -> None:
    ids = written(api.world, 25, {}, from_fan=False)
    pages = walked(api, DIRECT, query="TALK")
    assert [len(page["items"]) for page in pages] == [10, 10, 5]
    assert [item["messageId"] for page in pages for item in page["items"]] == list(ids)[::-1]
