"""Accounts: the creators a key acts for, and their settings."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Moment,
    Sent,
    Told,
    read_after,
    read_body,
    read_fields,
    read_limit,
    write_page,
)
from fancast.core import accounts
from fancast.kit.times import zulu_text
from fancast.model.accounts import Account, OwnedMedia
from fancast.store.database import Tx

CURSOR = "accounts"


class SentSettings(Sent):
    """What shall change about an account; what is not sent stays."""

    pace: Annotated[int | None, Meta(description="Recipients a second; null: unpaced.")] | UnsetType = UNSET
    unsend_window_seconds: int | UnsetType = UNSET
    message_unsend_window_seconds: int | UnsetType = UNSET
    duplicate_guard_seconds: Annotated[int, Meta(description="0: off.")] | UnsetType = UNSET
    owned_media: OwnedMedia | UnsetType = UNSET
    fee_basis_points: int | UnsetType = UNSET
    bare_lists: Annotated[bool, Meta(description="OFAuth's lists as bare arrays.")] | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET


class ToldAccount(Told):
    """A creator this server acts for, and the account's settings."""

    acct_id: str
    connection_id: str
    creator_id: int
    name: str
    username: str
    status: str
    pace: Annotated[int | None, Meta(description="Recipients a second; null: unpaced.")]
    unsend_window_seconds: int
    message_unsend_window_seconds: int
    duplicate_guard_seconds: int
    owned_media: OwnedMedia
    fee_basis_points: int
    bare_lists: bool
    time_zone: str
    created_at: Moment
    updated_at: Moment


class ToldAccounts(Told):
    """In order of making."""

    items: list[ToldAccount] = field(name="list")
    next: str | None


def write_account(seen: Account) -> ToldAccount:
    return ToldAccount(
        acct_id=seen.acct_id, connection_id=seen.connection_id, creator_id=seen.creator_id, name=seen.name,
        username=seen.username, status=seen.status.value, pace=seen.pace,
        unsend_window_seconds=seen.unsend_window_seconds,
        message_unsend_window_seconds=seen.message_unsend_window_seconds,
        duplicate_guard_seconds=seen.duplicate_guard_seconds, owned_media=seen.owned_media,
        fee_basis_points=seen.fee_basis_points, bare_lists=seen.bare_lists, time_zone=seen.time_zone,
        created_at=zulu_text(seen.created_at), updated_at=zulu_text(seen.updated_at),
    )  # fmt: skip


def page(tx: Tx, call: Call) -> Answer:
    limit, after = read_limit(call), read_after(call, CURSOR)
    # A key's accounts are few; they are all read to show some.
    found = [seen for seen in accounts.listing(tx, call.key) if after is None or seen.key > after]
    return Answer(write_page(CURSOR, found[: limit + 1], limit, write_account, lambda seen: seen.key))


def get(tx: Tx, call: Call) -> Answer:
    return Answer(write_account(_found(tx, call)))


def change(tx: Tx, call: Call) -> Answer:
    account, settings = _found(tx, call), read_fields(read_body(call, SentSettings))
    return Answer(
        write_account(accounts.change(tx, account, settings, now=call.now) if settings else account)
    )


def _found(tx: Tx, call: Call) -> Account:
    """The account in the path, which needs no `?account=`. Raises NOT_FOUND, FORBIDDEN."""
    found = accounts.find(tx, call.params["account_id"], call.key)
    if call.route.permission is not None:
        call.key.demand_permission(call.route.permission, found.permissions)
    return found
