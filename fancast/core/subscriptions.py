"""Subscriptions: who is subscribed, exactly, at any instant.

`fans.subscribed_until` is the one source. The stored set equals {subscribed_until > swept_until}; `swept_until`
is one value per account, read and written under its lock by writers and the sweep alike: a writer compares with
it, not with its clock.
"""

from datetime import datetime, timedelta
from typing import Any

from fancast.core import charges
from fancast.core.charges import Charge
from fancast.kit.times import maybe_ms, to_ms, zulu_text
from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan, Subscription, SubscriptionAction
from fancast.model.ids import AccountKey, FanId, FanNumber
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.transactions import TransactionType
from fancast.model.welcome_messages import NEW
from fancast.store import accounts as stored_accounts
from fancast.store import events, fan_sets, fans, heads, welcome_messages
from fancast.store.database import Tx

SUBSCRIBED = SetKey(SetKind.SUBSCRIBED)
RENEWING = SetKey(SetKind.RENEWING)
HIGHEST_PRICE_CENTS = 10_000_000
_SWEPT_AT_ONCE = 1_000

_EVENTS = {
    SubscriptionAction.START: EventKind.SUBSCRIPTION_STARTED,
    SubscriptionAction.RENEW: EventKind.SUBSCRIPTION_RENEWED,
    SubscriptionAction.CANCEL: EventKind.SUBSCRIPTION_CANCELLED,
    SubscriptionAction.EXPIRE: EventKind.SUBSCRIPTION_EXPIRED,
}


def current(tx: Tx, account: AccountKey, stored: FanSet, *, now: datetime) -> FanSet:
    """The fans subscribed at `now`, from the stored set: a small index range makes it exact."""
    swept = fans.swept_until(tx, account)
    if now >= swept:
        return stored - fans.subscription_ended_in(tx, account, swept, now)
    return stored | fans.subscription_ended_in(tx, account, now, swept)


