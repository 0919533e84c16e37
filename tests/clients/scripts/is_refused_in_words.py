"""A refused send raises the SDK's error with a code and a sentence, and leaves nothing behind."""

from onlyfans_sdk import messages
from scenario import client, in_days, mass_messages, refused

TO_ONE = {"userIds": [123]}
REFUSED = (
    {"text": "Nobody chosen"},
    {"text": "No such list", "userLists": [987654321]},
    {"text": "No such fan", "userIds": [987654321]},
    {"text": "Yesterday", "scheduledDate": in_days(-1), **TO_ONE},
    {"text": "Some day", "scheduledDate": "some day", **TO_ONE},
    {"text": "Too cheap", "mediaItems": [12345], "price": 2, **TO_ONE},
    {"text": "Too dear", "mediaItems": [12345], "price": 201, **TO_ONE},
    {"text": "Sold for nothing", "price": 5, **TO_ONE},
    {"text": "More shown than there is", "mediaItems": [12345], "price": 5, "previewMediaCount": 2, **TO_ONE},
    {"text": "No such media", "mediaItems": [987654321], **TO_ONE},
    {"text": "x" * 10_001, **TO_ONE},
    {"text": "", **TO_ONE},
)


def newest_id(c) -> int:
    return max((item["id"] for item in mass_messages(c, limit=1)["list"]), default=0)


with client() as c:
    before = newest_id(c)
    for body in REFUSED:
        error = refused(messages.create_mass_messages, c, body)
        assert (error.status, error.code) == (400, "BAD_REQUEST"), (body, vars(error))
    assert newest_id(c) == before

    for call in (messages.get_mass_messages, messages.delete_mass_messages):
        assert (refused(call, c, "987654321")).status == 404
    error = refused(messages.replace_mass_messages, c, "987654321", {"text": "Nothing there"})
    assert (error.status, error.code) == (404, "RESOURCE_NOT_FOUND"), vars(error)
    error = refused(c.proxy, "/users/me")
    assert (error.status, error.code) == (404, "ROUTE_NOT_FOUND"), vars(error)
