"""A connection is imported, renewed, listed, invalidated and removed."""

from onlyfans_sdk import account
from onlyfans_sdk import self as me
from scenario import VERSION, client, fits, refused

SESSION = {"cookie": "sess=opaque", "userAgent": "Mozilla/5.0"}

with client() as c:
    made = account.create_connections_connections_import(c, {**SESSION, "clientReferenceId": f"of {VERSION}"})
    fits("V2AccountConnectionsImportPostResponse", made)
    new = made["id"]
    assert new in [each["id"] for each in account.iter_connections(c)]
    account.update_connections_connections_import(c, new, SESSION)

    with client(connection_id=new) as mine:
        assert me.list_selfs(mine)["isAuth"] is True
        account.invalidate_connections(c, new)
        assert refused(me.list_selfs, mine).status == 401
        account.update_connections_connections_import(c, new, SESSION)
        assert me.list_selfs(mine)["isAuth"] is True
        account.delete_connections(c, new)
        assert refused(me.list_selfs, mine).status == 401
    assert new not in [each["id"] for each in account.iter_connections(c)]
