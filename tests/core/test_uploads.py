"""Uploads: bytes become media, or leave nothing behind; a message takes an upload once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fancast.blobs import films, samples
from fancast.blobs.findings import Refused
from fancast.core import receiving, upload_ends, uploads
from fancast.core.receiving import Workshop
from fancast.core.uploads import Announced
from fancast.model.media import Form, Media, Named
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem
from fancast.model.uploads import LIFE, Upload, UploadLimits, UploadState
from fancast.store import media as store_media
from fancast.store import uploads as store
from tests.serving import until
from tests.workshops import Sample, audio, files_in, gif, photo, video, workshop_on
from tests.world import MovableClock, World


class Uploads:
    """Uploads of the account "ada" into one folder."""

    def __init__(self, world: World, workshop: Workshop, folder: Path) -> None:
        self.world, self.workshop, self.folder = world, workshop, folder
        self.account = world.place().account

    def begin(self, sample: Sample, **said: Any) -> Upload:
        wanted = {
            "filename": sample.name,
            "content_type": sample.content_type,
            "size_bytes": sample.size,
            **said,
        }
        with self.world.store.write() as tx:
            return uploads.begin(
                tx, self.account, Announced(**wanted), self.workshop.limits, now=self.world.clock()
            )

    def whole(self, sample: Sample, **said: Any) -> Upload:
        """Announced and received in one go."""
        upload = self.begin(sample, **said)
        return receiving.receive_whole(self.workshop, self.account, upload.upload_id, chunks(sample.content))

    def part(self, upload: Upload, number: int, content: bytes) -> Any:
        return receiving.receive_part(self.workshop, self.account, upload.upload_id, number, chunks(content))

    def get(self, upload: Upload) -> Upload:
        with self.world.read() as tx:
            return uploads.get(tx, self.account, upload.upload_id)

    def media(self, upload: Upload) -> Media | None:
        with self.world.read() as tx:
            return uploads.media_of(tx, self.account, upload)

    def bytes_of(self, blob: str | None) -> bytes:
        assert blob is not None
        return b"".join(self.workshop.blobs.read(blob))

    def all_media(self) -> int:
        with self.world.read() as tx:
            return len(store_media.get_many(tx, self.account.key, range(1_000_000, 1_000_100)))  # type: ignore[arg-type]


@pytest.fixture
def up(world: World, workshop: Workshop, tmp_path: Path) -> Uploads:
    return Uploads(world, workshop, tmp_path / "media")


@pytest.fixture
def small_parts(world: World, tmp_path: Path) -> Iterator[Uploads]:
    """Uploads in parts of 1,000 bytes, up to 40,000."""
    limits = UploadLimits(file_bytes=40_000, part_bytes=1_000)
    with workshop_on(world.store, world.clock, tmp_path / "media", limits=limits) as workshop:
        yield Uploads(world, workshop, tmp_path / "media")


def chunks(content: bytes, size: int = 700) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def refused(code: str, act: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code, caught.value.message
    return caught.value


# ---- what the bytes are


@pytest.mark.parametrize(
    ("make", "width", "height", "seconds"),
    [(photo, 640, 480, None), (gif, 120, 90, None), (video, 320, 240, 3), (audio, None, None, 2)],
)
def test_bytes_become_media_that_know_what_they_are(
    up: Uploads, make: Callable[[], Sample], width: int | None, height: int | None, seconds: int | None
):
    sample = make()
    upload = up.whole(sample)
    assert upload.state is UploadState.READY
    found = up.media(upload)
    assert found is not None
    assert (found.type, found.content_type, found.ready) == (sample.type, sample.content_type, True)
    assert (found.width, found.height, found.duration_seconds) == (width, height, seconds)
    assert (found.name, found.size_bytes, found.in_vault) == (sample.name, sample.size, True)
    assert up.bytes_of(found.blob) == sample.content
    if sample.type != "audio":
        made = found.renditions
        assert set(made) == {Form.THUMB, Form.PREVIEW, Form.SQUARE}
        assert max(made[Form.THUMB].width, made[Form.THUMB].height) <= 300
        assert (made[Form.SQUARE].width, made[Form.SQUARE].height) == (300, 300)
        assert all(up.bytes_of(form.blob)[:3] == b"\xff\xd8\xff" for form in made.values())
    assert len(files_in(up.folder)) == (1 if sample.type == "audio" else 4)


def test_a_photo_turned_by_its_camera_is_measured_as_it_is_seen(up: Uploads):
    import io

    from PIL import Image

    out, image = io.BytesIO(), Image.new("RGB", (400, 200), "red")
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(out, "JPEG", exif=exif)
    found = up.media(up.whole(Sample("turned.jpg", "image/jpeg", "photo", out.getvalue())))
    assert found is not None
    assert (found.width, found.height) == (200, 400)
    assert (found.renditions[Form.THUMB].width, found.renditions[Form.THUMB].height) == (150, 300)


def bomb() -> bytes:
    """A PNG of 64,000 by 64,000 pixels in a few kilobytes."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 64_000, 64_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 64_000))
        + chunk(b"IEND", b"")
    )


