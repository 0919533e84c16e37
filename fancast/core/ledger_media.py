"""The ledger's look at the vault: what media say of the messages that carry them."""

from collections import Counter

from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.store import ledger_media
from fancast.store.database import Tx


def wrong(tx: Tx, account: Account) -> list[str]:
    """Each sentence about media that does not hold."""
    carried = ledger_media.carried(tx, account.key)
    liked, tipped = ledger_media.liked(tx, account.key), ledger_media.tipped(tx, account.key)
    likes, cents = Counter[MediaId](), Counter[MediaId]()
    for queue_id, ids in carried.items():
        for media_id in set(ids):
            likes[media_id] += liked.get(queue_id, 0)
            cents[media_id] += tipped.get(queue_id, 0)
    found = []
    for media_id, (in_messages, said, tips) in ledger_media.counters(tx, account.key).items():
        name = f"{account.acct_id} media {media_id}"
        if said != likes[media_id]:
            found.append(f"{name}: {said} likes, marks say {likes[media_id]}")
        if tips != cents[media_id]:
            found.append(f"{name}: {tips} cents of tips, the tips say {cents[media_id]}")
        # What a message no longer carries, after an edit, was in it all the same.
        if media_id in likes and not in_messages:
            found.append(f"{name}: a message carries it, and it does not say so")
    return found
