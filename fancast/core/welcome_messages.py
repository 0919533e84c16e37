"""The welcome message: what a new subscriber gets by itself.

A new subscription leaves a row in its own transaction; the housekeeper takes the row away and sends the message in
one transaction of its own, so that a fan is greeted once, whatever dies in between.
"""

from contextlib import suppress
from datetime import datetime

from fancast.core import media, messages
from fancast.model.accounts import Account
from fancast.model.ids import AccountKey, FanNumber
from fancast.model.mass_messages import Content, check_content
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem
from fancast.model.texts import to_html
from fancast.model.welcome_messages import WelcomeMessage
from fancast.store import accounts, fans
from fancast.store import welcome_messages as store
from fancast.store.database import Tx

#: A turn greets no more, so that schedules which the same thread looks after are not late.
MOST_AT_ONCE = 50


def get(tx: Tx, account: Account, *, now: datetime) -> WelcomeMessage:
    """The account's, or an empty one that is off."""
    return store.get(tx, account.key) or WelcomeMessage(False, Content(""), "", now)


def put(tx: Tx, account: Account, content: Content, *, now: datetime) -> WelcomeMessage:
    """Let this be the welcome message. A first one is on at once. Raises Problem(INVALID)."""
    check_content(content)
    content = media.settle_now(tx, account, content, now=now)
    before = store.get(tx, account.key)
    on = before is None or before.enabled
    store.put(tx, account.key, WelcomeMessage(on, content, to_html(content.text, content.format), now))
    return get(tx, account, now=now)


def switch(tx: Tx, account: Account, *, on: bool) -> None:
    """Greet from now on, or no more. Raises CONFLICT when there is nothing to greet with."""
    if not store.switch(tx, account.key, on=on) and on:
        raise Problem(
            Kind.CONFLICT, "no_welcome_message", "There is no welcome message yet; write one first."
        )


def owed(tx: Tx, most: int = MOST_AT_ONCE) -> list[tuple[AccountKey, FanNumber]]:
    """Whoever is owed a greeting."""
    return store.owed(tx, most)


def greet(tx: Tx, key: AccountKey, number: FanNumber, *, now: datetime) -> Message | None:
    """Greet a fan who is owed it; None for one who is owed nothing, or whom nothing reaches.

    A message that cannot be sent (its media are gone, say) is not tried again.
    """
    if not store.settle(tx, key, number):
        return None
    account, welcome = accounts.get(tx, key), store.get(tx, key)
    found = fans.get_many(tx, key, [number])
    if welcome is None or not welcome.enabled or not found:
        return None
    with suppress(Problem):
        return messages.send(tx, account, found[0], welcome.content, now=now)
    return None
