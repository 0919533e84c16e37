"""OnlyFansAPI's own Python SDK, `onlyfans` 0.2.0, unmodified: engagement, transactions, statements, balances.

`strict` refuses an answer whose types differ from the SDK's models. It is off where these are narrower than the
vendor's own answers: dollars typed as whole numbers (fees, earnings by month), a percentage of change too, and the
figures of a daily limit typed as texts (charts, the top message).
"""

from datetime import UTC, datetime

import httpx
import onlyfansapi as sdk
import pytest

from tests.clients.live import when_done

pytestmark = pytest.mark.clients

#: Nobody else sells this one: who owns all paid media is left out of a send.
MEDIA, BUYERS = "12348", (123, 456, 1011)


@pytest.fixture(scope="module")
def sold(strict: sdk.OnlyFansAPI, account: str, native: httpx.Client) -> int:
    """A mass message that three fans bought one after the other."""
    made = strict.mass_messaging.send(
        account, text="For sale", user_ids=[str(fan) for fan in BUYERS], media_files=[MEDIA], price=12.5
    ).data
    when_done(native, made.id)
    for fan in BUYERS:
        newest = native.get(f"/v1/fans/{fan}/messages").json()["list"]
        copy = next(each["id"] for each in newest if each["mass_message_id"] == made.id)
        body = {"message_id": copy, "payment_reference": f"strict {fan}"}
        assert native.post(f"/v1/fans/{fan}/purchases", json=body).status_code == 201
    return int(made.id)


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def test_what_was_sold_stands_in_the_engagement(strict, client, account, sold) -> None:
    item = strict.engagement.messages.mass_messages.list(account, limit=1).data.items[0]
    assert (item.id, item.sent_count, item.is_free) == (sold, 3, False)
    messages = client.engagement.messages
    chart = messages.mass_messages.chart(account, start_date=today(), end_date=f"{today()} 23:59:59").data
    assert chart.group_messages_purchases.total >= 37.5
    assert len(chart.group_messages.chart) == 1
    direct = strict.engagement.messages.direct_messages.list(account, limit=5)
    assert all(one.template == "direct" for one in direct.data.items)
    assert messages.direct_messages.chart(account).data.direct_messages.total >= 0


def test_the_top_message_leads_to_its_buyers(client, account, sold, onlyfansapi) -> None:
    top = client.engagement.messages.get_top_message(account).data.purchases
    assert float(top.total_revenue_generated) >= 37.5
    assert onlyfansapi.get(top.relationships.buyers.href).status_code == 200
    pages = client.engagement.messages
    first = pages.get_message_buyers(str(sold), account=account, limit=2).data
    rest = pages.get_message_buyers(str(sold), account=account, limit=2, marker=first.marker).data
    assert [fan.id for fan in [*first.list, *rest.list]] == [*reversed(BUYERS)]
    assert (first.has_more, rest.has_more) == (True, False)


def test_transactions_walk_by_their_markers(client, account, sold) -> None:
    seen, marker = [], {}
    for _ in range(3):
        page = client.transactions.list(account, limit="2", type="chat_messages", **marker).data
        seen += page.list
        marker = {"marker": str(page.next_marker)}
    assert len({line.id for line in seen}) == 6
    newest = seen[0]
    assert (newest.type, newest.amount, newest.net, newest.status) == ("message", 12.5, 10, "loading")
    assert newest.user.id == BUYERS[-1]


def test_statements_and_balances_are_told(strict, client, account, sold) -> None:
    day = today()
    statement = client.statistics.statements.get_earnings(
        account, start_date=day, end_date=f"{day} 23:59:59", type="messages"
    )
    assert statement.data.total.gross >= 37.5
    assert statement.data.total.chart_count[0].count >= 3
    overview = client.statistics.get_overview(account, start_date=day, end_date=f"{day} 23:59:59").data
    assert overview.mass_messages.earnings.gross >= 37.5
    assert strict.statistics.calculate_total_transactions(account).total_transactions > 3
    balances = strict.payouts.retrieve_balances(account).data
    assert balances.payout_pending > 0
    assert balances.payout_available > 0
    assert strict.payouts.retrieve_eligibility(account).data.can_receive_manual_payout is False
    assert strict.payouts.list_requests(account).data.list == []
    assert client.payouts.retrieve_earning_statistics(account).data.list.total.all.total_gross > 0
