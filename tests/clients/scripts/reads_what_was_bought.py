"""What fans bought and tipped: buyers, charts, earnings and notifications; each iterator comes to its end."""

from importlib import import_module

from onlyfans_sdk import analytics, earnings, messages
from scenario import VERSION, client, copies, in_days, new_list, pays, sent_to

# Who owns all paid media is left out: each version has fans of its own, and nothing else sells this media.
MEDIA, FANS = 12347, {"3.1.0": (123, 456), "3.0.0": (789, 1011), "2.3.0": (1213, 123456)}[VERSION]
its_self = import_module("onlyfans_sdk.self")

with client() as c:
    body = {
        "text": f"For sale {VERSION}",
        "userLists": [new_list(c, *FANS)],
        "mediaItems": [MEDIA],
        "price": 5,
    }
    made = messages.create_mass_messages(c, body)
    sent_to(c, made, 2)
    for fan in FANS:
        (copy,) = copies(c, fan, made)
        pays("purchases", fan, {"message_id": copy["id"], "payment_reference": f"sdk {VERSION} {fan}"})
    pays("tips", FANS[0], {"amount_cents": 700, "payment_reference": f"sdk tip {VERSION}", "text": "thanks"})

    buyers = list(analytics.iter_mass_messages_buyers(c, str(made["id"]), page_size=1))
    assert [buyer["id"] for buyer in buyers] == [*reversed(FANS)], buyers
    assert all(buyer["amount"] == 5 for buyer in buyers), buyers
    page = analytics.list_mass_messages_buyers(c, str(made["id"]), limit=1)
    assert (len(page["list"]), page["hasMore"]) == (1, True), page

    chart = analytics.list_mass_messages_charts(c, start_date=in_days(-1)[:10], end_date=in_days(0)[:10])
    assert chart["group_messages_purchases"]["total"] >= 10, chart
    assert len(chart["group_messages"]["chart"]) == 2, chart

    lines = list(earnings.iter_transactions(c, start_date=in_days(-1 / 24), type="tips", page_size=2))
    assert lines[0]["amounts"]["gross"] == 7, lines[:1]
    assert len({line["id"] for line in lines}) == len(lines), "a page came twice"
    sold = [line for line in earnings.iter_transactions(c, max_items=50) if line["type"] == "chat_messages"]
    assert {line["user"]["id"] for line in sold[:2]} == set(FANS), sold[:2]
    assert list(earnings.iter_chargebacks(c)) == []
    earned = earnings.list_charts(c, by="tips_chat", start_date=in_days(0)[:10])
    assert earned["total"] >= 5.6, earned
    if hasattr(analytics, "list_earnings_transactions"):
        older = analytics.list_earnings_transactions(c, type="tips")
        assert older["list"][0]["id"] == lines[0]["id"], older

    told = list(its_self.iter_notifications(c, type="purchases", page_size=2))
    assert {one["userId"] for one in told[:2]} == set(FANS), told[:2]
    tips = its_self.list_notifications(c, type="tip", limit=1)["list"]
    assert "$7.00" in tips[0]["text"], tips
    if hasattr(analytics, "list_mass_messages_purchaseds"):
        bought = analytics.list_mass_messages_purchaseds(c, limit=1)["items"]
        assert (bought[0]["id"], bought[0]["purchasedCount"]) == (made["id"], 2), bought
