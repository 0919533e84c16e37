"""What every payment of a fan does: the fan's spending, the ledger's line, the day's sums, and the facts.

It goes with the order of locks: `spend` beside the fan's row that is held, `sets` with the chunks, `book` after the
head was taken.
"""

from dataclasses import dataclass

from fancast.kit.money import share
from fancast.model.accounts import Account
from fancast.model.day_totals import DayKind
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan
from fancast.model.ids import MessageId, QueueId
from fancast.model.transactions import Transaction, TransactionType
from fancast.store import day_totals, events, fans, transactions
from fancast.store.database import Tx
from fancast.store.fan_sets import Change
from fancast.store.heads import Head

CURRENCY = "USD"
TIPPERS, SPENDERS = SetKey(SetKind.TIPPERS), SetKey(SetKind.SPENDERS)
#: Which of a fan's sums a payment raises.
_COLUMNS = {
    TransactionType.SUBSCRIPTION: "subscriptions_cents",
    TransactionType.MESSAGE: "messages_cents",
    TransactionType.TIP: "tips_cents",
}
#: All of them.
SPENT = tuple(_COLUMNS.values())


@dataclass(frozen=True, slots=True)
class Charge:
    """A fan, who is held, pays so much for something."""

    fan: Fan
    type: TransactionType
    gross_cents: int
    queue_id: QueueId | None = None
    message_id: MessageId | None = None

    @property
    def column(self) -> str:
        return _COLUMNS[self.type]

    @property
    def spent_cents(self) -> int:
        """The fan's sum of this kind, this payment included."""
        return int(getattr(self.fan.spending, self.column)) + self.gross_cents


def spend(tx: Tx, account: Account, charge: Charge) -> None:
    """Raise the fan's sum of what was spent."""
    fans.update(tx, account.key, charge.fan.number, {charge.column: charge.spent_cents})


def sets(charge: Charge) -> dict[SetKey, Change]:
    """The sets that the fan enters with a first payment."""
    change = (FanSet([charge.fan.number]), FanSet())
    entered: dict[SetKey, Change] = {}
    if charge.type is TransactionType.TIP and not charge.fan.spending.tips_cents:
        entered[TIPPERS] = change
    if not charge.fan.spending.total_cents:
        entered[SPENDERS] = change
    return entered


def book(
    tx: Tx, account: Account, charge: Charge, head: Head, *, id: int, event: int, kinds: tuple[DayKind, ...] = ()
) -> Transaction:  # fmt: skip
    """Write the ledger's line under `id`, its fact under `event`, and count it, also as `kinds`."""
    fee = share(charge.gross_cents, account.fee_basis_points)
    line = Transaction(
        id=id, type=charge.type, number=charge.fan.number, gross_cents=charge.gross_cents, fee_cents=fee,
        net_cents=charge.gross_cents - fee, currency=CURRENCY, queue_id=charge.queue_id,
        message_id=charge.message_id, created_at=head.at,
    )  # fmt: skip
    transactions.add(tx, account.key, line)
    all_kinds = (DayKind(charge.type.value), *kinds)
    day_totals.add(tx, account.key, all_kinds, head.at, gross_cents=line.gross_cents, fee_cents=fee)
    fact = {"type": line.type.value, "gross_cents": line.gross_cents, "fee_cents": fee, "fan_id": charge.fan.fan_id,
            "message_id": line.message_id}  # fmt: skip
    events.add(tx, account.key, event, EventKind.TRANSACTION_NEW, line.id, fact, now=head.at)
    return line
