"""A purchase is one transaction, and nothing is sold twice."""

import pytest
from msgspec.structs import replace

from fancast.model.accounts import OwnedMedia
from fancast.model.events import EventKind
from fancast.model.fan_sets import SetKey, SetKind
from fancast.model.ids import FanId, MediaId, MessageId
from fancast.model.mass_messages import MassMessage, State
from fancast.model.messages import Message
from fancast.model.problems import Problem
from fancast.store import fan_sets
from tests.world import World

PRICE = 1_250


def for_sale(world: World, **how: object) -> MassMessage:
    """A mass message of 12.50 to ann and bo, with media 7 for sale and media 8 for all to see."""
    world.fans("ann", "bo")
    return world.sent("look", price_cents=PRICE, media=[7, 8], previews=[8], **how)


def direct_for_sale(world: World, **content: object) -> Message:
    world.fans("ann", "bo")
    how = {"price_cents": 500, "media_ids": world.media(7), **content}
    return world.direct("ann", "for you", **how)


def owners(world: World, media: int) -> set[str]:
    with world.read() as tx:
        held = fan_sets.load(tx, world.account().key, SetKey(SetKind.OWNERS, media))
    return world.place().names_of(held)


def refused(world: World, code: str, *sale: object, **how: object) -> Problem:
    """The refusal of a purchase, which changes nothing."""
    before = world.ledger(), len(world.events())
    with pytest.raises(Problem) as caught:
        world.buys(*sale, **how)  # type: ignore[arg-type]
    assert caught.value.code == code, caught.value
    assert (world.ledger(), len(world.events())) == before
    return caught.value


# ---- a copy of a mass message


def test_a_purchase_is_counted_and_paid_and_opens_the_copy(world: World):
    made = for_sale(world)
    assert not world.copy("ann", made).open
    sale = world.buys("ann", made)
    seen = world.again(made)
    assert (seen.purchased, seen.revenue_cents) == (1, PRICE)
    assert (sale.transaction.gross_cents, sale.transaction.fee_cents, sale.transaction.net_cents) == (
        PRICE,
        250,
        1_000,
    )
    assert world.copy("ann", made).bought
    assert not world.copy("bo", made).open
    assert world.fan_of("ann").spending.messages_cents == PRICE


def test_the_fee_is_the_accounts(world: World):
    world.account(fee_basis_points=1_500)
    sale = world.buys("ann", for_sale(world))
    assert (sale.transaction.fee_cents, sale.transaction.net_cents) == (188, 1_062)


def test_a_buyer_owns_the_paid_media_but_not_the_previews(world: World):
    world.buys("ann", for_sale(world))
    assert owners(world, 7) == {"ann"}
    assert owners(world, 8) == set()


def test_a_purchase_tells_that_it_was_unlocked_and_then_its_transaction(world: World):
    made = for_sale(world)
    sale = world.buys("ann", made)
    unlocked, paid = world.events()[-2:]
    assert (unlocked.kind, unlocked.ref) == (EventKind.MESSAGE_UNLOCKED, world.place().fans["ann"])
    assert unlocked.data == {
        "message_id": sale.purchase.message_id, "queue_id": made.id, "transaction_id": sale.transaction.id,
        "gross_cents": PRICE, "fee_cents": 250,
    }  # fmt: skip
    assert (paid.kind, paid.ref) == (EventKind.TRANSACTION_NEW, sale.transaction.id)


def test_the_same_payment_again_gets_the_same_answer(world: World):
    made = for_sale(world)
    first = world.buys("ann", made, "payment 1")
    world.clock.forward(hours=1)
    assert world.buys("ann", made, "payment 1") == first
    assert world.buys("ann", made, "payment 1", amount_cents=PRICE) == first
    assert world.again(made).purchased == 1


def test_the_same_payment_is_answered_after_an_unsend_too(world: World):
    made = for_sale(world)
    first = world.buys("ann", made, "payment 1")
    copy = world.copy("ann", made)
    world.do("unsend", made)
    assert world.buys("ann", copy, "payment 1") == first


