"""OnlyFansAPI's own Python SDK, `onlyfans` 0.2.0, unmodified, on a live sandbox.

`strict` is the SDK's private switch that refuses an answer whose types differ from its models. It is off for
calls where the vendor's models are narrower than the vendor's own answers: dollars typed as whole numbers
(fans), list ids typed as text only (lists of lists).
Left to a later issue: webhooks. Money, media, vault, queue and chats have files of their own.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import onlyfansapi as sdk
import pytest

from tests.clients.live import Sandbox, copies, until, when_done

pytestmark = pytest.mark.clients


def _client(sandbox: Sandbox, **changes: Any) -> sdk.OnlyFansAPI:
    made_of = {"api_key": sandbox.onlyfansapi_key, "base_url": sandbox.base_url, "max_retries": 0}
    return sdk.OnlyFansAPI(**{**made_of, **changes})


@pytest.fixture
def regulars(strict: sdk.OnlyFansAPI, account: str, request: pytest.FixtureRequest) -> str:
    """A new custom list with the fans 123, 456 and 789 on it; its id as the SDK wants it."""
    made = strict.user_lists.create(account, name=f"Regulars {request.node.name}"[:64]).data
    strict.user_lists.users.add(str(made.id), account=account, ids=["123", "456", "789"])
    return str(made.id)


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def when_sent(client: sdk.OnlyFansAPI, account: str, queue_id: int) -> Any:
    """The queue item of the vendor's own list, once it is done."""

    def look() -> Any:
        found = [item for item in client.mass_messaging.list(account).data if item.id == queue_id]
        return found[0] if found and found[0].is_done else None

    return until(look, f"queue item {queue_id} done")


# --- mass messaging --------------------------------------------------------------------------------------


def test_a_send_is_answered_at_once_and_done_soon(strict, account, regulars, ofauth) -> None:
    made = strict.mass_messaging.send(
        account,
        text="Hello\n<b>there</b>",
        user_lists=[regulars],
        user_ids=["1011", "123"],
        excluded_lists=[_list_of(strict, account, "789")],
    )
    assert made.api_meta.api_credits.used is not None
    assert (made.data.total, made.data.pending, made.data.is_done) in {(-1, 0, False), (3, 0, True)}
    assert (made.data.is_ready, made.data.can_unsend, made.data.is_canceled) == (True, True, False)

    state = when_sent(strict, account, made.data.id)
    assert (state.total, state.pending, state.has_error) == (3, 0, False)
    for fan in (123, 456, 1011):
        assert copies(ofauth, fan, made.data.id) == ["<p>Hello<br>&lt;b&gt;there&lt;/b&gt;</p>"]
    assert copies(ofauth, 789, made.data.id) == []


def test_a_sent_message_can_be_retrieved_and_unsent_once(strict, account, regulars, ofauth) -> None:
    made = strict.mass_messaging.send(account, text="Oh no", user_lists=[regulars]).data
    when_sent(strict, account, made.id)
    queue = strict.mass_messaging.retrieve(str(made.id), account=account).data.queue
    assert (queue.id, queue.text, queue.sent_count, queue.is_free) == (made.id, "Oh no", 3, True)

    gone = strict.mass_messaging.delete(str(made.id), account=account).data
    assert gone.success is True
    assert (gone.queue.is_canceled, gone.queue.can_unsend, gone.queue.unsend_seconds) == (True, False, 0)
    assert gone.queue.sent_count == 3
    assert copies(ofauth, 123, made.id) == []
    with pytest.raises(sdk.BadRequestError) as refused:
        strict.mass_messaging.delete(str(made.id), account=account)
    assert refused.value.body["error"] == "ONLYFANS_COM_ERROR"


def test_a_priced_message_takes_vault_media_and_previews_by_id(
    strict, account, regulars, onlyfansapi
) -> None:
    made = strict.mass_messaging.send(
        account,
        text="Only for you",
        price=12.5,
        # Sold by no other test: who owned it would be skipped.
        media_files=[12350, "12346"],
        previews=["12346"],
        locked_text=True,
        user_lists=[regulars],
    ).data
    when_sent(strict, account, made.id)
    assert strict.mass_messaging.retrieve(str(made.id), account=account).data.queue.is_free is False

    overview = strict.mass_messaging.retrieve_overview(account, limit=5, start_date=in_days(-1))
    (item,) = [item for item in overview.data.items if item.id == made.id]
    assert (item.raw_text, item.text, item.sent_count) == ("Only for you", "<p>Only for you</p>", 3)
    assert (item.template, item.response_type, item.is_free) == ("group", "message", False)
    assert (item.media_count, [media.id for media in item.media]) == (2, [12350, 12346])
    assert item.previews == [12346]
    assert (item.price, item.purchasedCount) == ("12.50", 0)  # beyond the model: the vendor's paid items


