"""Which built-in lists an account has in this dialect: who never sold a subscription has no lists of who renews."""

from fancast.model.accounts import Account
from fancast.model.user_lists import BuiltIn

_OF_PAID_RENEWALS = frozenset({BuiltIn.REBILL_ON, BuiltIn.REBILL_OFF})


def absent(account: Account) -> frozenset[BuiltIn]:
    """The built-in lists that this account has not. The other faces know all of them on every account."""
    return frozenset() if account.paid_subscriptions else _OF_PAID_RENEWALS
