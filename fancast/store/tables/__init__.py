"""The whole schema, drawn once for both databases.

Moments are integer epoch milliseconds (`*_at`), money integer cents, sets of fans bitmaps in chunks.
Every key of a tenant's row is led by its account.
"""

from fancast.store.tables.accounts import (
    account_aliases,
    account_heads,
    accounts,
    api_keys,
    fan_counters,
    paces,
    subscriber_sweeps,
)
from fancast.store.tables.chats import chats, message_marks
from fancast.store.tables.columns import metadata
from fancast.store.tables.fans import BITS_STORAGE, fan_sets, fans, name_indexes, subscriptions, user_lists
from fancast.store.tables.media import media, vault_list_media, vault_lists
from fancast.store.tables.messages import mass_messages, messages, steps
from fancast.store.tables.money import day_totals, payments, purchases, tips, transactions
from fancast.store.tables.policies import banned_words, draft_senders, greetings, welcome_messages
from fancast.store.tables.upkeep import (
    events,
    idempotency_keys,
    rate_buckets,
    sent_fingerprints,
    ticks,
)
from fancast.store.tables.uploads import blobs, secrets, upload_parts, uploads

__all__ = [
    "BITS_STORAGE",
    "account_aliases",
    "account_heads",
    "accounts",
    "api_keys",
    "banned_words",
    "blobs",
    "chats",
    "day_totals",
    "draft_senders",
    "events",
    "fan_counters",
    "fan_sets",
    "fans",
    "greetings",
    "idempotency_keys",
    "mass_messages",
    "media",
    "message_marks",
    "messages",
    "metadata",
    "name_indexes",
    "paces",
    "payments",
    "purchases",
    "rate_buckets",
    "secrets",
    "sent_fingerprints",
    "steps",
    "subscriber_sweeps",
    "subscriptions",
    "ticks",
    "tips",
    "transactions",
    "upload_parts",
    "uploads",
    "user_lists",
    "vault_list_media",
    "vault_lists",
    "welcome_messages",
]
