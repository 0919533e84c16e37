"""A scheduled message is listed, edited key by key, and gone once deleted: nobody gets it."""

from datetime import datetime

from onlyfans_sdk import messages, models
from scenario import VERSION, client, copies, in_days, mass_messages, new_list, refused, scheduled

first, later = in_days(10), in_days(20)

with client() as c:
    body = {"text": f"Next week {VERSION}", "userLists": [new_list(c, 123)], "scheduledDate": first}
    made = messages.create_mass_messages(c, body)
    mass_message_id = str(made["id"])
    assert datetime.fromisoformat(made["date"]) == datetime.fromisoformat(first), made
    assert datetime.fromisoformat(made["scheduledDate"]) == datetime.fromisoformat(first), made
    assert made["isDone"] is False, made

    assert made["id"] in [item["id"] for item in scheduled(c, limit=20)["list"]]
    assert made["id"] in [item["id"] for item in mass_messages(c, type="scheduled", limit=20)["list"]]
    assert made["id"] not in [item["id"] for item in mass_messages(c, type="sent", limit=20)["list"]]

    edited = messages.replace_mass_messages(
        c, mass_message_id, {"text": "Even later", "scheduledDate": later}
    )
    models.V2AccessMassMessagesMassMessageIdPutResponse.model_validate(edited)
    assert edited["id"] == made["id"], edited
    assert datetime.fromisoformat(edited["scheduledDate"]) == datetime.fromisoformat(later), edited
    seen = messages.get_mass_messages(c, mass_message_id)
    assert seen["text"] == "<p>Even later</p>", seen
    # Absent keys keep their values: the audience is still that list, and so it can still be priced.
    messages.replace_mass_messages(c, mass_message_id, {"mediaItems": [789], "price": 5})
    assert messages.get_mass_messages(c, mass_message_id)["price"] in {"5", "5.00"}

    gone = messages.delete_mass_messages(c, mass_message_id)
    assert gone["success"] is True, gone
    error = refused(messages.get_mass_messages, c, mass_message_id)
    assert (error.status, error.code) == (404, "RESOURCE_NOT_FOUND")
    assert made["id"] not in [item["id"] for item in scheduled(c, limit=20)["list"]]
    assert copies(c, 123, made) == []
