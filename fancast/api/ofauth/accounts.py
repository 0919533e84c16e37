"""The key itself (`/v2/account`), and the creator it acts for (`/self`)."""

from typing import Annotated

from msgspec import Meta, Struct

from fancast.api.http import Answer, Call
from fancast.api.ofauth.users import ListOfUser
from fancast.api.ofauth.values import Body, account_of
from fancast.core import accounts, fans
from fancast.model.accounts import PERMISSIONS, Account
from fancast.model.api_keys import ANY_PERMISSION
from fancast.store.database import Tx


class Whoami(Struct, frozen=True):
    """The calling key."""

    id: str
    name: str | None
    permissions: Annotated[list[str], Meta(description="What the key may do where the connection allows it.")]


class SelfInput(Struct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    about: Annotated[str, Meta(max_length=1_000)] | None = None


class Self(Struct, frozen=True, rename="camel", kw_only=True):
    """The creator of the connection."""

    id: int
    username: str
    name: str
    is_auth: bool = True
    is_verified: bool = True
    avatar: str | None = None
    lists: Annotated[list[ListOfUser], Meta(description="Empty: nobody is on a list of their own.")] = []
    subscribers_count: Annotated[int, Meta(description="Current subscribers.")]
    about: str = ""
    posts_count: int = 0
    photos_count: int = 0
    videos_count: int = 0


def whoami(_tx: Tx, call: Call) -> Answer:
    everything = ANY_PERMISSION in call.key.permissions
    permissions = list(PERMISSIONS if everything else call.key.permissions)
    return Answer(Whoami(id=call.key.key_id, name=call.key.name, permissions=permissions))


def get_self(tx: Tx, call: Call) -> Answer:
    return Answer(write_self(tx, account_of(call)))


def change_self(tx: Tx, call: Call) -> Answer:
    body = Body(call.body)
    changed = accounts.describe(
        tx, account_of(call), name=body.text("name"), about=body.text("about"), now=call.now
    )
    return Answer(write_self(tx, changed))


def write_self(tx: Tx, account: Account) -> Self:
    return Self(
        id=account.creator_id, username=account.username, name=account.name, about=account.about,
        subscribers_count=fans.count(tx, account),
    )  # fmt: skip
