"""`fancast ledger`: is every counter true?"""

import sys
from typing import Annotated

from cyclopts import Parameter

from fancast.bootstrap import ready_database
from fancast.cli.app import FOUND_WRONG
from fancast.cli.options import HERE, Where
from fancast.core import accounts
from fancast.core.ledger import Ledger, check
from fancast.model.problems import not_found


def ledger(
    *,
    account: Annotated[str | None, Parameter(help="One account, by any of its ids; by default all.")] = None,
    where: Where = HERE,
) -> None:
    """Recompute every stored counter from sets and rows. May run beside a server.

    Prints what was checked and each sentence that does not hold; exit 1 if there is one.
    """
    book = Ledger()
    with ready_database(where.settings(existing=True)) as store, store.read() as tx:
        chosen = accounts.everybody(tx) if account is None else [accounts.named(tx, account)]
        for each in chosen:
            if each is None:
                raise not_found("account", account)
            book.join(check(tx, each))
    print(f"{book.mass_messages} mass messages, {book.recipients} recipients, {book.purchases} purchases, "
          f"{book.transactions} transactions: difference {book.difference}")  # fmt: skip
    for sentence in book.wrong:
        print(f"  {sentence}", file=sys.stderr)
    if book.difference:
        sys.exit(FOUND_WRONG)
