"""What calls cost in this dialect: nothing, and that is what every report says."""

from datetime import datetime
from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.onlyfansapi.envelope import BALANCE, enveloped
from fancast.api.onlyfansapi.values import read_moment
from fancast.core import accounts
from fancast.kit.times import offset_text
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

GROUPS = ("day", "account", "endpoint")
Description = msgspec.Meta
QUERY = (
    QueryParam("from", str, "From this day or moment on."),
    QueryParam("to", str, "Up to this day or moment."),
    QueryParam("group_by", str, "day, account or endpoint.", default="day"),
    QueryParam("account_id", str, "Only this account."),
    QueryParam("include_today", bool, "Today as well.", default=False),
)


class Usage(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Nothing is charged here, so there is nothing to group."""

    start: str | None
    end: str | None
    group_by: str
    total_credits: int
    balance: Annotated[int, Description(description="Constant; nothing lowers it.")]
    items: list[object]


def credits_used(tx: Tx, call: Call) -> Answer:
    asked = (call.query.text("account_id") or "").strip()
    if asked and accounts.find(tx, asked, call.key).acct_id != asked:
        # The other vendor's name for it.
        raise not_found("account", asked)
    start, end, group_by = read_report(call.query)
    shown = [None if each is None else offset_text(each) for each in (start, end)]
    return enveloped(Usage(shown[0], shown[1], group_by, 0, BALANCE, []))


def read_report(query: Query) -> tuple[datetime | None, datetime | None, str]:
    """Raises Problem(INVALID)."""
    start, end = _moment(query, "from"), _moment(query, "to")
    if start is not None and end is not None and end < start:
        raise invalid("to", "The to field must be a date after or equal to from.")
    group_by = query.text("group_by") or GROUPS[0]
    if group_by not in GROUPS:
        raise invalid("group_by", f"The group_by field must be one of {', '.join(GROUPS)}.")
    query.flag("include_today")
    return start, end, group_by


def _moment(query: Query, name: str) -> datetime | None:
    said = (query.text(name) or "").strip()
    return read_moment(name, said) if said else None