def test_a_payment_stands_for_one_purchase_only(world: World):
    made = for_sale(world)
    world.buys("ann", made, "payment 1")
    other = world.sent("more", price_cents=500, media=[9])
    refused(world, "payment_reference_used", "bo", made, "payment 1")
    refused(world, "payment_reference_used", "ann", other, "payment 1")
    refused(world, "payment_reference_used", "ann", made, "payment 1", amount_cents=1)
    world.tips("bo", 500, reference="payment 2")
    refused(world, "payment_reference_used", "bo", made, "payment 2")


def test_a_payment_of_one_account_says_nothing_about_another(world: World):
    made = for_sale(world)
    world.buys("ann", made, "payment 1")
    world.fan("ann", on="eve")
    theirs = world.sent("hi", price_cents=500, media=[1], on="eve")
    assert world.buys("ann", theirs, "payment 1", on="eve").purchase.amount_cents == 500


def test_nothing_is_sold_to_the_same_fan_twice(world: World):
    made = for_sale(world)
    world.buys("ann", made)
    refused(world, "already_bought", "ann", made, "another payment")


def test_nothing_is_sold_to_who_owns_all_of_it(world: World):
    world.fans("ann", "bo")
    first = world.sent("one", price_cents=500, media=[7])
    second = world.sent("two", price_cents=500, media=[7])
    world.buys("ann", first)
    refused(world, "already_owned", "ann", second)
    assert world.copy("ann", second).open
    assert not world.copy("ann", second).bought
    world.buys("bo", second)


def test_who_owns_a_part_may_buy_the_rest(world: World):
    world.fans("ann")
    world.buys("ann", world.sent("one", price_cents=500, media=[7]))
    both = world.sent("both", price_cents=900, media=[7, 9])
    assert not world.copy("ann", both).open
    world.buys("ann", both)
    assert owners(world, 9) == {"ann"}


def test_what_was_given_for_free_is_not_sold(world: World):
    world.account(owned_media=OwnedMedia.UNLOCK_FREE.value)
    world.fans("ann")
    world.media(7)
    world.owns("ann", 7)
    made = world.sent("again", price_cents=500, media=[7])
    refused(world, "already_owned", "ann", made)


def test_a_fan_who_owns_it_by_a_purchase_is_left_out_of_the_next_send(world: World):
    made = for_sale(world)
    world.buys("ann", made)
    again = world.sent("once more", price_cents=PRICE, media=[7])
    assert world.recipients(again) == {"ann": "skipped: owns_media", "bo": "sent"}


def test_a_free_message_is_not_for_sale(world: World):
    world.fans("ann")
    refused(world, "not_for_sale", "ann", world.sent("free"))


def test_a_strangers_copy_is_not_found(world: World):
    made = for_sale(world)
    copy = world.copy("ann", made)
    refused(world, "message_not_found", "bo", copy)


def test_a_copy_that_was_never_sent_is_not_found(world: World):
    world.fans("ann", "bo", "cleo")
    made = world.sent("look", fans=["ann", "cleo"], price_cents=500, media=[7])
    # bo stands between the two: the id that would be bo's belongs to nobody.
    between = world.copy("ann", made).id + 1
    refused(world, "message_not_found", "bo", replace(world.copy("ann", made), id=MessageId(between)))


def test_after_an_unsend_it_is_gone_for_all_but_its_buyers(world: World):
    made = for_sale(world)
    world.buys("ann", made)
    copy = world.copy("bo", made)
    world.do("unsend", made)
    refused(world, "message_unsent", "bo", copy)
    assert (world.inbox("ann"), world.inbox("bo")) == (["look"], [])


def test_what_a_cancelled_one_delivered_can_still_be_bought(world: World):
    world.crowd(10)
    made = world.sent("look", price_cents=500, media=[7], pace=4)
    world.clock.forward(seconds=1)
    world.deliver()
    world.do("cancel", made)
    world.buys("f0", made)
    assert world.again(made).state is State.CANCELLED
    assert world.again(made).purchased == 1


