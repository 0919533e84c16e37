"""Texts are found whatever their case, in every alphabet, on both databases alike."""

from collections.abc import Callable

import pytest

from fancast.core import engagement, mass_messages, user_lists, vault_lists
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Listing
from fancast.model.media import Media, MediaType
from fancast.model.vault_lists import VaultQuery
from fancast.store import media
from fancast.store.database import Tx
from tests.world import World

TEXTS = ("Привет Émilie", "plain 100%_/ Talk")


def sent_ones(tx: Tx, world: World, query: str) -> list[str]:
    found = mass_messages.page_by_start(tx, world.account(), query=query, limit=9)
    listed = mass_messages.page(tx, world.account(), Listing(query=query), limit=9)
    assert listed == found
    return [one.content.text for one in found]


def direct_ones(tx: Tx, world: World, query: str) -> list[str]:
    found = engagement.direct(tx, world.account(), query=query, limit=9, now=world.clock()).found
    return [one.message.content.text for one in found]


def user_lists_found(tx: Tx, world: World, query: str) -> list[str]:
    return [one.name for one in user_lists.page(tx, world.account(), query=query, limit=9, now=world.clock())]


def vault_lists_found(tx: Tx, world: World, query: str) -> list[str]:
    return [one.name for one in vault_lists.page(tx, world.account(), query=query, limit=9)]


def media_found(tx: Tx, world: World, query: str) -> list[str]:
    asked = VaultQuery(query=query)
    return [one.name for one in vault_lists.page_of_media(tx, world.account(), asked, limit=9)]


@pytest.fixture
def texts(world: World) -> World:
    """Each of the texts in each place where texts are looked for."""
    world.fan("bo")
    for id, text in enumerate(TEXTS, 1):
        world.sent(text)
        world.direct("bo", text)
        world.user_list(text)
        item = Media(MediaId(id), MediaType.PHOTO, text, 8, 6, None, 1_000, True, world.clock())
        with world.write() as tx:
            vault_lists.create(tx, world.account(), text, now=world.clock())
            media.add(tx, world.account().key, [item])
    return world


@pytest.mark.parametrize("look", [sent_ones, direct_ones, user_lists_found, vault_lists_found, media_found])
def test_a_text_is_found_by_any_part_of_it_in_any_case(
    texts: World, look: Callable[[Tx, World, str], list[str]]
) -> None:
    greeting, plain = TEXTS
    with texts.store.read() as tx:
        for query in ("Привет", "привет", "ПРИВЕТ", "ВЕТ É", "Émilie", "émilie", "ÉMILIE", "MiLi"):
            assert look(tx, texts, query) == [greeting], query
        # What is a sign in SQL's patterns is only itself here.
        for query in ("talk", "100%_/", "%", "_", "/"):
            assert look(tx, texts, query) == [plain], query
        for query in ("приветы", "Emil%e", "t_lk", "\\"):
            assert look(tx, texts, query) == [], query


def test_a_sigma_is_found_wherever_it_stands_in_its_word(world: World) -> None:
    world.fan("bo")
    world.sent("Ο ΔΡΟΜΟΣ")
    with world.store.read() as tx:
        assert sent_ones(tx, world, "ΔΡΟΜΟΣ") == sent_ones(tx, world, "δρομοσ") == ["Ο ΔΡΟΜΟΣ"]
