"""Files for tests: a workshop on a folder, and real media made on the spot."""

import atexit
import io
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fancast.blobs.disk import Disk
from fancast.blobs.inspector import Inspector
from fancast.blobs.places import Blobs
from fancast.core.receiving import Workshop
from fancast.model.uploads import UploadLimits
from fancast.store.database import Store
from tests.world import MovableClock


@contextmanager
def workshop_on(
    store: Store,
    clock: MovableClock,
    folder: Path,
    *,
    limits: UploadLimits | None = None,
    seconds: float | None = None,
    patience_seconds: float = 20,
    blobs: Blobs | None = None,
) -> Iterator[Workshop]:
    """A place for files in this folder, or in `blobs`; with `seconds`, a looker of its own with so long for each."""
    inspector = everybodys_inspector() if seconds is None else Inspector(seconds=seconds)
    threads = ThreadPoolExecutor(2, "look")
    try:
        yield Workshop(
            store,
            blobs or Disk(folder),
            inspector,
            limits or UploadLimits(),
            threads,
            clock,
            patience_seconds,
        )
    finally:
        threads.shutdown()
        if seconds is not None:
            inspector.close()


@cache
def everybodys_inspector() -> Inspector:
    """One for all tests of a process: a looker takes longer to start than most files to look at."""
    made = Inspector()
    atexit.register(made.close)
    return made


def files_in(folder: Path) -> list[Path]:
    """Every file there is, half-written ones included."""
    return [path for path in folder.rglob("*") if path.is_file()]


@dataclass(frozen=True, slots=True)
class Sample:
    """A real file, and what it should be told to be."""

    name: str
    content_type: str
    type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


@cache
def photo(width: int = 640, height: int = 480, kind: str = "JPEG") -> Sample:
    from PIL import Image

    image, out = Image.linear_gradient("L").resize((width, height)).convert("RGB"), io.BytesIO()
    image.save(out, kind)
    suffix = {"JPEG": "jpg"}.get(kind, kind.lower())
    return Sample(f"beach.{suffix}", f"image/{kind.lower()}", "photo", out.getvalue())


@cache
def gif() -> Sample:
    from PIL import Image

    frames = [Image.new("RGB", (120, 90), (shade, 0, 200)) for shade in (0, 90, 180)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return Sample("wink.gif", "image/gif", "gif", out.getvalue())


@cache
def video(seconds: int = 3) -> Sample:
    """320 by 240 pixels."""
    import av
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.mp4"
        # Its index stands first, so that a file that was cut off can still be opened.
        with av.open(str(path), "w", options={"movflags": "faststart"}) as film:
            stream = film.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            for number in range(seconds * 10):
                shade = number * 255 // (seconds * 10)
                frame = av.VideoFrame.from_image(Image.new("RGB", (320, 240), (shade, 0, 100)))
                film.mux(stream.encode(frame))
            film.mux(stream.encode(None))
        return Sample("run.mp4", "video/mp4", "video", path.read_bytes())


@cache
def audio(seconds: int = 2) -> Sample:
    """Silence, as WAV."""
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\0\0" * 8_000 * seconds)
    return Sample("night.wav", "audio/wav", "audio", out.getvalue())
