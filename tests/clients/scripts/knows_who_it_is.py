"""The key says whose it is, with or without a connection; the connection says which creator it acts for."""

from onlyfans_sdk import account, models
from onlyfans_sdk import self as me
from scenario import client, refused

with client() as c:
    who = account.whoami(c)
    models.V2AccountWhoamiGetResponse.model_validate(who)
    assert "messages:write" in who["permissions"], who
    creator = me.list_selfs(c)
    assert creator["isAuth"] is True, creator
    assert isinstance(creator["id"], int), creator
    assert {"username", "name", "isVerified", "avatar", "subscribersCount"} <= creator.keys(), creator
    assert creator["subscribersCount"] > 0, creator
    # The vendor's avatar may be null, which the SDK's generated models have lost.
    told = {**me.update_self(c, {}), "avatar": ""}
    models.V2AccessSelfPatchResponse.model_validate(told)

with client(connection_id=None) as c:
    assert account.whoami(c) == who
    error = refused(me.list_selfs, c)
    assert (error.status, error.code) == (401, "SESSION_NOT_PROVIDED"), vars(error)

with client(base_url=f"{c.base_url}/", connection_id="conn_of_nobody") as c:
    assert account.whoami(c) == who
    error = refused(me.list_selfs, c)
    assert (error.status, error.code) == (401, "SESSION_NOT_PROVIDED"), vars(error)

with client(api_key="sk_sandbox_of_nobody") as c:
    for call in (account.whoami, me.list_selfs):
        error = refused(call, c)
        assert (error.status, error.code) == (401, "UNAUTHORIZED"), vars(error)
