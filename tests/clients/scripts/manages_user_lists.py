"""User lists live a whole life: made, found, renamed, filled, emptied, deleted."""

from onlyfans_sdk import models, user_lists
from scenario import VERSION, add_to_lists, client, create_user_list, new_list, refused

name = f"Regulars of {VERSION}"

with client() as c:
    made = create_user_list(c, {"name": name})
    models.V2AccessUsersListsPostResponse.model_validate(made)
    list_id = made["id"]
    assert isinstance(list_id, str), made
    assert (made["name"], made["type"], made["usersCount"], made["users"]) == (name, "custom", 0, []), made

    found = user_lists.list_users_users_lists(c, query=name, limit=10)
    assert [found_list["id"] for found_list in found["list"]] == [list_id], found
    assert found["hasMore"] is False, found
    every_id = [each["id"] for each in user_lists.iter_users_users_lists(c, page_size=3)]
    assert len(every_id) == len(set(every_id)), every_id
    assert {list_id, "1", "2", "3", "4", "5", "fans"} <= set(every_id), every_id

    name += ", renamed"
    assert user_lists.update_users_users_lists(c, list_id, {"name": name})["name"] == name
    assert user_lists.get_users_users_lists(c, list_id)["name"] == name
    assert user_lists.get_users_users_lists(c, "fans")["canDelete"] is False

    for fan in ("123", "456", "456"):  # adding twice changes nothing
        answer = user_lists.create_users_lists_users(c, list_id, fan)
        assert answer["userState"]["hasUser"] is True, answer
    page = user_lists.list_users_lists_users(c, list_id, limit=1)
    assert page["hasMore"] is True, page
    both = {fan["id"] for fan in user_lists.iter_users_lists_users(c, list_id, page_size=1)}
    assert both == {123, 456}, both
    assert user_lists.get_users_users_lists(c, list_id)["usersCount"] == 2

    user_lists.delete_users_lists_users(c, list_id, "123")
    assert [fan["id"] for fan in user_lists.list_users_lists_users(c, list_id)["list"]] == [456]

    other = new_list(c)
    added = add_to_lists(c, "789", {"listIds": [int(list_id), int(other)]})
    assert [(str(one["listId"]), one["success"]) for one in added["success"]] == [
        (list_id, True),
        (other, True),
    ], added
    assert 789 in [fan["id"] for fan in user_lists.list_users_lists_users(c, other)["list"]]

    assert user_lists.delete_users_users_lists(c, list_id) == {}
    assert refused(user_lists.get_users_users_lists, c, list_id).status == 404
    assert user_lists.list_users_users_lists(c, query=name)["list"] == []
