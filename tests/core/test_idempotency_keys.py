"""The same write twice, done once."""

import threading
from datetime import timedelta

import pytest

from fancast.core import idempotency_keys
from fancast.model.idempotency_keys import KEPT_FOR, IdempotencyClaim, KeptAnswer
from fancast.model.problems import Kind, Problem
from fancast.store.database import Store
from tests.world import MovableClock

CLAIM = IdempotencyClaim(scope="key_1 1 POST /v1/mass-messages", key="once", fingerprint="a" * 64)
ANSWER = KeptAnswer(201, {"content-type": "application/json"}, b'{"id":1}')


def test_a_first_call_has_no_answer_and_a_repeat_has_the_first_ones(
    store: Store, clock: MovableClock
) -> None:
    with store.write() as tx:
        assert idempotency_keys.begin(tx, CLAIM, now=clock()) is None
        idempotency_keys.finish(tx, CLAIM, ANSWER, now=clock())
    with store.write() as tx:
        assert idempotency_keys.begin(tx, CLAIM, now=clock()) == ANSWER


def test_another_call_under_the_same_key_is_a_mismatch(store: Store, clock: MovableClock) -> None:
    keep(store, clock)
    other = IdempotencyClaim(CLAIM.scope, CLAIM.key, "b" * 64)
    with pytest.raises(Problem) as refused, store.write() as tx:
        idempotency_keys.begin(tx, other, now=clock())
    assert (refused.value.kind, refused.value.code) == (Kind.MISMATCH, "idempotency_mismatch")


def test_the_same_key_elsewhere_is_another_key(store: Store, clock: MovableClock) -> None:
    keep(store, clock)
    with store.write() as tx:
        other = IdempotencyClaim("key_2 1 POST /v1/mass-messages", CLAIM.key, CLAIM.fingerprint)
        assert idempotency_keys.begin(tx, other, now=clock()) is None


def test_an_answer_is_kept_for_a_day(store: Store, clock: MovableClock) -> None:
    keep(store, clock)
    with store.write() as tx:
        last_moment = clock() + KEPT_FOR - timedelta(seconds=1)
        assert idempotency_keys.begin(tx, CLAIM, now=last_moment) == ANSWER
        assert idempotency_keys.begin(tx, CLAIM, now=clock() + KEPT_FOR) is None
        renewed = KeptAnswer(200, {}, b"{}")
        idempotency_keys.finish(tx, CLAIM, renewed, now=clock() + KEPT_FOR)
        assert idempotency_keys.begin(tx, CLAIM, now=clock() + KEPT_FOR) == renewed


def test_a_sweep_forgets_what_is_never_returned_again(store: Store, clock: MovableClock) -> None:
    keep(store, clock)
    with store.write() as tx:
        assert idempotency_keys.sweep(tx, now=clock() + KEPT_FOR - timedelta(seconds=1)) == 0
        assert idempotency_keys.sweep(tx, now=clock() + KEPT_FOR) == 1


def test_a_write_that_is_taken_back_takes_its_answer_along(store: Store, clock: MovableClock) -> None:
    def crash_after_keeping() -> None:
        with store.write() as tx:
            idempotency_keys.finish(tx, CLAIM, ANSWER, now=clock())
            raise RuntimeError("a fault after the answer was kept")

    with pytest.raises(RuntimeError):
        crash_after_keeping()
    with store.write() as tx:
        assert idempotency_keys.begin(tx, CLAIM, now=clock()) is None


def test_of_twins_at_the_same_time_one_writes(store: Store, clock: MovableClock) -> None:
    # The second waits its turn and finds the answer (SQLite), or hears that the first still runs (PostgreSQL).
    entered = threading.Event()
    leave = threading.Event()
    heard: list[object] = []

    def first() -> None:
        with store.write() as tx:
            idempotency_keys.begin(tx, CLAIM, now=clock())
            entered.set()
            leave.wait(20)
            idempotency_keys.finish(tx, CLAIM, ANSWER, now=clock())

    def second() -> None:
        try:
            with store.write() as tx:
                heard.append(idempotency_keys.begin(tx, CLAIM, now=clock()))
        except Problem as problem:
            heard.append(problem.code)
        finally:
            leave.set()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(20)
    threads[1].start()
    if store.dialect == "sqlite":
        leave.set()
    for each in threads:
        each.join()
    assert heard == ([ANSWER] if store.dialect == "sqlite" else ["idempotency_running"])


def keep(store: Store, clock: MovableClock) -> None:
    with store.write() as tx:
        idempotency_keys.finish(tx, CLAIM, ANSWER, now=clock())
