"""The ledger's look at chats: views, newest messages, unread and hidden chats, the leaps over steps."""

from fancast.core.chat_states import HIDDEN, UNREAD
from fancast.model.accounts import Account
from fancast.store import fan_sets, ledger_chats, message_marks
from fancast.store.database import Tx


def wrong(tx: Tx, account: Account) -> list[str]:
    """Each sentence about chats that does not hold."""
    key, name = account.key, account.acct_id
    opened = message_marks.opened_counts(tx, key)
    found = [
        f"{name} mass message {id}: viewed {viewed}, marks say {opened.get(id, 0)}"
        for id, viewed in ledger_chats.views(tx, key).items()
        if viewed != opened.get(id, 0)
    ]
    for number in ledger_chats.wrong_newest(tx, key):
        found.append(f"{name}: the chat of fan number {number} has another newest message than its row says")
    for id in ledger_chats.wrong_leaps(tx, key):
        found.append(f"{name} mass message {id}: its newest step is not marked so")
    told = {HIDDEN: ledger_chats.hidden(tx, key), UNREAD: ledger_chats.unread(tx, key)}
    stored = fan_sets.load_many(tx, key, told)
    for set_key, fans in told.items():
        if stored[set_key] != fans:
            found.append(f"{name}: the set {set_key.kind.name} is not what the chats' rows say")
    return found
