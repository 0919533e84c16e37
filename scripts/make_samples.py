"""Draws the files of the sandbox's vault into `fancast/blobs/samples`: run it again after a change of what is drawn.

Everything in them is made here: gradients, circles, a tone.
"""

import hashlib
import math
import tempfile
import wave
from array import array
from pathlib import Path
from random import Random

import av
import msgspec
from PIL import Image, ImageDraw, ImageFilter

from fancast.blobs.findings import Job
from fancast.blobs.looker import look
from fancast.blobs.samples import MANIFEST, Sample, SampleForm

FOLDER = Path(__file__).parent.parent / "fancast" / "blobs" / "samples"
#: Media id, file, name in the vault, two colours.
VAULT = (
    (789, "beach.jpg", "beach-at-dawn.jpg", (255, 196, 150), (72, 110, 160)),
    (790, "studio.jpg", "studio-portrait.jpg", (230, 214, 200), (96, 64, 72)),
    (12345, "city.jpg", "city-lights.jpg", (40, 36, 80), (240, 180, 90)),
    (12346, "scenes.mp4", "behind-the-scenes.mp4", (30, 90, 90), (220, 220, 160)),
    (12347, "run.mp4", "morning-run.mp4", (120, 180, 90), (250, 230, 170)),
    (12348, "wink.gif", "wink.gif", (250, 170, 190), (120, 60, 120)),
    (12349, "night.m4a", "good-night.m4a", (0, 0, 0), (0, 0, 0)),
    (12350, "garden.jpg", "garden-party.jpg", (90, 150, 80), (240, 210, 220)),
)
Colour = tuple[int, int, int]


def picture(size: tuple[int, int], top: Colour, bottom: Colour, seed: int, shift: float = 0.0) -> Image.Image:
    """A gradient with soft circles on it."""
    mask = Image.linear_gradient("L").resize(size)
    image = Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)
    draw, chance = ImageDraw.Draw(image), Random(seed)
    for _ in range(7):
        x, y = chance.random() * size[0] + shift * size[0] / 4, chance.random() * size[1]
        radius = size[0] * (0.05 + chance.random() * 0.15)
        colour = tuple((a + b) // 2 + chance.randrange(-20, 20) for a, b in zip(top, bottom, strict=True))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(size[0] / 90))


def draw_film(path: Path, top: Colour, bottom: Colour, seed: int) -> None:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=12, options={"crf": "30"})
        stream.width, stream.height, stream.pix_fmt = 360, 450, "yuv420p"
        for number in range(48):
            frame = picture((360, 450), top, bottom, seed, math.sin(number / 48 * math.tau))
            film.mux(stream.encode(av.VideoFrame.from_image(frame)))
        film.mux(stream.encode(None))


def draw_sound(path: Path) -> None:
    rate = 22_050
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "tone.wav"
        with wave.open(str(plain), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            tone = (
                math.sin(math.tau * 220 * place / rate) * math.exp(-place / rate) for place in range(5 * rate)
            )
            sound.writeframes(array("h", (int(9_000 * each) for each in tone)).tobytes())
        with av.open(str(plain)) as source, av.open(str(path), "w", format="mp4") as made:
            stream = made.add_stream("aac", rate=rate)
            for frame in source.decode(audio=0):
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))


def draw(path: Path, top: Colour, bottom: Colour, seed: int) -> None:
    match path.suffix:
        case ".mp4":
            draw_film(path, top, bottom, seed)
        case ".m4a":
            draw_sound(path)
        case ".gif":
            frames = [picture((240, 300), top, bottom, seed, step / 4).quantize(32) for step in range(4)]
            frames[0].save(path, save_all=True, append_images=frames[1:], duration=200, loop=0)
        case _:
            picture((1080, 1350), top, bottom, seed).save(path, quality=70)


def describe(media_id: int, path: Path, name: str) -> Sample:
    """What a look at the file tells; its smaller forms go beside it."""
    with tempfile.TemporaryDirectory() as folder:
        found = look(Job(str(path), folder, ""))
        forms = []
        for made in found.made:
            file = f"{path.stem}-{made.form}.jpg"
            (FOLDER / file).write_bytes(Path(made.path).read_bytes())
            forms.append(
                SampleForm(made.form, file, made.content_type, made.width, made.height, made.size_bytes)
            )
    content = path.read_bytes()
    return Sample(
        media_id, found.type, name, path.name, found.content_type, found.width, found.height,
        found.duration_seconds, len(content), hashlib.md5(content).hexdigest(), forms,
    )  # fmt: skip


def main() -> None:
    described = []
    for media_id, file, name, top, bottom in VAULT:
        draw(FOLDER / file, top, bottom, media_id)
        described.append(describe(media_id, FOLDER / file, name))
    manifest = msgspec.json.format(msgspec.json.encode(described), indent=1)
    (FOLDER / MANIFEST).write_bytes(manifest + b"\n")
    print(f"{sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file())} bytes in {FOLDER.name}")


if __name__ == "__main__":
    main()
