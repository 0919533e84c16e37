"""A date alone means all current subscribers who began after it; with a list it narrows the list."""

from datetime import datetime

from onlyfans_sdk import messages, subscribers, user_lists
from scenario import VERSION, client, in_days, sent_to

since = in_days(-90)
moment = datetime.fromisoformat(since)


def is_new_and_reachable(fan: dict) -> bool:
    began = fan["subscription"]["subscribedAt"]
    is_new = began is not None and datetime.fromisoformat(began) > moment
    return is_new and fan["capabilities"]["canReceiveMessages"] and not fan["isBlocked"]


with client() as c:
    everybody = list(subscribers.iter_subscribers(c, type="active"))
    wanted = {fan["id"] for fan in everybody if is_new_and_reachable(fan)}
    assert 0 < len(wanted) < len(everybody), (len(wanted), len(everybody))

    alone = messages.create_mass_messages(c, {"text": f"Welcome {VERSION}", "subscribedAfterDate": since})
    sent_to(c, alone, len(wanted))

    body = {"text": f"Welcome, list, {VERSION}", "userLists": [2], "subscribedAfterDate": since}
    narrowed = messages.create_mass_messages(c, body)
    members = {fan["id"] for fan in user_lists.iter_users_lists_users(c, "2")}
    # A list may hold fans whose subscription is over: they count too when they began after the date.
    began = {fan["id"] for fan in subscribers.iter_subscribers(c) if is_new_and_reachable(fan)}
    sent_to(c, narrowed, len(members & began))
