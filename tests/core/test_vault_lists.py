"""The vault's own verbs: what media are told of messages, and what leaves with them."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fancast.core import fan_media, receiving, vault_lists
from fancast.core.receiving import Workshop
from fancast.core.uploads import Announced
from fancast.model.ids import MediaId
from fancast.model.media import Form, MediaType, placeholder
from fancast.model.problems import Problem
from fancast.model.uploads import Upload
from fancast.model.vault_lists import BUILT_IN_IDS, BuiltInVaultList, VaultListId, VaultQuery
from fancast.store import media as store_media
from fancast.store.tables import media
from tests.workshops import files_in, photo
from tests.world import World


def test_media_count_the_likes_of_the_messages_that_carry_them(world: World):
    world.fans("bo", "cy")
    world.sent("look", media=[7, 8])
    world.direct("bo", "you", media_ids=world.media(8))
    for name in ("bo", "cy"):
        for message in world.chat(name):
            world.likes(name, message)
            world.likes(name, message)
    assert world.media_told(7, 8) == [(2, 0), (3, 0)]
    world.likes("cy", world.chat("cy")[0], liked=False)
    world.likes("cy", world.chat("cy")[0], liked=False)
    assert world.media_told(7, 8) == [(1, 0), (2, 0)]


@pytest.mark.parametrize("values", [{"likes": 1}, {"tips_cents": 5}, {"in_messages": False}])
def test_the_ledger_finds_a_media_item_that_lies(world: World, values: dict[str, int | bool]):
    world.fan("bo")
    world.sent("look", media=[7])
    assert world.ledger().difference == 0
    with world.write() as tx:
        tx.run(sa.update(media).values(**values))
    assert world.ledger().difference == 1
    with world.write() as tx:
        tx.run(sa.update(media).values(likes=0, tips_cents=0, in_messages=True))


def uploaded(world: World, workshop: Workshop) -> Upload:
    sample = photo()
    wanted = Announced(sample.name, sample.content_type, sample.size, for_vault=True)
    return receiving.receive_new(workshop, world.account(), wanted, [sample.content]).result()


def test_files_leave_with_their_media_unless_a_message_carries_them(
    world: World, workshop: Workshop, tmp_path: Path
):
    world.fan("bo")
    kept, gone = uploaded(world, workshop), uploaded(world, workshop)
    assert kept.media_id is not None
    assert gone.media_id is not None
    assert len(files_in(tmp_path / "media")) == 2 * len(files_of(world, kept.media_id))
    world.direct("bo", "look", media_ids=(kept.media_id,))
    with world.write() as tx:
        ids = [kept.media_id, gone.media_id]
        vault_lists.delete_media(tx, world.account(), ids, now=world.clock())
        assert vault_lists.everything(tx, world.account()) == ({}, [])
    receiving.tend(workshop)
    assert len(files_in(tmp_path / "media")) == len(files_of(world, kept.media_id))
    assert world.chat("bo")[0].content.media_ids == (kept.media_id,)


def test_files_stay_in_the_message_by_which_a_fan_sent_them(world: World, workshop: Workshop, tmp_path: Path):
    world.fan("bo")
    sent = uploaded(world, workshop).media_id
    assert sent is not None
    world.writes("bo", "mine", media_ids=(sent,))
    with world.write() as tx:
        asked = VaultQuery(list_id=BUILT_IN_IDS[BuiltInVaultList.MESSAGES])
        listed = vault_lists.page_of_media(tx, world.account(), asked, limit=2)
        assert [item.media_id for item in listed] == [sent]
        vault_lists.delete_media(tx, world.account(), [sent], now=world.clock())
    receiving.tend(workshop)
    assert len(files_in(tmp_path / "media")) == len(files_of(world, sent))
    with world.read() as tx:
        assert fan_media.get(tx, world.account(), world.fan_of("bo"), sent).has(Form.FULL)


def test_what_one_fan_sent_another_cannot_open_by_sending_it(world: World):
    world.fans("bo", "cy")
    [sent] = world.media(7)
    for _ in range(2):
        world.writes("bo", media_ids=(sent,))
    with pytest.raises(Problem) as refused:
        world.writes("cy", media_ids=(sent,))
    assert (refused.value.code, world.inbox("cy")) == ("locked", [])


def test_an_upload_whose_media_left_the_vault_can_be_taken_no_more(world: World, workshop: Workshop):
    world.fan("bo")
    upload = uploaded(world, workshop)
    assert upload.media_id is not None
    with world.write() as tx:
        vault_lists.delete_media(tx, world.account(), [upload.media_id], now=world.clock())
    with pytest.raises(Problem) as refused:
        world.direct("bo", "look", media_ids=(placeholder(0),), references=(f"upload:{upload.upload_id}",))
    assert refused.value.code == "upload_expired"
    assert world.inbox("bo") == []


def files_of(world: World, media_id: MediaId) -> list[str]:
    with world.read() as tx:
        return store_media.get_many(tx, world.account().key, [media_id])[media_id].files


def test_counts_of_a_list_are_by_type_and_only_of_what_is_in_the_vault(world: World):
    with world.write() as tx:
        account = world.account()
        world.media(1, 2)
        world.media(3, type="video")
        made = vault_lists.create(tx, account, "Set", now=world.clock())
        vault_lists.add_media(tx, account, made.id, [MediaId(1), MediaId(2), MediaId(3)])
        vault_lists.delete_media(tx, account, [MediaId(2)], now=world.clock() + timedelta(1))
        found = vault_lists.get(tx, account, made.id)
    assert found.counts == {MediaType.PHOTO: 1, MediaType.VIDEO: 1}
    assert [item.media_id for item in found.newest] == [3, 1]


@pytest.mark.parametrize("said", ["", "no", "-1", "0", "1.5", str(2**53), "9" * 30, "²"])
def test_what_names_no_list_is_not_found(world: World, said: str):
    with world.write() as tx, pytest.raises(Problem) as refused:
        vault_lists.get(tx, world.account(), vault_lists.find_id(said))
    assert refused.value.code == "vault_list_not_found"


def test_built_in_lists_go_by_their_kind_too():
    assert [vault_lists.find_id(kind) for kind in ("messages", "media_stickers")] == [
        VaultListId(1),
        VaultListId(5),
    ]
