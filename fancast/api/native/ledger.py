"""The ledger check: every stored counter, recomputed from sets and rows."""

from typing import Annotated

from msgspec import Meta

from fancast.api.faces import Answer, Call
from fancast.api.native.values import Told
from fancast.core import accounts, ledger
from fancast.core.ledger import Ledger
from fancast.store.database import Tx


class ToldChecked(Told):
    mass_messages: int
    recipients: int
    purchases: int
    transactions: int


class ToldLedger(Told):
    """What was recomputed, and each sentence that does not hold."""

    difference: Annotated[int, Meta(description="0 when every counter is true.")]
    checked: ToldChecked
    wrong: list[str]


def write_ledger(book: Ledger) -> ToldLedger:
    checked = ToldChecked(
        mass_messages=book.mass_messages, recipients=book.recipients, purchases=book.purchases,
        transactions=book.transactions,
    )  # fmt: skip
    return ToldLedger(difference=book.difference, checked=checked, wrong=book.wrong)


def check(tx: Tx, call: Call) -> Answer:
    book = Ledger()
    for account in [call.account] if call.account else accounts.listing(tx, call.key):
        book.join(ledger.check(tx, account))
    return Answer(write_ledger(book))
