"""The sandbox's world: two accounts, their lists and vault, and a crowd of fans.

It holds what the vendors' documentation pages name, so that a printed call runs with only its key replaced:
fans 123, 456, 789, 1011, 1213, 123456 · lists 1 to 5 · media 789, 790, 12345, 12346 · conn_abc123 ·
acct_XXXXXXXXXXXXXXX (also acct_XXXX). List 1 holds who was subscribed when the world was made.
"""

from datetime import datetime, timedelta

from fancast.blobs import samples
from fancast.core import accounts
from fancast.core import user_lists as lists
from fancast.core.audiences import NEVER
from fancast.core.crowds import ACTIVE, QUIET, RECENT, TOP_SPENDERS, VIP, Batch, Crowd
from fancast.kit.times import to_ms
from fancast.model.accounts import Account
from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.fan_sets import FanSet, first, union
from fancast.model.ids import FanNumber, ListId, MediaId
from fancast.model.media import Form, Media, MediaType, Rendition
from fancast.model.transactions import TransactionType
from fancast.model.user_lists import UserList
from fancast.model.vault_lists import VaultListId
from fancast.store import accounts as stored_accounts
from fancast.store import bulk, day_totals, fan_sets, fans, heads, media, user_lists, vault_lists
from fancast.store.database import Tx

SEED = 1
CONNECTION_ID, ACCT_ID = "conn_abc123", "acct_XXXXXXXXXXXXXXX"
#: Fans of the second account, which is there to be somebody else's.
FEW = 25

_LISTS = {
    ACTIVE: ("Active", None), TOP_SPENDERS: ("Top spenders", "top_spenders_list_id"),
    RECENT: ("Recent subscribers", None), QUIET: ("Asked for less", None), VIP: ("VIP", None),
}  # fmt: skip

#: The first one's id and name are those that a vendor's pages show.
_VAULT_LISTS = {31: ("Set A", (789, 790, 12345)), 32: ("Behind the scenes", (12346, 12347))}


def create(tx: Tx, *, now: datetime) -> tuple[Account, Account]:
    """The two accounts with lists and vault, without fans yet. The duplicate guard is off in both.

    The vault's files are stored by `blobs.samples.store`, outside of any transaction.
    """
    settings = {"duplicate_guard_seconds": 0}
    first = accounts.create(
        tx, "Mia Hart", "miahart", acct_id=ACCT_ID, connection_id=CONNECTION_ID,
        aliases=("acct_XXXX",), settings=settings, now=now,
    )  # fmt: skip
    second = accounts.create(
        tx, "Noa Winter", "noawinter", acct_id="acct_SOMEBODYELSE", connection_id="conn_somebodyelse",
        settings=settings, now=now,
    )  # fmt: skip
    for account in (first, second):
        for key, (name, alias) in _LISTS.items():
            user_lists.create(tx, account.key, ListId(key.ref), name, alias=alias, now=now)
    media.add(tx, first.key, _vault(now))
    for id, (name, held) in _VAULT_LISTS.items():
        vault_lists.create(tx, first.key, VaultListId(id), name, now=now)
        vault_lists.put_on(tx, first.key, VaultListId(id), map(MediaId, held))
    return first, second


def begin_load(tx: Tx) -> None:
    """Make way for a very large crowd: indexes are left out until `end_load`. Nobody else may be at work here."""
    bulk.drop_indexes(tx)


def end_load(tx: Tx) -> None:
    bulk.make_indexes(tx)


def fans_so_far(tx: Tx, account: Account) -> int:
    """How many fans were added: where an interrupted seeding goes on."""
    return bulk.numbers_taken(tx, account.key)


def crowd_of(
    account: Account, fans: int, *, seed: int = SEED, documented: bool = True, now: datetime
) -> Crowd:
    """The recipe of an account's fans; feed its `batches` to `add`, in order, a transaction each."""
    return Crowd(seed, fans, to_ms(now), account.fee_basis_points, documented)


def add(tx: Tx, account: Account, batch: Batch) -> None:
    """One batch of fans, with their history, money and sets. The account had no other fans before."""
    first = fans.take_numbers(tx, account.key, len(batch.fans))
    assert first == batch.start, "a crowd is for an account of its own"
    bulk.add_fans(tx, account.key, batch.fans)
    bulk.add_periods(tx, account.key, batch.periods)
    changes = {key: (FanSet(numbers), FanSet()) for key, numbers in batch.sets.items()}
    fan_sets.change(tx, account.key, changes)
    if any(kind == TransactionType.SUBSCRIPTION for kind, *_ in batch.transactions):
        stored_accounts.note_paid_subscriptions(tx, account.key)
    head = heads.take(tx, account.key, ids=len(batch.transactions))
    bulk.add_transactions(tx, account.key, (
        (head.first_id + place, kind, number, gross, fee, gross - fee, at)
        for place, (kind, number, gross, fee, at) in enumerate(batch.transactions)
    ))  # fmt: skip
    day_totals.add_many(tx, account.key, {
        (DayKind(kind), day): DayTotal(day, *sums) for (kind, day), sums in batch.totals.items()
    })  # fmt: skip


def add_list(tx: Tx, account: Account, name: str, size: int, *, now: datetime) -> UserList:
    """A list of the first `size` fans whom messages reach, for demonstrations."""
    made = lists.create(tx, account, name, now=now)
    never = union(fan_sets.load_many(tx, account.key, NEVER.values()).values())
    everybody = FanSet(range(fans_so_far(tx, account)))
    lists.add(tx, account, made.ref, [FanNumber(number) for number in first(everybody - never, size)])
    return lists.get(tx, account, made.ref, now=now)


def _vault(now: datetime) -> list[Media]:
    return [
        Media(
            media_id=MediaId(each.media_id), type=MediaType(each.type), name=each.name, width=each.width,
            height=each.height, duration_seconds=each.duration_seconds, size_bytes=each.size_bytes, ready=True,
            created_at=now - timedelta(days=90 - place), blob=samples.key(each.file),
            content_type=each.content_type, md5=each.md5,
            renditions={Form(made.form): _rendition(made) for made in each.forms},
        )
        for place, each in enumerate(samples.samples())
    ]  # fmt: skip


def _rendition(made: samples.SampleForm) -> Rendition:
    return Rendition(samples.key(made.file), made.content_type, made.width, made.height, made.size_bytes)