def damaged(content: bytes, at: float, size: int) -> bytes:
    """The same with so many bytes of nothing in it."""
    place = int(len(content) * at)
    return content[:place] + bytes(size) + content[place + size :]


def moving(seconds: int = 4, leading: int = 0) -> bytes:
    """A film with something to see in every frame, a key frame a second; without its first packets it was cut."""
    import io

    import av
    from PIL import Image

    noise, whole, cut = Image.effect_noise((160, 120), 60).convert("RGB"), io.BytesIO(), io.BytesIO()
    with av.open(whole, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=10, options={"g": "10", "x264-params": "open-gop=1"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(seconds * 10):
            film.mux(stream.encode(av.VideoFrame.from_image(noise.rotate(number * 3))))
        film.mux(stream.encode(None))
    whole.seek(0)
    with av.open(whole) as film, av.open(cut, "w", format="mp4") as shorter:
        to = shorter.add_stream_from_template(film.streams.video[0])
        for packet in [each for each in film.demux(video=0) if each.size][leading:]:
            packet.stream = to
            shorter.mux(packet)
    return cut.getvalue()


def song() -> bytes:
    return (Path(samples.__file__).parent / "night.m4a").read_bytes()


USELESS = {
    "no media at all": (b"hello, this is text " * 40, "image/jpeg"),
    "a photo cut off": (photo().content[:-2_000], "image/jpeg"),
    "a photo damaged": (photo(kind="PNG").content[:400] + b"\0" * 600 + photo(kind="PNG").content[1_000:], "image/png"),
    "a gif cut off": (gif().content[:-30], "image/gif"),
    "a video cut off": (video().content[: len(video().content) * 6 // 10], "video/mp4"),
    "a video whose index is gone": (video().content[:200], "video/mp4"),
    "a video damaged in its middle": (damaged(moving(), 0.6, 12_000), "video/mp4"),
    "a video with one frame that is damaged": (damaged(video().content, 0.8, 150), "video/mp4"),
    "a sound cut off": (audio().content[:1_000], "audio/wav"),
    "a song damaged in its middle": (damaged(song(), 0.5, 8_000), "audio/mp4"),
    "a photo said to be a video": (photo().content, "video/mp4"),
    "a video said to be a photo": (video().content, "image/jpeg"),
    "a page said to be a photo": (b"<html><script>alert(1)</script></html>", "image/png"),
    "a picture that unpacks to gigabytes": (bomb(), "image/png"),
}  # fmt: skip


@pytest.mark.parametrize("what", USELESS)
def test_files_that_are_no_use_are_refused_and_leave_nothing(up: Uploads, what: str):
    content, said = USELESS[what]
    upload = up.begin(Sample("x", said, "", content))
    before = up.all_media()
    problem = refused(
        "unusable_file",
        lambda: receiving.receive_whole(up.workshop, up.account, upload.upload_id, chunks(content)),
    )
    assert len(problem.message) > 15
    assert files_in(up.folder) == []
    assert up.all_media() == before
    failed = up.get(upload)
    assert (failed.state, failed.failure, failed.blob) == (UploadState.FAILED, problem.message, None)


@pytest.mark.parametrize(
    ("content", "said", "seconds"),
    [(moving(), "video/mp4", 4), (moving(leading=13), "video/mp4", 3), (song(), "audio/mp4", 5)],
)
def test_what_can_be_played_is_taken_though_it_was_cut_from_something_longer(
    up: Uploads, content: bytes, said: str, seconds: int
):
    found = up.media(up.whole(Sample("x", said, "", content)))
    assert found is not None
    assert (found.ready, found.duration_seconds) == (True, seconds)


def test_a_film_too_long_to_be_decoded_is_looked_at_by_its_key_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(films, "_FREE_SECONDS", 0.0)
    for content, more in ((moving(8), 1e-9), (moving(8), 60.0)):
        path = tmp_path / "long.mp4"
        path.write_bytes(content)
        monkeypatch.setattr(films, "_MORE_SECONDS", more)
        assert films.look(path, "video/mp4", tmp_path).duration_seconds == 8
    path.write_bytes(damaged(content, 0.6, 20_000))
    with pytest.raises(Refused, match="damaged"):
        films.look(path, "video/mp4", tmp_path)


def test_a_file_that_takes_too_long_to_read_is_given_up(world: World, tmp_path: Path):
    with workshop_on(world.store, world.clock, tmp_path / "media", seconds=0.001) as workshop:
        up = Uploads(world, workshop, tmp_path / "media")
        assert "could not be read within" in refused("unusable_file", lambda: up.whole(photo())).message
        assert files_in(up.folder) == []


def test_who_need_not_wait_is_told_and_the_work_goes_on(world: World, tmp_path: Path):
    with workshop_on(world.store, world.clock, tmp_path / "media", patience_seconds=0) as workshop:
        up = Uploads(world, workshop, tmp_path / "media")
        early = up.whole(photo())
        found = up.media(early)
        assert (early.state, found is not None and found.ready) == (UploadState.PROCESSING, False)
        late = until(
            lambda: up.get(early) if up.get(early).state is UploadState.READY else None, "it is ready"
        )
        assert late.media_id == early.media_id


# ---- how the bytes come


def test_a_body_of_another_size_than_announced_leaves_nothing_and_may_come_again(up: Uploads):
    sample = photo()
    upload = up.begin(sample)
    for content in (sample.content[:-1], b""):
        refused(
            "upload_incomplete",
            lambda content=content: receiving.receive_whole(
                up.workshop, up.account, upload.upload_id, chunks(content)
            ),
        )
        assert files_in(up.folder) == []
    with_more = sample.content + b"x"
    refused(
        "file_too_large",
        lambda: receiving.receive_whole(up.workshop, up.account, upload.upload_id, chunks(with_more)),
    )
    again = receiving.receive_whole(up.workshop, up.account, upload.upload_id, chunks(sample.content))
    assert again.state is UploadState.READY


class Gone(Exception):
    """The sender hung up."""


def test_a_sender_that_breaks_off_leaves_nothing(up: Uploads):
    sample = photo()
    upload = up.begin(sample)

    def breaking() -> Iterator[bytes]:
        yield sample.content[:500]
        raise Gone

    with pytest.raises(Gone):
        receiving.receive_whole(up.workshop, up.account, upload.upload_id, breaking())
    assert files_in(up.folder) == []
    assert up.get(upload).state is UploadState.CREATED


def test_more_than_the_limit_is_refused_before_and_while_it_comes(small_parts: Uploads):
    up = small_parts
    problem = refused("file_too_large", lambda: up.begin(photo(), size_bytes=40_001))
    assert problem.kind is Kind.TOO_LARGE
    endless = (b"x" * 5_000 for _ in range(1_000_000))
    wanted = Announced("x.jpg", "image/jpeg", None)
    refused("file_too_large", lambda: receiving.receive_new(up.workshop, up.account, wanted, endless))
    assert files_in(up.folder) == []


def test_parts_in_any_order_and_sent_again_make_the_file(small_parts: Uploads):
    up, sample = small_parts, photo()
    upload = up.begin(sample)
    pieces = dict(enumerate(chunks(sample.content, 1_000), start=1))
    assert upload.parts_total == len(pieces) > 3
    up.part(upload, 2, b"y" * 1_000)
    for number in sorted(pieces, reverse=True):
        up.part(upload, number, pieces[number])
    done = receiving.complete(up.workshop, up.account, upload.upload_id)
    found = up.media(done)
    assert found is not None
    assert up.bytes_of(found.blob) == sample.content
    assert len(files_in(up.folder)) == 5  # The replaced part goes with the next sweep.
    receiving.tend(up.workshop)
    assert len(files_in(up.folder)) == 4
    assert receiving.complete(up.workshop, up.account, upload.upload_id).media_id == done.media_id


def test_parts_that_are_missing_or_wrong_are_named(small_parts: Uploads):
    up, sample = small_parts, photo()
    upload = up.begin(sample)
    up.part(upload, 1, sample.content[:1_000])
    problem = refused(
        "upload_incomplete", lambda: receiving.complete(up.workshop, up.account, upload.upload_id)
    )
    assert "2, 3" in problem.message
    for number, content, code in (
        (0, b"x", "bad_part"), (upload.parts_total + 1, b"x", "bad_part"), (2, b"x" * 999, "upload_incomplete"),
        (2, b"x" * 1_001, "file_too_large"),
    ):  # fmt: skip
        refused(code, lambda number=number, content=content: up.part(upload, number, content))
    assert len(files_in(up.folder)) == 1


# ---- one use


def say(up: Uploads, name: str, upload_id: str, *, on: str = "ada") -> Message:
    """A message with one upload."""
    media = Named()
    ids = (media.upload(upload_id),)
    return up.world.direct(name, "look", media_ids=ids, references=tuple(media.references), on=on)


def test_a_message_takes_an_upload_once(up: Uploads):
    up.world.fan("bo")
    upload = up.whole(photo())
    sent = say(up, "bo", upload.upload_id)
    assert sent.content.media_ids == (upload.media_id,)
    taken = up.get(upload)
    assert (taken.state, taken.consumed_at) == (UploadState.CONSUMED, up.world.clock())
    problem = refused("upload_used", lambda: say(up, "bo", upload.upload_id))
    assert str(upload.media_id) in problem.message


def test_a_refused_send_leaves_its_upload_usable(up: Uploads):
    up.world.fan("bo", blocked=True)
    up.world.fan("cy")
    upload = up.whole(photo())
    refused("fan_cannot_receive", lambda: say(up, "bo", upload.upload_id))
    assert up.get(upload).state is UploadState.READY
    assert say(up, "cy", upload.upload_id).content.media_ids == (upload.media_id,)


def test_uploads_that_cannot_be_used_are_told_apart(up: Uploads, clock: MovableClock):
    up.world.fan("bo")
    created, ready = up.begin(photo()), up.whole(photo())
    refused("upload_not_ready", lambda: say(up, "bo", created.upload_id))
    clock.now += LIFE
    refused("upload_expired", lambda: say(up, "bo", ready.upload_id))
    refused("unknown_upload", lambda: say(up, "bo", "nothing"))


def test_an_upload_of_another_account_is_unknown(up: Uploads):
    up.world.account("eve")
    up.world.fan("fay", on="eve")
    upload = up.whole(photo())
    refused("unknown_upload", lambda: say(up, "fay", upload.upload_id, on="eve"))


# ---- by the clock


def test_what_nobody_took_expires_and_its_bytes_go(up: Uploads, clock: MovableClock):
    for_messages, for_vault = up.whole(photo(), for_vault=False), up.whole(video())
    half = up.begin(photo(900, 900))
    clock.now += LIFE + timedelta(minutes=1)
    receiving.tend(up.workshop)
    receiving.tend(up.workshop)
    assert up.get(for_messages).state is UploadState.EXPIRED
    assert up.get(for_vault).state is UploadState.EXPIRED
    refused("upload_not_found", lambda: up.get(half))
    assert up.media(for_messages) is None
    assert up.media(for_vault) is not None
    assert len(files_in(up.folder)) == 4
    clock.now += timedelta(days=8)
    receiving.tend(up.workshop)
    refused("upload_not_found", lambda: up.get(for_messages))
    assert up.media(for_vault) is not None


def test_bytes_whose_looker_died_are_looked_at_by_another(up: Uploads, clock: MovableClock):
    sample = photo()
    upload = up.begin(sample)
    kept = receiving.keep(up.workshop, up.account, chunks(sample.content), limit_bytes=sample.size)
    with up.world.store.write() as tx:
        uploads.accept(tx, up.account, upload.upload_id, kept, "who died", now=clock())
    receiving.tend(up.workshop)
    assert up.get(upload).state is UploadState.PROCESSING
    clock.now += uploads.LEASE
    receiving.tend(up.workshop)
    assert up.get(upload).state is UploadState.READY


def test_parts_whose_joiner_died_are_joined_by_another(small_parts: Uploads, clock: MovableClock):
    up, sample = small_parts, photo()
    upload = up.begin(sample)
    for number, piece in enumerate(chunks(sample.content, 1_000), start=1):
        up.part(upload, number, piece)
    with up.world.store.write() as tx:
        uploads.accept_parts(tx, up.account, upload.upload_id, "who died", now=clock())
    clock.now += uploads.LEASE
    receiving.tend(up.workshop)
    done = up.get(upload)
    found = up.media(done)
    assert found is not None
    assert (done.state, up.bytes_of(found.blob)) == (UploadState.READY, sample.content)
    assert len(files_in(up.folder)) == 4


def test_what_falls_again_and_again_is_given_up(up: Uploads, clock: MovableClock):
    upload = up.begin(photo())
    kept = receiving.keep(up.workshop, up.account, chunks(photo().content), limit_bytes=photo().size)
    with up.world.store.write() as tx:
        uploads.accept(tx, up.account, upload.upload_id, kept, "who died", now=clock())
    for _ in range(uploads.MOST_ATTEMPTS - 1):
        clock.now += uploads.LEASE
        with up.world.store.write() as tx:
            assert uploads.take_over(tx, up.account.key, upload.upload_id, "who died too", now=clock())
    clock.now += uploads.LEASE
    receiving.tend(up.workshop)
    assert "every try ended" in (up.get(upload).failure or "")
    assert files_in(up.folder) == []


def test_a_file_that_no_row_keeps_goes_after_a_day(up: Uploads, clock: MovableClock):
    receiving.keep(up.workshop, up.account, chunks(photo().content), limit_bytes=10**6)
    receiving.tend(up.workshop)
    assert len(files_in(up.folder)) == 1
    clock.now += LIFE
    receiving.tend(up.workshop)
    assert files_in(up.folder) == []


def test_dropped_uploads_leave_nothing_but_what_a_message_took(up: Uploads):
    up.world.fan("bo")
    taken, left = up.whole(photo(), for_vault=False), up.whole(gif(), for_vault=False)
    say(up, "bo", taken.upload_id)
    for upload in (taken, left):
        with up.world.store.write() as tx:
            upload_ends.drop(tx, up.account, upload.upload_id, now=up.world.clock())
    receiving.tend(up.workshop)
    assert up.media(taken) is not None
    assert up.media(left) is None
    assert len(files_in(up.folder)) == 4
    with up.world.read() as tx:
        assert store.get(tx, up.account.key, left.upload_id) is None
