"""Deploying a new version loses no scheduled and no running work: processes are replaced, the schema is upgraded."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from fancast.model.mass_messages import State
from fancast.store import migrations
from fancast.store.database import Store
from fancast.store.tables import metadata
from tests import postgresql
from tests.conftest import check_ledgers
from tests.fault.fleet import Fleet
from tests.world import World

pytestmark = pytest.mark.fault
FANS = 60_000


@pytest.mark.slow
def test_replacing_every_process_in_the_middle_of_a_send_loses_and_doubles_nothing(
    new_fleet: Callable[..., Fleet], kills: int
) -> None:
    fleet = new_fleet(fans=FANS)
    serving = fleet.serve()
    working = [fleet.work(), fleet.work()] if fleet.scaled else []
    # Slow enough that it outlasts all the starting, on a slow machine too.
    running = fleet.send(pace=500)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    body = {"text": "later", "audience": {"user_lists": [fleet.list_id]}, "scheduled_at": soon}
    scheduled = fleet.call("POST", "/v1/mass-messages", body)["id"]
    for turn in range(1, 1 + kills // 3):
        fleet.await_sent(running, turn * 1_000)
        fleet.stop(serving)
        serving = fleet.serve()
        for place in range(len(working)):
            fleet.stop(working[place])
            working[place] = fleet.work()
    fleet.hurry(running)
    for id in (running, scheduled):
        assert fleet.await_state(id, "done").trouble is None
        fleet.check_exactly_once(id, FANS)


# ---- the schema


@pytest.fixture(params=["0001", "the last but one"])
def old(request: pytest.FixtureRequest, world: World, tmp_path: Path, worker: str) -> Iterator[Store]:
    """A database with the schema of an older version, and nothing in it."""
    if world.store.dialect == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'old.db'}", sqlite_synchronous="OFF")
        _upgrade_to(store, request.param)
        yield store
        store.close()
        return
    with postgresql.database(request.getfixturevalue("postgresql_server"), f"fancast_old_{worker}") as url:
        store = Store(url)
        _upgrade_to(store, request.param)
        yield store
        store.close()


def _upgrade_to(store: Store, revision: str) -> None:
    folder = Path(migrations.__file__).parent
    if revision == "the last but one":
        revision = sorted(file.name.partition("_")[0] for file in (folder / "versions").glob("0*.py"))[-2]
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_upgrading_the_schema_keeps_scheduled_and_running_work(world: World, old: Store) -> None:
    names = world.crowd(9)
    with world.write():
        world.user_list("some", *names[:6])
    running = world.send("running", pace=2)
    paused = world.send("paused", lists=["some"], pace=2)
    for _ in range(3):
        world.deliver()
        world.clock.forward(seconds=0.6)
    world.do("pause", paused)
    scheduled = world.send("scheduled", lists=["some"], at=world.clock() + timedelta(hours=1))
    draft = world.send("draft", save_for_later=True)
    assert 0 < world.again(running).sent < 9
    assert 0 < world.again(paused).sent < 6
    _move(world.store, old)
    migrations.upgrade(old)
    later = World(old, world.clock)
    later._places = world._places
    check_ledgers(old)
    assert later.inbox("f0") == world.inbox("f0")
    later.do("resume", paused)
    for _ in range(20):
        later.clock.forward(seconds=0.6)
        later.deliver()
    later.clock.forward(hours=1)
    later.do("publish", draft)
    later.deliver()
    for made, fans in ((running, 9), (paused, 6), (scheduled, 6), (draft, 9)):
        done = later.again(made)
        assert (done.state, done.sent, done.trouble) == (State.DONE, fans, None)
    assert sorted(later.inbox("f0")) == ["draft", "paused", "running", "scheduled"]
    assert sorted(later.inbox("f8")) == ["draft", "running"]
    check_ledgers(old)


def _move(new: Store, old: Store) -> None:
    """What the older version would have written: all rows, in the columns that it had."""
    address = sa.engine.make_url(old.url)
    driver = "postgresql+psycopg" if old.dialect == "postgresql" else address.drivername
    inspector = sa.inspect(sa.create_engine(address.set(drivername=driver), poolclass=sa.NullPool))
    known = set(inspector.get_table_names())
    with new.read() as source, old.write() as target:
        for table in metadata.sorted_tables:
            if table.name not in known:
                continue
            had = {column["name"] for column in inspector.get_columns(table.name)}
            columns = [column for column in table.columns if column.name in had]
            rows = [row._asdict() for row in source.rows(sa.select(*columns))]
            target.many(sa.insert(table), rows)
