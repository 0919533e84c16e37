"""Who is stopped while PostgreSQL speaks with it keeps its locks only until somebody waited for them in vain."""

import time
from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from fancast.model.problems import Kind, Problem
from fancast.store import heads
from fancast.store.database import Store
from fancast.store.engines import IDLE_IN_TRANSACTION_SECONDS
from tests.world import World, on_postgresql

pytestmark = [on_postgresql, pytest.mark.slow]
MUCH = 50_000_000


def stops_taking(client: psycopg.Connection[object]) -> None:
    client.pgconn.send_query(f"SELECT repeat('x', {MUCH})".encode())


def stops_sending(client: psycopg.Connection[object]) -> None:
    client.pgconn.send_query_params(b"SELECT $1::text", [b"x" * MUCH])


@pytest.mark.parametrize("stops", [stops_taking, stops_sending])
def test_who_is_stopped_while_it_speaks_with_the_database_loses_the_locks(
    world: World, stops: Callable[[psycopg.Connection[object]], None]
) -> None:
    account = world.account().key

    def want_the_lock() -> None:
        with world.store.write() as tx:
            tx.connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            heads.take(tx, account)

    with psycopg.connect(world.store.url.replace("+psycopg", "")) as client:
        client.execute("UPDATE account_heads SET next_id = next_id WHERE account_id = %s", [account])
        client.pgconn.nonblocking = 1
        stops(client)
        with pytest.raises(Problem) as caught:
            want_the_lock()
        assert caught.value.kind is Kind.UNAVAILABLE
        assert is_at_work(world.store, client), "nobody is ended before the time that the documentation says"
        # PostgreSQL itself would have ended it by then, if it ever did.
        time.sleep(IDLE_IN_TRANSACTION_SECONDS + 1)
        assert is_at_work(world.store, client)
        with pytest.raises(Problem):
            want_the_lock()
        want_the_lock()
        assert not is_at_work(world.store, client)
        client.close()


def is_at_work(store: Store, client: psycopg.Connection[object]) -> bool:
    state = sa.text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with store.read() as tx:
        return tx.value(state, {"pid": client.pgconn.backend_pid}) == "active"