def change(
    tx: Tx,
    account: Account,
    fan_id: FanId,
    action: SubscriptionAction,
    *,
    price_cents: int | None = None,
    expires_at: datetime | None = None,
    renews: bool | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Fan:
    """Start, renew, cancel or end a fan's subscription; the platform says so.

    A start or renewal with a price is a line of the ledger. Raises NOT_FOUND, INVALID, CONFLICT.
    """
    at = at or now
    if at > now + timedelta(minutes=5):
        raise invalid("at", "at must not lie in the future.")
    swept = fans.swept_until(tx, account.key, lock=True)
    fan = fans.lock(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    after = _after(fan.subscription, action, price_cents, expires_at, renews, at)
    if fan.subscription is not None and action in (SubscriptionAction.START, SubscriptionAction.RENEW):
        fans.add_period(tx, account.key, fan.number, fan.subscription.period)
    charge = after.price_cents if action in (SubscriptionAction.START, SubscriptionAction.RENEW) else 0
    paid = Charge(fan, TransactionType.SUBSCRIPTION, charge)
    told = {"end_told": action is SubscriptionAction.EXPIRE, "lapsed": after.expires_at <= swept}
    fans.update(tx, account.key, fan.number, _columns(after, fan, charge) | told)
    if after.price_cents and not account.paid_subscriptions:
        stored_accounts.note_paid_subscriptions(tx, account.key)
    if action is SubscriptionAction.START and now - at < NEW:
        welcome_messages.owe(tx, account.key, fan.number, now=now)
    one, nobody = FanSet([fan.number]), FanSet()
    fan_sets.change(tx, account.key, {
        SUBSCRIBED: (one, nobody) if after.expires_at > swept else (nobody, one),
        RENEWING: (one, nobody) if after.renews else (nobody, one),
        **(charges.sets(paid) if charge else {}),
    })  # fmt: skip
    _announce(tx, account, paid, action, after, untold=_ended_untold(fan, swept, at), now=now)
    changed = fans.get(tx, account.key, fan_id)
    assert changed is not None
    return changed


def sweep(tx: Tx, account: AccountKey, *, now: datetime) -> int:
    """Move `swept_until` on, taking the ended ones out of the stored set, each with its event.

    At most a thousand at a time. Returns how many ended.
    """
    swept = fans.swept_until(tx, account, lock=True)
    if swept >= now:
        return 0
    ended = fans.first_ended_in(tx, account, swept, now, _SWEPT_AT_ONCE)
    until = now
    if len(ended) == _SWEPT_AT_ONCE:
        until = _end(ended[-1])
        # All who end in that same instant belong to this sweep, or the set would not equal its rule.
        numbers = fans.subscription_ended_in(tx, account, swept, until)
        ended = fans.get_many(tx, account, [FanNumber(number) for number in numbers])
    fans.set_swept_until(tx, account, until)
    fans.mark_lapsed(tx, account, [fan.number for fan in ended])
    fan_sets.change(tx, account, {SUBSCRIBED: (FanSet(), FanSet(fan.number for fan in ended))})
    if ended:
        facts: list[tuple[int, dict[str, Any]]] = [
            (fan.fan_id, {"expires_at": zulu_text(_end(fan))}) for fan in ended if not fan.end_told
        ]
        head = heads.take(tx, account, events=len(facts))
        events.add_many(tx, account, head.first_event, EventKind.SUBSCRIPTION_EXPIRED, facts, now=now)
    return len(ended)


def _ended_untold(fan: Fan, swept: datetime, at: datetime) -> bool:
    # Who comes back before the sweep has passed their end would be swept no more.
    ended = fan.subscription is not None and swept < fan.subscription.expires_at <= at
    return ended and not fan.end_told


def _end(fan: Fan) -> datetime:
    assert fan.subscription is not None
    return fan.subscription.expires_at


def _after(
    before: Subscription | None,
    action: SubscriptionAction,
    price_cents: int | None,
    expires_at: datetime | None,
    renews: bool | None,
    at: datetime,
) -> Subscription:
    runs = before is not None and before.runs_at(at)
    if action in (SubscriptionAction.START, SubscriptionAction.RENEW):
        if action is SubscriptionAction.START and runs:
            raise Problem(Kind.CONFLICT, "already_subscribed", "This fan is subscribed; renew instead.")
        if action is SubscriptionAction.RENEW and before is None:
            raise Problem(Kind.CONFLICT, "never_subscribed", "This fan never subscribed; start instead.")
        return _paid(before, runs, price_cents, expires_at, renews, at)
    if before is None or not runs:
        raise Problem(Kind.CONFLICT, "not_subscribed", "This fan has no subscription that runs.")
    if action is SubscriptionAction.CANCEL:
        return Subscription(
            before.subscribed_at, before.expires_at, before.renewed_at, before.price_cents, False
        )
    return Subscription(before.subscribed_at, at, before.renewed_at, before.price_cents, False)


def _paid(
    before: Subscription | None, runs: bool, price_cents: int | None, expires_at: datetime | None,
    renews: bool | None, at: datetime,
) -> Subscription:  # fmt: skip
    if expires_at is None:
        raise invalid("expires_at", "expires_at is needed: when this period ends.")
    if expires_at <= at or (before is not None and runs and expires_at <= before.expires_at):
        raise invalid("expires_at", "expires_at must lie after the start and after the period that runs.")
    price = price_cents if price_cents is not None else (before.price_cents if before else 0)
    if not 0 <= price <= HIGHEST_PRICE_CENTS:
        raise invalid("price_cents", f"price_cents is from 0 to {HIGHEST_PRICE_CENTS}.")
    if before is not None and runs:
        return Subscription(
            before.subscribed_at, expires_at, at, price, before.renews if renews is None else renews
        )
    # A return after a gap starts anew.
    return Subscription(at, expires_at, None, price, True if renews is None else renews)


def _columns(after: Subscription, fan: Fan, charge: int) -> dict[str, Any]:
    return {
        "subscribed_at": to_ms(after.subscribed_at), "subscribed_until": to_ms(after.expires_at),
        "renewed_at": maybe_ms(after.renewed_at), "price_cents": after.price_cents, "renews": after.renews,
        "subscriptions_cents": fan.spending.subscriptions_cents + charge,
    }  # fmt: skip


def _announce(
    tx: Tx,
    account: Account,
    paid: Charge,
    action: SubscriptionAction,
    after: Subscription,
    *,
    untold: bool,
    now: datetime,
) -> None:
    fan, charged = paid.fan, bool(paid.gross_cents)
    head = heads.take(tx, account.key, ids=int(charged), events=untold + 1 + charged, at=now)
    number = head.first_event + untold
    if untold:
        ended = {"expires_at": zulu_text(_end(fan))}
        events.add(tx, account.key, number - 1, EventKind.SUBSCRIPTION_EXPIRED, fan.fan_id, ended, now=now)
    fact = {"price_cents": after.price_cents, "expires_at": zulu_text(after.expires_at)}
    events.add(tx, account.key, number, _EVENTS[action], fan.fan_id, fact, now=now)
    if charged:
        charges.book(tx, account, paid, head, id=head.first_id, event=number + 1)
