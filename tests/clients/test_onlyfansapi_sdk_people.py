"""Fans, users, the creator and what is not offered, through OnlyFansAPI's own Python SDK on a live sandbox.

What a fan did is told through the native API first, so that every answer can be held against what is known.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import onlyfansapi as sdk
import pytest

from tests.clients.live import Sandbox, SandboxProcess, when_done

pytestmark = pytest.mark.clients
DAY = timedelta(days=1)
NewFan = Callable[..., str]


def ago(days: float) -> datetime:
    """To the second, as lists print it."""
    return (datetime.now(UTC) - days * DAY).replace(microsecond=0)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def new_fan(native: httpx.Client) -> NewFan:
    """Makes a fan that nobody else knows, and what the fan has paid for; returns the id."""

    def make(name: str, *paid: dict[str, Any]) -> str:
        fan_id = str(70_000_000 + sum(native_fans(native)))
        assert native.put(f"/v1/fans/{fan_id}", json={"username": f"{name}{fan_id}"}).is_success
        for one in paid:
            path = "subscriptions" if "action" in one else "tips"
            answer = native.post(f"/v1/fans/{fan_id}/{path}", json=_on_the_wire(one))
            assert answer.is_success, answer.text
        return fan_id

    return make


def native_fans(native: httpx.Client) -> Iterator[int]:
    """One for each fan there is, so that every new one gets another id."""
    after: dict[str, str] = {}
    while True:
        page = native.get("/v1/fans", params={"limit": 1_000, **after}).json()
        yield len(page["list"])
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def _on_the_wire(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def started(days: float, *, cents: int = 999) -> dict[str, Any]:
    return {"action": "start", "at": ago(days), "expires_at": ago(days - 30), "price_cents": cents}


def ids(found: Any) -> list[str]:
    return [str(fan.id) for fan in found]


# ---- fans


def test_the_latest_fans_are_who_came_last_or_renewed_last(
    client: sdk.OnlyFansAPI, account: str, new_fan: NewFan
) -> None:
    came = [new_fan("newcomer", started(0)) for _ in range(3)]
    renewal = {"action": "renew", "at": ago(0), "expires_at": ago(-60), "price_cents": 999}
    renewed = new_fan("regular", started(20), renewal)
    latest = client.fans.list_latest
    new = latest(account, type="new", limit=3).data
    assert ids(new.users) == came[::-1]
    assert (new.has_more, new.offset) == (True, 3)
    assert all(
        user.subscribed_on and moment(user.subscribed_on_data.subscribe_at) > ago(1) for user in new.users
    )
    assert ids(latest(account, type="new", limit=2, offset=1).data.users) == came[1::-1]
    by_renewal = latest(account, type="renew", limit=1).data.users
    assert ids(by_renewal) == [renewed]
    assert moment(by_renewal[0].subscribed_on_data.renewed_at) > ago(1)
    assert set(ids(latest(account, limit=4).data.users)) == {*came, renewed}
    today, long_ago = f"{datetime.now(UTC):%Y-%m-%d}", f"{ago(5_000):%Y-%m-%d}"
    yesterday = f"{ago(1):%Y-%m-%d}"
    windowed = latest(account, type="new", start_date=yesterday, end_date=today, limit=50).data
    assert set(came) <= set(ids(windowed.users))
    assert renewed not in ids(windowed.users)
    nobody = latest(account, start_date=long_ago, end_date=long_ago).data
    assert (nobody.users, nobody.has_more) == ([], False)


def test_the_top_fans_are_who_spent_most_on_what_is_asked(
    client: sdk.OnlyFansAPI, account: str, new_fan: NewFan
) -> None:
    reference = datetime.now(UTC).isoformat()
    tips = new_fan(
        "tipper",
        *({"amount_cents": 100_000, "payment_reference": f"{reference}-{n}"} for n in range(6)),
    )
    stays = new_fan("stays", started(1, cents=500_000))
    top = client.fans.list_top
    by_tips = top(account, by="tips").data.users
    assert ids(by_tips)[0] == tips
    total = top(account, by="total").data.users
    assert ids(total)[:2] == [tips, stays]
    assert ids(top(account, by="subscribes").data.users)[0] == stays
    for users, amount in ((total, "total_summ"), (by_tips, "tips_summ")):
        # Who never subscribed has no sums to show, here as there.
        sums = [getattr(user.subscribed_on_data, amount) for user in users if user.subscribed_on_data]
        assert sums == sorted(sums, reverse=True)
        assert sums
    assert total[1].subscribed_on_data.total_summ == 5_000
    assert top(account, by="streams").data.users == []
    long_ago = f"{ago(5_000):%Y-%m-%d}"
    assert top(account, start_date=long_ago, end_date=long_ago).data.users == []


def test_a_custom_name_is_shown_found_and_cleared(
    client: sdk.OnlyFansAPI, account: str, new_fan: NewFan
) -> None:
    fan = new_fan("plain")
    named = client.fans.set_custom_name(fan, account=account, custom_name="Captain Nemo").data
    assert (str(named.id), named.display_name) == (fan, "Captain Nemo")
    assert ids(client.fans.list_all(account, query="captain nem").data.list) == [fan]
    assert client.fans.set_custom_name(fan, account=account, custom_name="").data.display_name == ""
    assert client.fans.list_all(account, query="captain nem").data.list == []


def test_notes_are_kept_until_they_are_cleared(
    client: sdk.OnlyFansAPI, account: str, new_fan: NewFan
) -> None:
    fan, notes = new_fan("noted"), client.fans.notes
    assert notes.get_notes(fan, account=account).data.notes == ""
    assert notes.create_edit_notes(fan, account=account, notes="Likes cats").data.notice == "Likes cats"
    assert notes.create_edit_notes(fan, account=account, notes="Likes dogs").data.notice == "Likes dogs"
    assert notes.get_notes(fan, account=account).data.notes == "Likes dogs"
    assert client.users.retrieve(fan, account=account).data.notice == "Likes dogs"
    assert notes.clear_notes(fan, account=account).data.notice == ""
    assert notes.get_notes(fan, account=account).data.notes == ""
    with pytest.raises(sdk.NotFoundError):
        notes.get_notes("987654321", account=account)


def test_a_subscription_history_has_every_paid_time_newest_first(
    client: sdk.OnlyFansAPI, account: str, new_fan: NewFan
) -> None:
    first = started(40)
    renewal = {"action": "renew", "at": ago(10.5), "expires_at": ago(-20), "price_cents": 1_299}
    fan = new_fan("loyal", first, renewal)
    history = client.fans.get_subscription_history(fan, account=account).data
    told = [(moment(one.subscribe_date), moment(one.expire_date), one.price) for one in history.list]
    assert told == [(renewal["at"], renewal["expires_at"], 12.99), (first["at"], first["expires_at"], 9.99)]
    assert history.has_more is False
    assert client.fans.get_subscription_history(new_fan("never"), account=account).data.list == []


def test_a_summary_is_refused_in_words(client: sdk.OnlyFansAPI, account: str) -> None:
    summary = client.fans.summary
    for ask in (summary.get_summary, summary.generate_summary):
        with pytest.raises(sdk.BadRequestError) as refused:
            ask("123", account=account)
        assert "no provider for summaries" in refused.value.body["message"]


# ---- users


def test_users_are_read_by_name_by_id_and_several_at_once(client: sdk.OnlyFansAPI, account: str) -> None:
    ann = client.users.retrieve("ann", account=account).data
    assert (ann.id, ann.username, ann.name) == (123, "ann", "Ann")
    assert client.users.retrieve("123", account=account).data.id == 123
    some = client.users.list(account, ids="456,123,987654321").data.to_dict()
    assert {key: fan["username"] for key, fan in some.items()} == {"456": "bo.larsen", "123": "ann"}
    with pytest.raises(sdk.NotFoundError):
        client.users.retrieve("nobody.at.all", account=account)
    with pytest.raises(sdk.UnprocessableEntityError) as many:
        client.users.list(account, ids=",".join(map(str, range(1, 12))))
    assert list(many.value.body["errors"]) == ["ids"]


def test_a_blocked_user_is_sent_nothing_and_a_restricted_one_is(
    client: sdk.OnlyFansAPI, account: str, native: httpx.Client, new_fan: NewFan
) -> None:
    fan, users = new_fan("unwanted", started(1)), client.users

    def reached() -> int:
        sent = client.mass_messaging.send(account, text="Who hears?", user_ids=[fan]).data
        return int(when_done(native, sent.id)["sent"])

    blocked = users.block.create(fan, account=account).data
    assert (blocked.is_blocked, blocked.can_receive_chat_message) == (True, False)
    assert users.retrieve(fan, account=account).data.is_blocked is True
    assert reached() == 0
    assert users.block.delete(fan, account=account).data.is_blocked is False
    assert users.restrict.create(fan, account=account).data.is_restricted is True
    assert users.retrieve(fan, account=account).data.is_restricted is True
    assert reached() == 1
    assert users.restrict.delete(fan, account=account).data.is_restricted is False
    with pytest.raises(sdk.NotFoundError):
        users.block.create("987654321", account=account)


# ---- the creator


def test_the_creator_is_told_what_is_known(
    strict: sdk.OnlyFansAPI, account: str, native: httpx.Client
) -> None:
    (ours,) = [one for one in strict.accounts.list() if one.id == account]

    def current() -> int:
        rules = native.post("/v1/audiences/preview", json={"user_lists": ["fans"]}).json()["rules"]
        return int(next(rule["added"] for rule in rules if rule["rule"] == "user_lists:fans"))

    before = current()
    me = strict.me.retrieve(account).data
    assert (me.id, me.username, me.name) == (ours.onlyfans_id, ours.onlyfans_username, ours.display_name)
    # Meanwhile somebody's subscription may end by itself.
    assert before >= me.subscribers_count >= current() > 0
    made = native.get(f"/v1/accounts/{account}").json()["created_at"]
    start = strict.me.get_model_start_date(account).data.start_date
    assert abs(moment(start) - moment(made)) < timedelta(seconds=1)
    # There is nobody to compare with, and no figure is made up.
    top = strict.me.get_top_percentage(account).data.to_dict()
    assert top["top_percentage"] is None
    assert top["message"]


def test_a_disconnected_account_is_gone_for_the_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    process = SandboxProcess(tmp_path_factory.mktemp("disconnected"), fans=20)
    try:
        _disconnect(process.ready())
    finally:
        process.stop()


def _disconnect(sandbox: Sandbox) -> None:
    account = sandbox.account
    with sdk.OnlyFansAPI(api_key=sandbox.onlyfansapi_key, base_url=sandbox.base_url, max_retries=0) as client:
        later = (datetime.now(UTC) + DAY).isoformat()
        client.mass_messaging.send(account, text="Never", user_lists=["fans"], scheduled_date=later)
        with pytest.raises(sdk.NotFoundError):
            client.accounts.disconnect("acct_SOMEBODYELSE")
        assert client.accounts.disconnect(account)["data"] == {"success": True}
        assert client.accounts.list() == []
        for gone in (lambda: client.me.retrieve(account), lambda: client.accounts.disconnect(account)):
            with pytest.raises(sdk.NotFoundError) as refused:
                gone()
            assert refused.value.body["error"] == "ACCOUNT_NOT_FOUND"
        assert client.whoami.retrieve().api_key.name


# ---- what is not offered


def test_nobodys_pages_are_scraped(client: sdk.OnlyFansAPI, account: str) -> None:
    with pytest.raises(sdk.UnprocessableEntityError) as refused:
        client.media.scrape(account, url="https://cdn.example/1.jpg")
    (why,) = refused.value.body["errors"]["url"]
    assert "file_url" in why


def test_release_forms_are_refused_before_a_link_leads_nowhere(client: sdk.OnlyFansAPI, account: str) -> None:
    forms = client.release_forms
    assert forms.list_taggable_users(account).data.items == []
    for make in (forms.create_invitation_link, forms.create_release_form):
        with pytest.raises(sdk.BadRequestError) as refused:
            make(account, name="A guest")
        assert "keeps no release forms" in refused.value.body["message"]
        with pytest.raises(sdk.UnprocessableEntityError) as nameless:
            make(account, name=" ")
        assert list(nameless.value.body["errors"]) == ["name"]
