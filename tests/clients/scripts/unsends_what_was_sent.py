"""A sent message deleted within its window leaves every chat and stays listed as unsent."""

from onlyfans_sdk import messages
from scenario import VERSION, client, copies, mass_messages, new_list, refused, sent_to

with client() as c:
    body = {"text": f"Wrong picture {VERSION}", "userLists": [new_list(c, 123, 456)]}
    made = messages.create_mass_messages(c, body)
    mass_message_id = str(made["id"])
    sent_to(c, made, 2)
    assert len(copies(c, 123, made)) == 1
    assert made["id"] in [item["id"] for item in mass_messages(c, type="sent", limit=20)["list"]]

    # What has been sent can no longer be edited.
    assert refused(messages.replace_mass_messages, c, mass_message_id, {"text": "Too late"}).status == 400

    gone = messages.delete_mass_messages(c, mass_message_id)
    assert gone["success"] is True, gone
    queue = gone.get("queue") or messages.get_mass_messages(c, mass_message_id)
    assert queue["isCanceled"] is True, queue
    assert queue["canUnsend"] is False, queue
    assert queue["unsendSeconds"] == 0, queue

    assert copies(c, 123, made) == copies(c, 456, made) == []
    assert made["id"] in [item["id"] for item in mass_messages(c, type="unsent", limit=20)["list"]]
    assert refused(messages.delete_mass_messages, c, mass_message_id).status == 400
