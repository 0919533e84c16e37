"""URLs as media: what a message names by its address is fetched by workers, off the request path."""

from datetime import datetime

from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.problems import invalid
from fancast.store.database import Tx


def expect(tx: Tx, account: Account, url: str, *, now: datetime) -> MediaId:
    """Media still to come from this address. Raises Problem(INVALID)."""
    raise invalid("media_ids", f"Media cannot come from URLs yet: {url[:60]!r}.", code="url_not_offered")
