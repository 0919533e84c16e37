"""Subscribers are listed by kind, found by name, and walked page by page without a repeat."""

from onlyfans_sdk import subscribers
from scenario import client, in_days

KEYS = {
    "id", "name", "username", "displayName", "isVerified", "avatar", "avatarThumbs", "lastSeen",
    "subscription", "spending", "isRestricted", "isBlocked", "capabilities", "lists",
}  # fmt: skip

with client() as c:
    page = subscribers.list_subscribers(c)
    assert len(page["list"]) == 10, len(page["list"])
    assert page["hasMore"] is True, page["hasMore"]
    assert page["list"][0].keys() >= KEYS, KEYS - page["list"][0].keys()
    # The SDK's own ceiling is 100, the guides' 20: more than is given is clamped, never refused.
    for limit in (21, 100, 500):
        assert len(subscribers.list_subscribers(c, limit=limit)["list"]) == 20, limit

    active = list(subscribers.iter_subscribers(c, type="active"))
    expired = list(subscribers.iter_subscribers(c, type="expired"))
    everybody = list(subscribers.iter_subscribers(c, type="all", page_size=100))
    ids = [fan["id"] for fan in everybody]
    assert len(ids) == len(set(ids)) >= 1_000, len(ids)
    assert active, "nobody is active"
    assert expired, "nobody has expired"
    assert all(fan["subscription"]["isActive"] and not fan["subscription"]["isExpired"] for fan in active)
    assert all(fan["subscription"]["isExpired"] and not fan["subscription"]["isActive"] for fan in expired)
    assert {fan["id"] for fan in active} | {fan["id"] for fan in expired} <= set(ids)

    someone = active[0]
    found = subscribers.list_subscribers(c, query=someone["username"])
    assert someone["id"] in [fan["id"] for fan in found["list"]], found
    latest = subscribers.list_subscribers(
        c, type="latest", latest_type="new", start_date=in_days(-365), end_date=in_days(0), limit=20
    )
    began = [fan["subscription"]["subscribedAt"] for fan in latest["list"]]
    assert began == sorted(began, reverse=True), began
    # This SDK sends `filter` as the text of a Python dict; the server makes sense of it or ignores it.
    assert "list" in subscribers.list_subscribers(c, filter={"online": "1"}, limit=5)