def test_a_preview_may_be_an_index_into_the_media(strict, account, regulars) -> None:
    made = strict.mass_messaging.send(
        account,
        text="The first is free",
        price=5,
        media_files=[789, 790],
        previews=[0],
        user_lists=[regulars],
    ).data
    when_sent(strict, account, made.id)
    overview = strict.mass_messaging.retrieve_overview(account, query="The first is free")
    assert [(item.id, item.previews) for item in overview.data.items] == [(made.id, [789])]


def test_a_scheduled_message_is_edited_and_removed(strict, account, regulars, ofauth) -> None:
    made = strict.mass_messaging.send(
        account, text="Later", user_lists=[regulars], excluded_lists=["muted"], scheduled_date=in_days(3)
    ).data
    queue_id = str(made.id)
    assert made.is_done is False
    assert made.id in [item.id for item in strict.mass_messaging.list(account).data]

    edited = strict.mass_messaging.update(
        queue_id, account=account, text="Later still", scheduled_date=in_days(4)
    ).data
    assert edited.id == made.id
    assert datetime.fromisoformat(edited.date) > datetime.fromisoformat(made.date)
    queue = strict.mass_messaging.retrieve(queue_id, account=account).data.queue
    assert (queue.text, queue.sent_count) == ("Later still", 0)
    assert queue.userLists in ([regulars], [int(regulars)])  # what was not named kept its value

    gone = strict.mass_messaging.delete(queue_id, account=account).data
    assert (gone.success, gone.queue.is_canceled) == (True, True)
    assert made.id not in [item.id for item in strict.mass_messaging.list(account).data]
    assert copies(ofauth, 123, made.id) == []


def test_a_message_saved_for_later_is_kept_and_not_sent(strict, account, regulars, native) -> None:
    made = strict.mass_messaging.send(account, text="Draft", user_lists=[regulars], save_for_later=True).data
    assert made.id not in [item.id for item in strict.mass_messaging.list(account).data]
    assert strict.mass_messaging.retrieve(str(made.id), account=account).data.queue.text == "Draft"
    assert native.get(f"/v1/mass-messages/{made.id}").json()["state"] == "draft"
    assert strict.mass_messaging.delete(str(made.id), account=account).data.success is True


def test_new_subscribers_alone_are_a_selection(strict, account, native) -> None:
    audience = {"user_lists": [], "fan_ids": [], "subscribed_within_days": 30}
    expected = native.post("/v1/audiences/preview", json=audience).json()["total"]
    made = strict.mass_messaging.send(account, text="Welcome", subscribed_within_last_days=30).data
    assert when_done(native, made.id)["total"] == expected > 0


def test_a_send_to_nobody_is_done_and_reaches_nobody(strict, account, native) -> None:
    made = strict.mass_messaging.send(account, text="Hello?").data
    state = when_sent(strict, account, made.id)
    assert (state.total, state.pending) == (0, 0)
    assert when_done(native, made.id)["sent"] == 0


def test_statistics_are_walked_by_the_url_of_the_next_page(strict, account, regulars, onlyfansapi) -> None:
    made = [strict.mass_messaging.send(account, text=f"Walk {n}", user_ids=["123"]).data.id for n in range(3)]
    for queue_id in made:
        when_sent(strict, account, queue_id)
    page = strict.engagement.messages.mass_messages.list(account, limit=2, query="Walk")
    seen = [item.id for item in page.data.items]
    assert page.data.has_more is True
    assert page.api_pagination.next_page.startswith(str(strict.base_url))
    following = onlyfansapi.get(page.api_pagination.next_page).json()
    seen += [item["id"] for item in following["data"]["items"]]
    assert sorted(set(seen), reverse=True) == sorted(made, reverse=True) == seen
    assert following["_pagination"]["next_page"] is None


# --- refusals --------------------------------------------------------------------------------------------


