"""Banned words in OnlyFansAPI's dialect: the list in its pages, and sends that are screened."""

from collections.abc import Iterator

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

WORDS = "/api/banned-words"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo", lists=["vip"])
        yield api


def test_a_text_with_banned_words_is_refused_with_every_one_of_them(api: Api) -> None:
    body = {"text": "So drunk, and horny", "userLists": ["fans"], "blockBannedWords": "risky"}
    refusal = api.refused(422, "VALIDATION_ERROR", "POST", "/mass-messaging", json=body)
    assert refusal["errors"] == {"text": ["Contains banned words: drunk, horny."]}
    assert refusal["banned_words"] == [
        {"word": "drunk", "risk_level": "risky", "category": "intoxication"},
        {"word": "horny", "risk_level": "replace_soften", "category": "explicit"},
    ]
    assert refusal["request_outcome"] == "not_sent"


@pytest.mark.parametrize("level", ["replace_soften", "", None])
def test_a_level_that_does_not_look_for_the_word_lets_it_pass(api: Api, level: str | None) -> None:
    assert api.sent(text="So drunk", userLists=["fans"], blockBannedWords=level)["sentCount"] == 1


def test_an_edit_is_screened_too_and_changes_nothing(api: Api) -> None:
    draft = api.send(text="Sober", userLists=["fans"], saveForLater=True)
    body = {"text": "So drunk", "blockBannedWords": "strict_ban"}
    api.refused(422, "VALIDATION_ERROR", "PUT", f"/mass-messaging/{draft['id']}", json=body)
    assert api.detail(draft["id"])["text"] == "Sober"


def test_a_message_to_one_fan_is_screened_too(api: Api) -> None:
    body = {"text": "So drunk", "blockBannedWords": "risky"}
    path = f"/chats/{api.fan_id('bo')}/messages"
    refusal = api.refused(422, "VALIDATION_ERROR", "POST", path, json=body)
    assert [each["word"] for each in refusal["banned_words"]] == ["drunk"]
    assert api.world.inbox("bo") == []


def test_media_are_looked_at_before_words(api: Api) -> None:
    body = {"text": "So drunk", "mediaFiles": [999], "blockBannedWords": "risky"}
    for path in ("/mass-messaging", f"/chats/{api.fan_id('bo')}/messages"):
        refusal = api.refused(422, "VALIDATION_ERROR", "POST", path, json=body)
        assert list(refusal["errors"]) == ["mediaFiles"]


def test_lists_are_looked_at_before_words(api: Api) -> None:
    body = {"text": "So drunk", "userLists": ["nowhere"], "blockBannedWords": "risky"}
    api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json=body)


def test_the_list_is_walked_page_by_page(api: Api) -> None:
    page = api.get(WORDS, per_page=100)
    assert page.keys() == {"data", "links", "meta"}
    keys = {"word", "base", "category", "risk_level", "safe_alternatives", "notes", "regex_pattern"}
    assert set(page["data"][0]) == keys
    meta = page["meta"]
    assert (meta["current_page"], meta["from"], meta["to"], meta["per_page"]) == (1, 1, 100, 100)
    assert page["links"]["prev"] is None
    seen = [each["word"] for each in page["data"]]
    while page["links"]["next"]:
        page = api.get(page["links"]["next"])
        seen += [each["word"] for each in page["data"]]
    assert len(seen) == len(set(seen)) == meta["total"]
    assert page["meta"]["current_page"] == meta["last_page"]


def test_the_list_is_filtered(api: Api) -> None:
    found = api.get(WORDS, search="Drunk", risk_level="risky", category="intoxication")["data"]
    assert [each["word"] for each in found] == ["drunk", "drunken", "wasted"]
    assert api.get(WORDS, risk_level="strict_ban", search="drunk")["data"] == []
    empty = api.get(WORDS, search="zaffre")
    assert (empty["meta"]["from"], empty["meta"]["total"], empty["meta"]["last_page"]) == (None, 0, 1)


def test_a_page_behind_the_last_is_empty(api: Api) -> None:
    page = api.get(WORDS, page=10**17)
    assert (page["data"], page["meta"]["from"], page["links"]["next"]) == ([], None, None)


@pytest.mark.parametrize(
    "query", [{"per_page": 0}, {"per_page": 101}, {"page": 0}, {"risk_level": "soft"}, {"search": "x" * 256}]
)
def test_a_filter_out_of_its_bounds_is_refused(api: Api, query: dict[str, object]) -> None:
    api.refused(422, "VALIDATION_ERROR", "GET", WORDS, params=query)
