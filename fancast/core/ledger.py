"""The ledger check: every stored counter, recomputed from sets and rows. Its difference must be 0."""

from dataclasses import dataclass, field

from fancast.core import ledger_chats, ledger_media
from fancast.core.charges import SPENDERS, SPENT, TIPPERS
from fancast.core.fans import FLAG_SETS
from fancast.core.moves import to_key
from fancast.core.subscriptions import RENEWING, SUBSCRIBED
from fancast.kit.times import to_ms
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.day_totals import DayTotal
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.mass_messages import MassMessage, State
from fancast.model.name_index import turned
from fancast.store import fan_sets, fans, ledger, ledger_money, mass_messages, name_index, steps
from fancast.store.database import Tx

#: So many mass messages are read in one statement.
_AT_ONCE = 100


@dataclass(slots=True)
class Ledger:
    """What was checked, and each sentence that does not hold."""

    mass_messages: int = 0
    recipients: int = 0
    purchases: int = 0
    transactions: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def difference(self) -> int:
        return len(self.wrong)

    def demand(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)

    def join(self, other: "Ledger") -> None:
        self.mass_messages += other.mass_messages
        self.recipients += other.recipients
        self.purchases += other.purchases
        self.transactions += other.transactions
        self.wrong += other.wrong


def check(tx: Tx, account: Account) -> Ledger:
    """Recompute all of one account's counters. Reads one snapshot; changes nothing."""
    book = Ledger()
    bought = ledger.purchases_by_queue_id(tx, account.key)
    ids = ledger.mass_message_ids(tx, account.key)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found = mass_messages.get_many(tx, account.key, some)
        for id in some:
            _check_mass_message(tx, account, found[id], bought.get(id, (0, 0)), book)
    book.purchases = sum(count for count, _ in bought.values())
    _check_sets(tx, account, book)
    told = account.paid_subscriptions or not ledger.any_priced(tx, account.key)
    book.demand(told, f"{account.acct_id}: a subscription has a price, and the account does not know")
    _check_names(tx, account, book)
    _check_money(tx, account, book)
    _check_counters(tx, account, book)
    book.wrong += ledger_chats.wrong(tx, account)
    book.wrong += ledger_media.wrong(tx, account)
    return book


def _check_mass_message(
    tx: Tx, account: Account, found: MassMessage, bought: tuple[int, int], book: Ledger
) -> None:
    name = f"{account.acct_id} mass message {found.id}"
    book.mass_messages += 1
    book.demand((found.purchased, found.revenue_cents) == bought, f"{name}: purchases are {bought}")
    if found.total is None:
        book.demand(found.sent == found.skipped == 0, f"{name}: counted before its freeze")
        return
    book.recipients += found.total
    reasons = {SetKey(kind, found.id): reason for reason, kind in sets.SKIP_REASONS.items()}
    skipped = fan_sets.load_many(tx, account.key, [to_key(found.id), *reasons])
    to = skipped.pop(to_key(found.id))
    reached, rest = sets.clamp(to, 0, found.watermark + 1), sets.above(to, found.watermark)
    left_out = sum(len(fans) for fans in skipped.values())
    book.demand(found.skipped == left_out, f"{name}: skipped {found.skipped}, sets say {left_out}")
    book.demand(found.sent == len(reached), f"{name}: sent {found.sent}, the set says {len(reached)}")
    book.demand(
        found.total == len(reached) + len(rest) + left_out, f"{name}: total {found.total} does not add up"
    )
    stopped = found.state in (State.CANCELLED, State.UNSENT)
    book.demand(found.cancelled == (len(rest) if stopped else 0), f"{name}: cancelled {found.cancelled}")
    book.demand(found.state is not State.DONE or not rest, f"{name}: done with {len(rest)} to come")
    for key, fans_left_out in skipped.items():
        book.demand(
            not fans_left_out & (reached | rest),
            f"{name}: a fan is both sent to and skipped ({reasons[key]})",
        )
    delivered = steps.of(tx, account.key, found.id)
    for step in delivered:
        held = len(sets.clamp(reached, step.from_number, step.to_number + 1))
        book.demand(held == step.count, f"{name}: step {step.first_id} counts {step.count}, holds {held}")
    counted = sum(step.count for step in delivered)
    book.demand(counted == found.sent, f"{name}: steps count {counted}, sent is {found.sent}")


