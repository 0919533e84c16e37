"""Users are looked up, searched, restricted and let go; subscribers get notes, names and discounts."""

from onlyfans_sdk import subscribers, users
from scenario import client, fits, refused

with client() as c:
    # Nobody that another scenario counts on.
    fan = subscribers.list_subscribers(c, type="active", limit=10)["list"][-1]["id"]
    named = str(fan)
    listed = users.list_lists(c, ["123", named])
    fits("V2AccessUsersListGetResponse", listed)
    assert named in str(listed), listed

    one = users.get_users(c, named)
    assert one["id"] == fan, one
    found = users.list_searchs(c, query=one["username"], limit=5)
    for user in found:
        fits("V2AccessUsersSearchGetResponseItem", user)
    assert fan in [user["id"] for user in found], found
    assert refused(users.get_users, c, "987654321").status == 404

    users.create_restrict(c, named)
    held = [user["id"] for user in users.iter_restricts(c)]
    assert fan in held, held
    users.delete_restrict(c, named)
    assert fan not in [user["id"] for user in users.iter_restricts(c)]

    subscribers.set_note(c, named, {"notice": "Likes cats"})
    subscribers.set_custom_name(c, named, {"displayName": "Robbie"})
    subscribers.set_discount(c, named, {"discount": 20, "period": 3})
    found = subscribers.list_subscribers(c, query="Robbie", limit=100)["list"]
    (seen,) = [one for one in found if one["id"] == fan]
    assert (seen["notice"], seen["displayName"]) == ("Likes cats", "Robbie"), seen
    assert seen["subscription"]["discountPercent"] == 20, seen["subscription"]
    subscribers.set_note(c, named, {"notice": ""})
