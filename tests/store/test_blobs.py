"""Files on disk and in S3 (moto's server): whole or not at all, in chunks, and gone when they are deleted."""

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fancast.blobs.disk import Disk
from fancast.blobs.places import Blobs, StorageTrouble
from fancast.blobs.s3 import S3
from fancast.core import receiving, uploads
from fancast.core.receiving import Workshop
from fancast.core.uploads import Announced
from fancast.model.media import Form
from fancast.model.problems import Kind, Problem
from fancast.model.uploads import UploadState
from tests.workshops import photo, workshop_on
from tests.world import World, on_sqlite

BUCKET = "fancast-media"
KEY = "acct_ada/202603/0123456789abcdef"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """An S3 server in this process, with one bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield endpoint
    server.stop()


def bucket(endpoint: str, name: str = BUCKET) -> S3:
    return S3(name, endpoint=endpoint, region="us-east-1", access_key="a", secret_key="b")


@pytest.fixture(params=["disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "disk":
        return Disk(tmp_path / "media")
    return bucket(request.getfixturevalue("s3_endpoint"))


def some(megabytes: int) -> Iterator[bytes]:
    for number in range(megabytes * 16):
        yield number.to_bytes(2, "big") * 32_768


def there(blobs: Blobs, key: str) -> bool:
    try:
        return bool(list(blobs.read(key)))
    except StorageTrouble:
        return False


def test_a_file_comes_back_as_it_went_in_whole_or_in_parts(blobs: Blobs):
    whole = b"".join(some(20))
    blobs.put(KEY, some(20))
    assert hashlib.md5(b"".join(blobs.read(KEY))).digest() == hashlib.md5(whole).digest()
    for start, end in (
        (0, 1),
        (65_530, 65_545),
        (len(whole) - 3, len(whole)),
        (5, 5),
        (8_000_000, 9_000_001),
    ):
        assert b"".join(blobs.read(KEY, start, end)) == whole[start:end]
    assert b"".join(blobs.read(KEY, len(whole) - 7)) == whole[-7:]
    with blobs.local(KEY) as path:
        assert path.read_bytes() == whole
    blobs.delete(KEY)
    assert not there(blobs, KEY)


@pytest.mark.parametrize("megabytes", [0, 20])
def test_a_file_whose_bytes_break_off_is_not_there(blobs: Blobs, megabytes: int):
    def breaking() -> Iterator[bytes]:
        yield b"some"
        yield from some(megabytes)
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        blobs.put(f"{KEY}-{megabytes}", breaking())
    assert not there(blobs, f"{KEY}-{megabytes}")


def test_a_file_made_here_is_taken_in(blobs: Blobs, tmp_path: Path):
    made = tmp_path / "thumb.jpg"
    made.write_bytes(b"small")
    blobs.put_file(KEY, made)
    assert not made.exists()
    assert b"".join(blobs.read(KEY)) == b"small"


def test_what_is_not_there_is_trouble_to_read_and_none_to_delete(blobs: Blobs):
    with pytest.raises(StorageTrouble):
        list(blobs.read("acct_ada/nothing"))
    with pytest.raises(StorageTrouble), blobs.local("acct_ada/nothing"):
        pass
    blobs.delete("acct_ada/nothing")


def test_a_bucket_that_is_not_there_is_trouble(s3_endpoint: str):
    with pytest.raises(StorageTrouble):
        bucket(s3_endpoint, "nobodys").put(KEY, iter([b"x"]))


def test_no_key_leads_out_of_the_folder(tmp_path: Path):
    with pytest.raises(ValueError, match="out of the folder"):
        Disk(tmp_path / "media").put("../elsewhere", iter([b"x"]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_trouble(tmp_path: Path):
    (tmp_path / "media").mkdir(mode=0o500)
    with pytest.raises(StorageTrouble):
        Disk(tmp_path / "media").put(KEY, iter([b"x"]))


# ---- uploads in a bucket


@pytest.fixture
def in_bucket(world: World, tmp_path: Path, s3_endpoint: str) -> Iterator[Workshop]:
    with workshop_on(world.store, world.clock, tmp_path / "unused", blobs=bucket(s3_endpoint)) as made:
        yield made


@on_sqlite
def test_an_upload_into_a_bucket_becomes_media(in_bucket: Workshop, world: World):
    sample, account = photo(), world.account()
    wanted = Announced(sample.name, sample.content_type, sample.size)
    made = receiving.receive_new(in_bucket, account, wanted, iter([sample.content])).result()
    assert made.state is UploadState.READY
    with world.read() as tx:
        found = uploads.media_of(tx, account, made)
    assert found is not None
    assert found.blob is not None
    assert b"".join(in_bucket.blobs.read(found.blob)) == sample.content
    assert b"".join(in_bucket.blobs.read(found.renditions[Form.THUMB].blob)).startswith(b"\xff\xd8")


@on_sqlite
def test_a_bucket_that_is_away_refuses_the_upload_for_now(world: World, tmp_path: Path):
    away = bucket("http://127.0.0.1:9")
    with workshop_on(world.store, world.clock, tmp_path, blobs=away) as workshop:
        wanted = Announced("a.jpg", "image/jpeg", 4)
        with pytest.raises(Problem) as caught:
            receiving.receive_new(workshop, world.account(), wanted, iter([b"1234"]))
        assert caught.value.kind is Kind.UNAVAILABLE
