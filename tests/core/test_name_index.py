"""Fans found by their names: the sets and a look at every row say the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.core import fans, imports, name_index
from fancast.model import name_index as model
from fancast.model.ids import FanId
from fancast.model.problems import Problem
from fancast.workers import indexing
from tests.world import World

_LETTERS = "abnä _7É"
words = st.text(_LETTERS, min_size=1, max_size=7)


def put_into_sets(world: World, on: str = "ada") -> None:
    while indexing.index_next(world.store, world.account(on).key):
        pass


def call(world: World, who: str, on: str = "ada", **values: str) -> None:
    """The platform tells what a fan is called now."""
    place = world.place(on)
    with world.write() as tx:
        fans.put(tx, place.account, place.fans[who], values, now=world.clock())


def found(world: World, query: str, on: str = "ada") -> set[int]:
    with world.read() as tx:
        account = world.account(on)
        return {fan.fan_id for fan in fans.get_many(tx, account, list(name_index.search(tx, account, query)))}


def seen(world: World, query: str, on: str = "ada") -> set[int]:
    """By looking at every fan."""
    letters = model.fold(query.strip())
    with world.read() as tx:
        everybody = fans.get_many(tx, world.account(on), list(world.place(on).numbers.values()))
    return {
        fan.fan_id
        for fan in everybody
        if model.holds(model.Names(fan.username, fan.name, fan.custom_name), letters)
    }


def test_letters_are_found_whatever_their_case_and_accents_and_whether_put_in_or_not(world: World):
    world.fans("jose", "bo")
    call(world, "jose", name="José Álvarez")
    call(world, "bo", name="Bo Larsen")
    for _ in range(2):
        assert (
            found(world, "ÁLVAREZ") == found(world, "alvarez") == found(world, "é Á") == seen(world, "jose")
        )
        assert found(world, "bo l") == seen(world, "BO")
        assert found(world, "zzz") == set()
        put_into_sets(world)


def test_a_query_of_letters_that_a_name_has_apart_finds_nobody(world: World):
    # Every three letters of `abcabd` are in `abcab cabd`, but not in one piece.
    world.fan("abcab cabd")
    put_into_sets(world)
    assert found(world, "abcabd") == set()
    assert len(found(world, "bcab")) == 1


def test_a_renamed_fan_is_found_by_the_new_name_only(world: World):
    world.fans("anna", "bert")
    put_into_sets(world)
    call(world, "anna", name="Clara", username="clara")
    with world.write() as tx:
        fans.set_custom_name(tx, world.account(), world.place().fans["bert"], "Bärchen")
    assert found(world, "anna") == set()
    assert found(world, "clar") == {world.place().fans["anna"]}
    assert found(world, "bar") == found(world, "bert") == {world.place().fans["bert"]}


def test_who_loses_a_username_to_another_is_not_found_by_it(world: World):
    world.fans("anna", "bert")
    put_into_sets(world)
    anna, bert = world.place().fans["anna"], world.place().fans["bert"]
    call(world, "bert", username="anna", name="Anna")
    # The first has the name still, and the username no more.
    assert found(world, "anna") == {anna, bert}
    call(world, "anna", name="Zoe")
    assert found(world, "anna") == {bert}
    assert found(world, f"u{anna}") == {anna}


def test_a_name_that_changes_while_its_stretch_is_put_in_is_not_lost(world: World):
    world.fans("anna", "bert")
    with world.read() as tx:
        stretch = name_index.next_stretch(tx, world.account().key)
    assert stretch is not None
    call(world, "anna", username="zoe", name="Zoe")
    with world.write() as tx:
        assert not name_index.put_in(tx, stretch)
    put_into_sets(world)
    assert (found(world, "anna"), len(found(world, "zoe"))) == (set(), 1)


def test_an_import_that_renames_is_followed(world: World):
    world.fans("anna", "bert")
    put_into_sets(world)
    place = world.place()
    rows = {
        place.fans["anna"]: {"username": "bert"},
        place.fans["bert"]: {"username": "anna"},
        FanId(9): {"username": "new"},
    }
    with world.write() as tx:
        imports.put_fans(tx, place.account, rows, now=world.clock())
        assert fans.get(tx, place.account, "anna").fan_id == place.fans["bert"]
        assert fans.get(tx, place.account, "bert").fan_id == place.fans["anna"]
    assert found(world, "new") == {9}


def test_of_two_in_one_import_the_last_has_the_username(world: World):
    rows = {FanId(1): {"username": "bo"}, FanId(2): {"username": "bo"}}
    for _ in range(2):
        with world.write() as tx:
            imports.put_fans(tx, world.account(), rows, now=world.clock())
            assert fans.get(tx, world.account(), "bo").fan_id == 2
            assert fans.get(tx, world.account(), 1).username == "u1"


@settings(max_examples=15)
@given(st.lists(st.tuples(words, words, st.booleans()), min_size=1, max_size=12), st.lists(words, max_size=6))
def test_sets_and_rows_agree_on_any_names_and_queries(world: World, given_names: list, queries: list[str]):
    on = f"p{len(world._places)}"
    for number, (username, name, early) in enumerate(given_names):
        key = f"{username}.{number}"
        world.fan(key, subscribed=False, on=on)
        call(world, key, on, name=name)
        if early:
            put_into_sets(world, on)
    for query in [*queries, *(name[:length] for _, name, _ in given_names for length in (1, 2, 4))]:
        if query.strip():
            assert found(world, query, on) == seen(world, query, on)


def test_a_name_that_stands_for_an_id_is_nobody_else_s(world: World):
    world.fan("bo", id=77)
    with pytest.raises(Problem, match="u78"):
        call(world, "bo", username="u78")
    call(world, "bo", username="u77")
    with pytest.raises(Problem, match="u78"):
        imports.read_fan(("fan_id", "username"), ("77", "u78"))


def test_a_username_given_to_many_at_once_is_the_last_one_s(world: World):
    names = world.crowd(6)
    put_into_sets(world)

    def claim(name: str) -> None:
        for _ in range(5):
            with world.store.write() as tx:
                place = world.place()
                fans.put(tx, place.account, place.fans[name], {"username": "star"}, now=world.clock())

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(claim, names))
    with world.read() as tx:
        everybody = fans.get_many(tx, world.account(), list(world.place().numbers.values()))
    assert [fan.username for fan in everybody].count("star") == 1
    assert sum(fan.username == f"u{fan.fan_id}" for fan in everybody) == 5
    assert found(world, "star") == {fan.fan_id for fan in everybody if fan.username == "star"}
