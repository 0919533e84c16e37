"""A mass message to two lists and one id reaches their union once each, and nobody on an excluded list."""

from onlyfans_sdk import messages, models
from scenario import VERSION, client, copies, new_list, sent_to

with client() as c:
    first, second = new_list(c, 123, 456), new_list(c, 456, 789)
    left_out = new_list(c, 789, 1213)

    made = messages.create_mass_messages(
        c,
        {
            "text": f"Hello **everyone** of {VERSION}",
            "userLists": [int(first), second],
            "userIds": [1011, "1213", 123],
            "excludeUserLists": [left_out],
        },
    )
    models.V2AccessMassMessagesPostResponse.model_validate(made)
    assert made["total"] in {-1, 3}, made
    assert made["canUnsend"] is True, made
    assert made["isCanceled"] is made["hasError"] is made["isCouplePeopleMedia"] is False, made

    whole = sent_to(c, made, 3)
    assert whole["isCanceled"] is False, whole

    for fan in (123, 456, 1011):
        (copy,) = copies(c, fan, made)
        assert copy["text"] == f"<p>Hello <strong>everyone</strong> of {VERSION}</p>", copy
        assert copy["isFromQueue"] is True, copy
        assert {"id", "name", "_view"} <= copy["fromUser"].keys(), copy
    for fan in (789, 1213):
        assert copies(c, fan, made) == []