def test_another_amount_than_the_price_is_refused(world: World):
    problem = refused(world, "amount_differs", "ann", for_sale(world), amount_cents=PRICE - 1)
    assert problem.facts == {"price_cents": PRICE}


@pytest.mark.parametrize("reference", ["   ", "x" * 256])
def test_a_payment_needs_a_reference(world: World, reference: str):
    refused(world, "invalid", "ann", for_sale(world), reference)


def test_a_fan_that_there_is_not_buys_nothing(world: World):
    made = for_sale(world)
    copy = world.copy("ann", made)
    world.place().fans["nobody"] = FanId(9)
    refused(world, "fan_not_found", "nobody", copy)


# ---- a direct message


def test_a_direct_message_is_bought_once(world: World):
    message = direct_for_sale(world)
    assert not world.chat("ann")[0].open
    sale = world.buys("ann", message, "payment 1")
    assert (sale.purchase.queue_id, sale.from_mass_message) == (message.queue_id, False)
    assert world.chat("ann")[0].bought
    assert owners(world, 7) == {"ann"}
    assert world.buys("ann", message, "payment 1") == sale
    refused(world, "already_bought", "ann", message, "payment 2")


def test_a_strangers_direct_message_is_not_found(world: World):
    refused(world, "message_not_found", "bo", direct_for_sale(world))


def test_a_free_direct_message_is_not_for_sale(world: World):
    message = direct_for_sale(world, price_cents=0)
    refused(world, "not_for_sale", "ann", message)


def test_a_direct_message_with_media_that_the_fan_owns_is_open_and_not_sold(world: World):
    world.fans("ann", "bo")
    world.buys("ann", world.sent("one", price_cents=500, media=[7]))
    message = world.direct("ann", "again", price_cents=500, media_ids=(MediaId(7),))
    refused(world, "already_owned", "ann", message)
    assert world.chat("ann")[0].open


# ---- tips


def test_a_tip_is_paid_and_stands_in_the_chat(world: World):
    world.fan("ann")
    tip = world.tips("ann", 1_000, "thank you")
    said = world.chat("ann")[0]
    assert (said.id, said.content.text, said.tip_cents, said.from_fan) == (
        tip.message_id,
        "thank you",
        1_000,
        True,
    )
    assert (tip.transaction.gross_cents, tip.transaction.net_cents) == (1_000, 800)
    assert world.fan_of("ann").spending.tips_cents == 1_000
    told = [event.kind for event in world.events()[-2:]]
    assert told == [EventKind.TIP_RECEIVED, EventKind.TRANSACTION_NEW]


def test_the_same_payment_is_one_tip(world: World):
    world.fan("ann")
    first = world.tips("ann", 1_000, "thank you", "payment 1")
    assert world.tips("ann", 1_000, "thank you", "payment 1") == first
    assert world.fan_of("ann").spending.tips_cents == 1_000
    for amount, name in ((900, "ann"), (1_000, "bo")):
        if name == "bo":
            world.fan("bo")
        with pytest.raises(Problem) as caught:
            world.tips(name, amount, reference="payment 1")
        assert caught.value.code == "payment_reference_used"


@pytest.mark.parametrize("amount", [0, 99, 100_001])
def test_a_tip_out_of_range_is_refused(world: World, amount: int):
    world.fan("ann")
    with pytest.raises(Problem) as caught:
        world.tips("ann", amount)
    assert caught.value.field == "amount_cents"
    assert world.inbox("ann") == []


def test_first_payments_make_a_spender_and_a_tipper(world: World):
    world.fans("ann", "bo", "cleo")
    world.tips("ann", 500)
    world.buys("bo", world.sent("look", price_cents=500, media=[7]))
    with world.read() as tx:
        key = world.account().key
        tippers = fan_sets.load(tx, key, SetKey(SetKind.TIPPERS))
        spenders = fan_sets.load(tx, key, SetKey(SetKind.SPENDERS))
    assert world.place().names_of(tippers) == {"ann"}
    assert world.place().names_of(spenders) == {"ann", "bo"}