def test_refusals_arrive_as_the_errors_the_sdk_knows(client, sandbox, account) -> None:
    newest = [item.id for item in client.mass_messaging.list(account).data]
    send = client.mass_messaging.send
    with pytest.raises(sdk.NotFoundError) as no_list:
        send(account, text="Hi", user_lists=["987654321"])
    assert no_list.value.body["error"] == "ONLYFANS_COM_ERROR"
    with pytest.raises(sdk.UnprocessableEntityError) as no_fan:
        send(account, text="Hi", user_ids=["987654321"])
    assert list(no_fan.value.body["errors"]) == ["userIds"]
    with pytest.raises(sdk.UnprocessableEntityError) as no_media:
        send(account, text="Hi", user_ids=["123"], price=5)
    assert list(no_media.value.body["errors"]) == ["mediaFiles"]
    with pytest.raises(sdk.UnprocessableEntityError) as with_a_date:
        send(account, text="Hi", subscribed_within_last_days=3, scheduled_date=in_days(2))
    assert with_a_date.value.body["error"] == "VALIDATION_ERROR"
    with pytest.raises(sdk.NotFoundError):
        client.mass_messaging.retrieve("987654321", account=account)
    with pytest.raises(sdk.NotFoundError) as no_account:
        client.mass_messaging.list("acct_of_nobody")
    assert no_account.value.body["error"] == "ACCOUNT_NOT_FOUND"
    assert [item.id for item in client.mass_messaging.list(account).data] == newest

    with _client(sandbox, api_key="sk_sandbox_of_nobody") as stranger, pytest.raises(sdk.AuthenticationError):
        stranger.whoami.retrieve()


# --- user lists ------------------------------------------------------------------------------------------


def test_a_user_list_lives_a_whole_life(strict, client, account) -> None:
    made = strict.user_lists.create(account, name="Whole life").data
    list_id = str(made.id)
    assert (made.name, made.type, made.users_count, made.users) == ("Whole life", "custom", 0, [])
    assert strict.user_lists.update(list_id, account=account, name="Half life").data.name == "Half life"
    assert client.user_lists.retrieve(list_id, account=account).data.name == "Half life"

    added = client.user_lists.users.add(list_id, account=account, ids=["123", "456"])
    assert added.to_dict()["data"] == {list_id: [123, 456]}
    with pytest.raises(sdk.BadRequestError) as repeated:
        client.user_lists.users.add(list_id, account=account, ids=["456", "789"])
    assert "456" in repeated.value.body["onlyfans_response"]["body"]["errors"][list_id]
    skipped = client.user_lists.users.add(list_id, account=account, ids=["456", "789"], skip_invalid=True)
    assert skipped.to_dict()["data"]["added"] == [789]
    assert list(skipped.to_dict()["data"]["failed"]) == ["456"]

    page = client.user_lists.users.list(list_id, account=account, limit=2).data
    assert (len(page.list), page.has_more, page.next_offset) == (2, True, 2)
    rest = client.user_lists.users.list(list_id, account=account, limit=2, offset=page.next_offset).data
    assert {fan.id for fan in (*page.list, *rest.list)} == {123, 456, 789}
    assert rest.has_more is False

    removed = strict.user_lists.users.remove("456", account=account, user_list_id=list_id).data
    assert (removed.list.id, removed.list.users_count) == (made.id, 2)
    assert (removed.user_state.has_user, removed.user_state.can_add_user) == (False, True)
    assert strict.user_lists.users.clear(list_id, account=account).data.users_count == 0
    assert strict.user_lists.delete(list_id, account=account).data.success is True
    with pytest.raises(sdk.NotFoundError):
        client.user_lists.retrieve(list_id, account=account)


def test_a_fan_can_be_pinned_on_a_list(client, account, regulars) -> None:
    users = client.user_lists.users
    assert users.pin("456", account=account, user_list_id=regulars).data.success is True
    assert [fan.id for fan in users.list_pinned(regulars, account=account).data.list] == [456]


def test_built_in_lists_stand_beside_custom_ones(client, account, regulars) -> None:
    lists = _lists(client, account)
    names = {str(each.id) for each in lists}
    assert {"fans", "recent", regulars, "1", "2", "3", "4", "5"} <= names
    assert len(names) == len(lists)
    assert client.user_lists.list(account, limit=50, view="queue").data
    fans = client.user_lists.retrieve("fans", account=account).data
    assert (fans.type, fans.can_delete, fans.can_add_users) == ("fans", False, False)
    assert fans.users_count > 0
    assert len(fans.users) <= 3


# --- who is who ------------------------------------------------------------------------------------------


def test_accounts_are_a_bare_list_that_can_be_filtered(strict, account) -> None:
    accounts = strict.accounts.list()
    (ours,) = [each for each in accounts if each.id == account]
    assert (ours.is_authenticated, ours.authentication_progress) == (True, "signed_in")
    assert [each.id for each in strict.accounts.list(onlyfans_username=ours.onlyfans_username)] == [account]


def test_whoami_and_me_name_the_key_and_the_creator(strict, account) -> None:
    who = strict.whoami.retrieve()
    assert who.api_key.name
    assert who.team.slug
    me = strict.me.retrieve(account).data
    assert (me.message_min_price, me.message_max_price) == (3, 200)
    assert me.subscribers_count > 0


