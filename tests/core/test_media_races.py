"""Media that are deleted while a send takes them, on PostgreSQL: no message carries what is no more."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from fancast.core import mass_messages, messages, vault_lists
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content
from fancast.model.problems import Problem
from fancast.model.uploads import Upload, UploadId, UploadState
from fancast.store import blobs, uploads
from fancast.store import media as store_media
from fancast.store.database import Tx
from fancast.store.tables import media
from tests.core.test_races import meanwhile
from tests.world import DAY, World, on_postgresql

pytestmark = on_postgresql
Carry = Callable[[Tx, World], None]


@pytest.fixture
def removed(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A fan, a media item with a file, and the files that are given up."""
    world.fan("ann")
    world.media(7)
    with world.write() as tx:
        tx.run(sa.update(media).values(blob="file"))
    gone: list[str] = []
    monkeypatch.setattr(blobs, "mark", lambda _tx, keys, *, remove_at: gone.extend(keys))
    return gone


def delete(tx: Tx, world: World) -> None:
    vault_lists.delete_media(tx, world.account(), [MediaId(7)], now=world.clock())


def send(tx: Tx, world: World) -> None:
    content = Content("look", media_ids=(MediaId(7),))
    messages.send(tx, world.account(), world.fan_of("ann"), content, now=world.clock())


def receive(tx: Tx, world: World, name: str = "ann") -> None:
    content = Content("look", media_ids=(MediaId(7),))
    messages.receive(tx, world.account(), world.fan_of(name), content, now=world.clock())


@pytest.mark.parametrize("carry", [send, receive])
def test_a_file_that_a_message_took_meanwhile_is_kept(world: World, removed: list[str], carry: Carry):
    def delete_it() -> None:
        with world.store.write() as tx:
            delete(tx, world)

    with ExitStack() as deleting, world.store.write() as tx:
        carry(tx, world)
        deleting.enter_context(meanwhile(world, delete_it))
    assert (removed, world.inbox("ann")) == ([], ["look"])


@pytest.mark.parametrize("carry", [send, receive])
def test_media_that_were_deleted_meanwhile_are_not_sent(world: World, removed: list[str], carry: Carry):
    refused: list[str] = []

    def send_it() -> None:
        with pytest.raises(Problem) as told, world.store.write() as tx:
            carry(tx, world)
        refused.append(told.value.code)

    with ExitStack() as sending, world.store.write() as tx:
        delete(tx, world)
        sending.enter_context(meanwhile(world, send_it))
    assert (removed, refused, world.inbox("ann")) == (["file"], ["unknown_media"], [])


@pytest.mark.usefixtures("removed")
def test_of_two_fans_who_send_the_same_media_at_once_one_is_refused(world: World):
    world.fan("bo")
    refused: list[str] = []

    def send_it() -> None:
        with pytest.raises(Problem) as told, world.store.write() as tx:
            receive(tx, world, "bo")
        refused.append(told.value.code)

    with ExitStack() as sending, world.store.write() as tx:
        receive(tx, world)
        sending.enter_context(meanwhile(world, send_it))
    assert (refused, world.inbox("ann"), world.inbox("bo")) == (["locked"], ["look"], [])


@pytest.mark.usefixtures("removed")
def test_a_send_that_names_a_url_holds_its_other_media_before_the_head(world: World):
    """Else whoever holds the media and comes to the head, as every send does, meets it there in a deadlock."""
    draft = world.draft(media=[7], urls=["https://example.com/a.jpg"])

    def send_it() -> None:
        with world.store.write() as tx:
            mass_messages.create(tx, world.account(), draft, now=world.clock())

    with ExitStack() as sending, world.store.write() as tx:
        store_media.hold(tx, world.account().key, [MediaId(7)])
        sending.enter_context(meanwhile(world, send_it))
        send(tx, world)
    assert world.inbox("ann") == ["look"]


@pytest.fixture
def two_uploads(world: World) -> tuple[UploadId, UploadId]:
    """Uploads that are ready; the media item of the first has the higher id."""
    made = UploadId("a" * 32), UploadId("b" * 32)
    media_ids = world.media(9, 8)
    with world.write() as tx:
        for upload_id, media_id in [*zip(made, media_ids, strict=True)][::-1]:
            upload = Upload(
                upload_id=upload_id, state=UploadState.READY, filename="a.jpg", content_type="image/jpeg", size_bytes=9,
                parts_total=1, part_bytes=9, for_vault=True, created_at=world.clock(), media_id=media_id,
                expires_at=world.clock() + DAY, due_at=world.clock() + DAY,
            )  # fmt: skip
            uploads.add(tx, world.account().key, upload)
    return made


def send_uploads(tx: Tx, world: World, *ids: UploadId) -> None:
    draft = world.draft(urls=[f"upload:{upload_id}" for upload_id in ids])
    mass_messages.create(tx, world.account(), draft, now=world.clock())


def delete_both(tx: Tx, world: World, *_ids: UploadId) -> None:
    vault_lists.delete_media(tx, world.account(), [MediaId(8), MediaId(9)], now=world.clock())


@pytest.mark.parametrize("take", [send_uploads, delete_both])
def test_uploads_are_taken_lowest_id_first(
    world: World, two_uploads: tuple[UploadId, UploadId], take: Callable[..., None]
):
    """In whatever order they are named: else a send and a deletion met in a deadlock."""
    first, second = two_uploads

    def take_them() -> None:
        with world.store.write() as tx:
            take(tx, world, second, first)

    with ExitStack() as taking, world.store.write() as tx:
        uploads.get(tx, world.account().key, first, lock=True)
        taking.enter_context(meanwhile(world, take_them))
        uploads.get(tx, world.account().key, second, lock=True)


def test_media_behind_uploads_are_held_lowest_id_first(world: World, two_uploads: tuple[UploadId, UploadId]):
    """As every other send holds its media."""

    def send_them() -> None:
        with world.store.write() as tx:
            send_uploads(tx, world, *two_uploads)

    with ExitStack() as sending, world.store.write() as tx:
        store_media.hold(tx, world.account().key, [MediaId(8)])
        sending.enter_context(meanwhile(world, send_them))
        store_media.hold(tx, world.account().key, [MediaId(9)])