def _check_sets(tx: Tx, account: Account, book: Ledger) -> None:
    swept = to_ms(fans.swept_until(tx, account.key))
    told = {key: ledger.flagged(tx, account.key, name) for name, key in FLAG_SETS.items()}
    told[RENEWING] = ledger.flagged(tx, account.key, "renews")
    told[SUBSCRIBED] = ledger.subscribed_beyond(tx, account.key, swept)
    told[TIPPERS] = ledger.spending(tx, account.key, "tips_cents")
    told[SPENDERS] = ledger.spending(tx, account.key, *SPENT)
    lapsed, ended = ledger.flagged(tx, account.key, "lapsed"), ledger.subscribed_until(tx, account.key, swept)
    book.demand(lapsed == ended, f"{account.acct_id}: lapsed is not who ended before the last sweep")
    stored = fan_sets.load_many(tx, account.key, told)
    for key, fans_told in told.items():
        same = stored[key] == fans_told
        book.demand(same, f"{account.acct_id}: the set {key.kind.name} is not what the fans' rows say")
    for wrong in ledger.wrong_sizes(tx, account.key):
        book.demand(False, f"{account.acct_id}: chunk {wrong} has a wrong size")


def _check_names(tx: Tx, account: Account, book: Ledger) -> None:
    """The sets of grams hold exactly the fans whose names have them, as far as they are indexed."""
    through, first = name_index.state(tx, account.key)[0], 0
    wanted: dict[int, FanSet] = {}
    while first < through:
        names = name_index.names_from(tx, account.key, first, min(10_000, through - first))
        for gram, numbers in turned(one for one in names if one[0] < through).items():
            wanted.setdefault(gram, FanSet()).update(numbers)
        first = names[-1][0] + 1 if names else through
    held = {gram: fans for gram, fans in name_index.everything(tx, account.key).items() if fans}
    book.demand(held == wanted, f"{account.acct_id}: the sets of names are not what the fans' rows say")


def _check_money(tx: Tx, account: Account, book: Ledger) -> None:
    book.transactions = ledger.count_transactions(tx, account.key)
    for row in ledger.spending_differences(tx, account.key):
        book.demand(
            False, f"{account.acct_id}: fan number {row.number}'s spending is not its transactions' sum"
        )
    book.demand(ledger.wrong_nets(tx, account.key) == 0, f"{account.acct_id}: a transaction's net is wrong")
    stray = ledger_money.unpaid_purchases(tx, account.key)
    book.demand(
        not stray, f"{account.acct_id}: {stray} purchases, lines of the ledger or payments stand alone"
    )
    stray = ledger_money.untold_tips(tx, account.key)
    book.demand(not stray, f"{account.acct_id}: {stray} tips, tipping messages or payments stand alone")
    _check_day_totals(tx, account, book)
    bought = {
        SetKey(SetKind.OWNERS, media_id): buyers
        for media_id, buyers in ledger_money.buyers_of_media(tx, account.key).items()
    }
    owners = fan_sets.load_many(tx, account.key, bought)
    for key, buyers in bought.items():
        own = not buyers - owners[key]
        book.demand(own, f"{account.acct_id}: media {key.ref} has buyers who do not own it")


def _check_day_totals(tx: Tx, account: Account, book: Ledger) -> None:
    stored, counted = (
        ledger_money.stored_totals(tx, account.key), ledger_money.counted_totals(tx, account.key)
    )  # fmt: skip
    for kind, day in sorted(stored.keys() | counted.keys()):
        told, true = stored.get((kind, day), DayTotal(day)), counted.get((kind, day), DayTotal(day))
        book.demand(told == true, f"{account.acct_id}: {kind} of day {day} is {told}, not {true}")


def _check_counters(tx: Tx, account: Account, book: Ledger) -> None:
    next_id, next_number = ledger.counters(tx, account.key)
    last_id, last_number = ledger.highest(tx, account.key)
    book.demand(next_id > last_id, f"{account.acct_id}: next id {next_id} is in use up to {last_id}")
    book.demand(
        next_number > last_number, f"{account.acct_id}: next number {next_number}, {last_number} in use"
    )