def test_fans_are_listed_by_kind_newest_first(client, account) -> None:
    active = client.fans.list_active(account, limit=20)
    expired = client.fans.list_expired(account, limit=20)
    assert all(fan.subscribed_on is True for fan in active.data.list)
    assert not {fan.id for fan in active.data.list} & {fan.id for fan in expired.data.list}
    began = [datetime.fromisoformat(fan.subscribed_on_data.subscribe_at) for fan in active.data.list]
    assert began == sorted(began, reverse=True)
    name = active.data.list[0].username
    assert name in [fan.username for fan in client.fans.list_all(account, query=name).data.list]
    assert client.fans.list_active(account, limit=5, filter={"online": 1}).data.list is not None


def test_all_fans_are_walked_by_the_url_of_the_next_page(client, account, onlyfansapi) -> None:
    first = client.fans.list_all(account, limit=20)
    seen, url = [fan.id for fan in first.data.list], first.api_pagination.next_page
    while url:
        page = onlyfansapi.get(url).json()
        seen += [fan["id"] for fan in page["data"]["list"]]
        url = page["_pagination"]["next_page"]
    assert len(seen) == len(set(seen)) >= 1_000


# --- the same, asynchronous ------------------------------------------------------------------------------


def test_the_asynchronous_client_does_the_same(sandbox, account, native) -> None:
    queue_id = asyncio.run(_send_and_look(sandbox, account))
    assert when_done(native, queue_id)["sent"] == 2


async def _send_and_look(sandbox: Sandbox, account: str) -> int:
    made_of = {"api_key": sandbox.onlyfansapi_key, "base_url": sandbox.base_url, "max_retries": 0}
    async with sdk.AsyncOnlyFansAPI(**made_of, _strict_response_validation=True) as client:
        made, who, later = await asyncio.gather(
            client.mass_messaging.send(account, text="At the same time", user_ids=["123", "456"]),
            client.whoami.retrieve(),
            client.mass_messaging.send(account, text="Not yet", user_ids=["123"], scheduled_date=in_days(2)),
        )
        assert who.api_key.name
        listed = await client.mass_messaging.list(account)
        assert {made.data.id, later.data.id} <= {item.id for item in listed.data}
        edited = await client.mass_messaging.update(str(later.data.id), account=account, text="Never")
        assert edited.data.id == later.data.id
        gone = await client.mass_messaging.delete(str(later.data.id), account=account)
        assert gone.data.success is True
        assert (await client.mass_messaging.retrieve_overview(account, limit=1)).data.items
        return made.data.id


def test_a_retry_of_the_stock_client_sends_nothing_twice(sandbox, account, ofauth, native) -> None:
    """It repeats a POST whose answer was lost, marked as a retry: the first answer comes back."""
    lost = _LosesTheFirstAnswer()
    with httpx.Client(transport=lost) as wire, _client(sandbox, max_retries=2, http_client=wire) as client:
        made = client.mass_messaging.send(account, text="Only once", user_ids=["123"]).data
    assert lost.posts == 2
    assert when_done(native, made.id)["sent"] == 1
    texts = [
        m["text"] for m in ofauth.get("/v2/access/chats/123/messages", params={"limit": 20}).json()["list"]
    ]
    assert texts.count("<p>Only once</p>") == 1


def test_a_retry_of_the_stock_client_does_no_other_write_twice_either(sandbox, account) -> None:
    """A list is made once, and what the lost first try unsent or deleted is told as if it had been heard."""

    def losing() -> sdk.OnlyFansAPI:
        return _client(sandbox, max_retries=2, http_client=httpx.Client(transport=_LosesTheFirstAnswer()))

    with losing() as client:
        made = client.user_lists.create(account, name="Only one").data
        listed = _lists(client, account)
        assert [each.id for each in listed if each.name == "Only one"] == [made.id]
        sent = client.mass_messaging.send(account, text="Never mind", user_ids=["123"]).data
    with losing() as client:
        assert client.mass_messaging.delete(str(sent.id), account=account).data.success is True
    with losing() as client:
        assert client.user_lists.delete(str(made.id), account=account).data.success is True


class _LosesTheFirstAnswer(httpx.HTTPTransport):
    """The wire itself: every request reaches the server, the first answer does not come back."""

    posts = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        self.posts += 1
        if self.posts == 1:
            response.close()
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return response


def _lists(client: sdk.OnlyFansAPI, account: str) -> list[Any]:
    """All there are: other tests leave theirs."""
    lists: list[Any] = []
    while page := client.user_lists.list(account, limit=10, offset=len(lists)).data:
        lists += page
    return lists


def _list_of(client: sdk.OnlyFansAPI, account: str, *fans: str) -> str:
    made = client.user_lists.create(account, name=f"Of {' '.join(fans)}").data
    client.user_lists.users.add(str(made.id), account=account, ids=list(fans))
    return str(made.id)
