"""Ids sort by the time they were made; secrets are kept as hashes only."""

import time

from fancast.kit.ids import new_id, new_secret, secret_hash
from fancast.model.steps import Step
from tests.world import NOON


def test_ids_sort_by_the_time_they_were_made():
    first = new_id("acct")
    time.sleep(0.002)
    second = new_id("acct")
    assert first < second
    assert first.startswith("acct_")
    assert len(first) == len("acct_") + 24


def test_ids_and_secrets_are_never_twice_the_same():
    assert len({new_id("key") for _ in range(10_000)}) == 10_000
    assert len({new_secret("sk_live_") for _ in range(1_000)}) == 1_000


def test_the_hash_of_a_secret_is_sha_256_whatever_the_caller_sends():
    assert secret_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(secret_hash("\ud800 é \0")) == 64


def test_a_message_id_leads_back_to_its_fan():
    step = Step(mass_message_id=7, first_id=500, from_number=10, to_number=19, count=4, sent_at=NOON)
    assert [step.message_id(number) for number in (10, 19)] == [500, step.last_id]
    assert all(step.number_of(step.message_id(number)) == number for number in range(10, 20))
