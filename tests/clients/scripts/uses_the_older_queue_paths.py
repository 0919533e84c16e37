"""The older documentation's /messages/queue paths are the same mass messages under another name."""

from onlyfans_sdk import messages
from scenario import VERSION, client, in_days, new_list, refused, sent_to

QUEUE = "/v2/access/messages/queue"

with client() as c:
    audience = {"userLists": [new_list(c, 123, 456)]}
    made = c.request("POST", QUEUE, body={"text": f"By the old door {VERSION}", **audience})
    assert sent_to(c, made, 2)["id"] == c.request("GET", f"{QUEUE}/{made['id']}")["id"]

    waiting = c.request("POST", QUEUE, body={"text": "Soon", "scheduledDate": in_days(3), **audience})
    one = f"{QUEUE}/{waiting['id']}"
    for kind, member, stranger in (("sent", made, waiting), ("scheduled", waiting, made)):
        page = c.request("GET", f"{QUEUE}/stats", query={"type": kind, "limit": 20, "offset": 0})
        ids = [item["id"] for item in page["list"]]
        assert member["id"] in ids, (kind, ids)
        assert stranger["id"] not in ids, (kind, ids)
        assert page["hasMore"] in {True, False}, page

    assert c.request("PUT", one, body={"text": "Sooner", "userIds": [123, 456]})["id"] == waiting["id"]
    assert messages.get_mass_messages(c, str(waiting["id"]))["text"] == "<p>Sooner</p>"
    assert c.request("DELETE", one)["success"] is True
    assert refused(c.request, "GET", one).status == 404
