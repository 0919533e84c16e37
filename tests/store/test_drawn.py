"""Statements that are kept as text: SQLAlchemy's answers and errors, and no mix-ups."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.model.problems import Kind, Problem
from fancast.store import drawn
from fancast.store.among import among
from fancast.store.database import Store, Tx
from fancast.store.rows import Row
from fancast.store.tables import accounts, banned_words, fans, metadata
from tests.world import World, on_postgresql, on_sqlite

WORD = banned_words.c.word


@contextmanager
def by_sqlalchemy(tx: Tx) -> Iterator[list[str]]:
    """SQLAlchemy runs what somebody listens to. Notes what it ran."""
    heard: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    sa.event.listen(tx.connection, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        sa.event.remove(tx.connection, "before_cursor_execute", note)


def both_ways(tx: Tx, act: Callable[[], Sequence[Row]]) -> tuple[Sequence[Row], Sequence[Row]]:
    """What SQLAlchemy makes of it, and what the statement kept as text does."""
    with by_sqlalchemy(tx) as heard:
        theirs = act()
    assert heard
    act()
    return theirs, act()


def is_text(tx: Tx, statement: Any, *names: str) -> bool:
    return drawn.drawn(statement, tx.connection, names) is not None


def words(tx: Tx, *names: str, risk: str | None = "risky") -> None:
    tx.many(sa.insert(banned_words), [
        {"word": name, "risk_level": risk, "category": "x", "base": name, "safe_alternatives": [name, {"n": 1.5}],
         "notes": None, "changed_at": 2**40}
        for name in names
    ])  # fmt: skip


def test_rows_of_every_table_come_back_as_from_sqlalchemy(world: World):
    one, two, _ = world.crowd(3)
    world.user_list("vips", one, two)
    sale = world.sent("hello", price_cents=500, media=[7], locked_text=True)
    world.buys(one, sale)
    world.writes(two)
    world.tips(one, 300)
    looked_at = 0
    with world.store.write() as tx:
        words(tx, "one", "two")
        for table in metadata.sorted_tables:
            statement = sa.select(table)
            theirs, ours = both_ways(tx, lambda one=statement: list(tx.rows(one)))  # type: ignore[misc]
            assert is_text(tx, statement)
            assert [row._asdict() for row in theirs] == [row._asdict() for row in ours]
            assert [[type(value) for value in row] for row in theirs] == [
                [type(value) for value in row] for row in ours
            ]
            looked_at += bool(ours)
    assert looked_at > 15, "the world is too empty to tell"


@pytest.mark.parametrize(
    "names", [[], ["a"], ["a", "b", "c"], list("abcdefgh"), [f"w{n}" for n in range(5_000)]]
)
def test_a_list_of_any_length_finds_what_it_names_and_leaves_out_what_it_does_not(
    store: Store, names: list[str]
):
    wanted = sa.bindparam("names", expanding=True)
    inside = sa.select(WORD).where(WORD.in_(wanted)).order_by(WORD)
    outside = sa.select(WORD).where(WORD.not_in(wanted), WORD.in_(sa.bindparam("few", expanding=True)))
    few = ["a", "b", "zz", "zz"]
    with store.write() as tx:
        words(tx, *"abcdefghij", "zz")
        for _ in range(3):
            assert tx.column(inside, {"names": names}) == [name for name in "abcdefghij" if name in names]
            found = set(tx.column(outside, {"names": names, "few": few}))
            assert found == {"a", "b", "zz"}.difference(names)
        assert is_text(tx, inside) is (store.dialect == "sqlite")
        tx.run(sa.delete(banned_words))


@on_sqlite
def test_lists_of_many_lengths_are_few_texts(store: Store):
    statement = sa.select(WORD).where(WORD.in_(sa.bindparam("names", expanding=True)))
    with store.read() as tx:
        heard: set[str] = set()
        driver: Any = tx.connection.connection.driver_connection
        tx.rows(statement, {"names": ["x"]})
        tx.rows(statement, {"names": ["x"]})
        driver.set_trace_callback(lambda text: heard.add(text.replace("'x'", "?")))
        for count in range(1, 501):
            tx.rows(statement, {"names": ["x"] * count})
        assert len(heard) == 10
        # As many as a send may name.
        for count in range(4_050, 10_000, 350):
            tx.rows(statement, {"names": ["x"] * count})
        driver.set_trace_callback(None)
    assert len(heard) == 13


def test_a_list_of_numbers_is_one_text_on_both(world: World):
    world.crowd(5)
    statement = sa.select(fans.c.number).where(among(fans.c.number, "numbers")).order_by(fans.c.number)
    with world.store.read() as tx:
        for numbers in ([], [2], [4, 2, 4], [0, 1, 2, 3, 4, 5, 6]):
            for _ in range(2):
                assert tx.column(statement, {"numbers": numbers}) == [n for n in range(5) if n in numbers]
        assert is_text(tx, statement)


def test_what_grows_out_of_a_statement_is_a_statement_of_its_own(store: Store):
    every = sa.select(WORD).order_by(WORD)
    with store.write() as tx:
        words(tx, "a", "b")
        words(tx, "c", risk=None)
        for _ in range(3):
            assert tx.column(every) == ["a", "b", "c"]
        assert is_text(tx, every)
        for _ in range(3):
            assert tx.column(every.where(banned_words.c.risk_level.is_(None))) == ["c"]
            assert tx.column(every.limit(1)) == ["a"]
        risky = banned_words.c.risk_level
        for level, found in (("risky", ["a", "b"]), ("other", [])):
            assert tx.column(every.where(risky == level)) == found, "values drawn into it are its own"
        tx.run(sa.delete(banned_words))


def test_changes_say_how_many_rows_they_changed(store: Store):
    level = (
        sa.update(banned_words).where(WORD == sa.bindparam("which")).values(risk_level=sa.bindparam("level"))
    )
    gone = sa.delete(banned_words)
    counted = sa.select(sa.func.count()).select_from(banned_words)
    with store.write() as tx:
        words(tx, "a", "b", "c")
        for _ in range(3):
            assert tx.run(level, {"which": "a", "level": "x"}) == 1
            assert tx.run(level, {"which": "zz", "level": "x"}) == 0
            rows = [{"which": which, "level": "y"} for which in ("a", "zz", "c")]
            assert tx.many(level, rows) == 2
            assert tx.many(level, []) == 0
        assert is_text(tx, level, "which", "level")
        assert tx.run(gone) == 3
        words(tx, "a")
        assert tx.run(gone) == 1
        assert tx.run(gone) == 0
        assert tx.value(counted) == 0


def test_an_insert_takes_the_columns_it_is_given_each_time(store: Store):
    insert = sa.insert(banned_words)
    whole = {"category": "x", "base": "b", "safe_alternatives": {"é": None}, "changed_at": 1}
    with store.write() as tx:
        for place in range(3):
            assert tx.run(insert, whole | {"word": f"bare{place}"}) == 1
            assert tx.run(insert, whole | {"word": f"told{place}", "notes": "n", "risk_level": "r"}) == 1
        found = tx.rows(sa.select(banned_words).order_by(WORD))
        assert [row.notes for row in found] == [None] * 3 + ["n"] * 3
        assert [row.safe_alternatives for row in found] == [{"é": None}] * 6
        tx.run(sa.delete(banned_words))


def test_what_a_change_returns_comes_as_rows(store: Store):
    level = (
        sa.update(banned_words)
        .where(WORD == sa.bindparam("which"))
        .values(risk_level="told")
        .returning(WORD, banned_words.c.risk_level)
    )
    with store.write() as tx:
        words(tx, "a")
        for _ in range(3):
            row = tx.row(level, {"which": "a"})
            assert row is not None
            assert (row.word, row.risk_level) == ("a", "told")
            assert tx.row(level, {"which": "b"}) is None
        assert is_text(tx, level, "which")
        tx.run(sa.delete(banned_words))


def test_a_value_that_is_missing_is_an_error_and_not_null(store: Store):
    statement = sa.select(WORD).where(WORD == sa.bindparam("which"))
    with store.read() as tx:
        for _ in range(3):
            assert tx.row(statement, {"which": "a"}) is None
        for values in (None, {}, {"other": "a"}):
            with pytest.raises(TypeError, match="which"):
                tx.row(statement, values)


def test_a_broken_rule_of_the_database_is_sqlalchemys_error_without_the_values(store: Store):
    row = {"category": "secret words", "base": "b", "safe_alternatives": [], "changed_at": 1}
    insert = sa.insert(banned_words)

    def twice_the_same() -> None:
        with store.write() as tx:
            for word in ("one", "two", "two"):
                tx.run(insert, row | {"word": word})
                assert is_text(tx, insert, *row, "word")

    with pytest.raises(sa.exc.IntegrityError) as caught:
        twice_the_same()
    assert "secret words" not in str(caught.value)
    with store.read() as tx:
        assert tx.value(sa.select(sa.func.count()).select_from(banned_words)) == 0


@on_postgresql
def test_a_connection_that_is_lost_is_told_and_the_next_one_serves(store: Store):
    statement = sa.select(sa.func.count()).select_from(accounts)

    def cut_off() -> None:
        with store.read() as tx:
            driver: Any = tx.connection.connection.driver_connection
            with store.write() as other:
                other.column(sa.select(sa.func.pg_terminate_backend(driver.info.backend_pid)))
            assert is_text(tx, statement)
            tx.value(statement)

    for _ in range(3):
        with store.read() as tx:
            tx.value(statement)
    with pytest.raises(Problem) as caught:
        cut_off()
    assert caught.value.kind is Kind.UNAVAILABLE
    with store.read() as tx:
        assert tx.value(statement) == 0


def test_who_listens_to_sqlalchemy_hears_every_statement(store: Store):
    statement = sa.select(WORD)
    with store.read() as tx:
        for _ in range(3):
            tx.rows(statement)
        with by_sqlalchemy(tx) as heard:
            tx.rows(statement)
            tx.value(statement)
        tx.rows(statement)
    assert len(heard) == 2
    assert all("FROM banned_words" in text for text in heard)
