"""OnlyFansAPI's own Python SDK, `onlyfans` 0.2.0, unmodified: queue, drafts, welcome message, Giphy, chats.

`strict` refuses an answer whose types differ from the SDK's models. It is off where these are narrower than the
vendor's own answers: the figures of a daily limit typed as texts (chats).
"""

from datetime import UTC, datetime, timedelta

import onlyfansapi as sdk
import pytest

from tests.clients.live import until, when_done

pytestmark = pytest.mark.clients

FAN = "1213"


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%d")


def window() -> dict[str, str]:
    return {"publish_date_start": day(1), "publish_date_end": day(40), "timezone": "Africa/Accra"}


def test_what_waits_is_listed_counted_and_published(strict, account, native) -> None:
    made = strict.mass_messaging.send(account, text="Waits", user_ids=[FAN], scheduled_date=day(7)).data
    (found,) = [item for item in strict.queue.list(account, **window(), limit=100, type=["chat", "post"]).data.list
                if item.id == made.id]  # fmt: skip
    assert (found.type, found.entity.queue_id, found.entity.raw_text) == ("chat", made.id, "Waits")
    assert found.publish_date_time == f"{day(7)}T00:00:00+00:00"
    counted = strict.queue.count(account, **window()).data.list
    assert counted.model_extra[day(7)]["chat"] >= 1
    assert strict.queue.publish(str(made.id), account=account).data.success is True
    assert when_done(native, made.id)["sent"] == 1


def test_drafts_are_listed_and_their_sending_is_switched(strict, account) -> None:
    made = strict.mass_messaging.send(account, text="Kept", user_ids=[FAN], save_for_later=True).data
    page = strict.saved_for_later.messages.list(account, limit=10, offset=0).data
    assert (page.list[0].id, page.list[0].entity.user_ids) == (made.id, [FAN])
    settings = strict.saved_for_later.messages.settings
    assert settings.enable_or_update_automatic_messaging(account, period=12).data.period == 12
    seen = settings.retrieve(account).data
    assert (seen.is_enabled, seen.current_code, seen.options) == (True, 12, [6, 12, 24, 48])
    assert settings.disable_automatic_messaging(account).data == []
    assert settings.retrieve(account).data.is_enabled is False
    strict.mass_messaging.delete(str(made.id), account=account)


def test_banned_words_arrive_as_the_error_the_sdk_knows(strict, account) -> None:
    with pytest.raises(sdk.UnprocessableEntityError) as refusal:
        strict.mass_messaging.send(account, text="So drunk", user_ids=[FAN], block_banned_words="risky")
    body = refusal.value.body
    assert isinstance(body, dict)
    assert [each["word"] for each in body["banned_words"]] == ["drunk"]


def test_the_welcome_message_is_written_and_switched(strict, account) -> None:
    welcome = strict.settings.welcome_message
    made = welcome.update(account, text="Welcome!", media_files=[789], price=0, rf_tag="7").data
    assert (made.display_text, made.is_active, [item.id for item in made.media]) == ("Welcome!", True, [789])
    assert welcome.toggle(account, enabled=False).data.success is True
    assert welcome.retrieve(account).data.is_active is False


def test_what_is_not_here_is_said_in_words(strict, account) -> None:
    assert strict.release_forms.list_taggable_users(account, filter="all", limit=50).data.items == []
    for call in (
        lambda: strict.release_forms.create_invitation_link(account, name="Ann"),
        lambda: strict.giphy.search(account, q="cat"),
        lambda: strict.giphy.list_trending(account),
    ):
        with pytest.raises(sdk.BadRequestError) as refusal:
            call()
        assert refusal.value.body["message"]  # type: ignore[index]


def test_a_chat_lives_a_whole_life(client, account) -> None:
    messages = client.chats.messages
    made = messages.send(FAN, account=account, text="Just you", idempotency_key="whole-life").data
    again = messages.send(FAN, account=account, text="Just you", idempotency_key="whole-life").data
    assert again.id == made.id
    assert made.queue_id != made.id
    one = {"account": account, "chat_id": FAN}
    assert messages.retrieve(str(made.id), **one).data.text == "<p>Just you</p>"
    assert messages.list(FAN, account=account, limit="10").data[0].id == made.id
    assert made.id in messages.search(FAN, account=account, query="just").data
    assert messages.pin(str(made.id), **one).data.success is True
    assert [item.id for item in messages.list(FAN, account=account, filter="pinned").data] == [made.id]
    assert messages.unpin(str(made.id), **one).data.success is True
    for verb in ("mark_as_unread", "mark_as_read", "mute", "unmute", "start_typing", "hide"):
        assert getattr(client.chats, verb)(FAN, account=account).data.success is True, verb
    messages.send(FAN, account=account, text="Back")
    page = client.chats.list(account, limit="20", order="recent").data
    assert until(lambda: int(FAN) in [chat.fan.id for chat in page], "the chat comes back")
    assert client.chats.list_media(FAN, account=account).data.has_more in (True, False)
    assert messages.delete(str(made.id), **one).data.success is True
    with pytest.raises(sdk.NotFoundError):
        messages.retrieve(str(made.id), **one)
