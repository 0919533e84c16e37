"""Images: their size, and smaller forms of them (Pillow). Runs in the looker's own process."""

from pathlib import Path

from PIL import Image, ImageFile, ImageOps

from fancast.blobs.findings import IMAGES, Findings, Made, Refused

#: 100 megapixels: more than any camera's; decoded they take 300 MB.
MOST_PIXELS = 100_000_000
#: Of all frames of an animation together.
MOST_FRAME_PIXELS = 2_000_000_000
THUMB, PREVIEW = 300, 960
QUALITY = 82

ImageFile.LOAD_TRUNCATED_IMAGES = False
# The bound is ours, and checked before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


def look(path: Path, content_type: str, folder: Path) -> Findings:
    """Raises Refused for what would unpack to too much, and whatever a decoder raises for what is corrupt."""
    with Image.open(path, formats=[IMAGES[content_type]]) as image:
        # A PNG's checksums; decoding does not look at them.
        image.verify()
    with Image.open(path, formats=[IMAGES[content_type]]) as image:
        return _look(image, path, content_type, folder)


def make_forms(image: Image.Image, folder: Path) -> list[Made]:
    """Thumbnail, preview and square, as JPEG."""
    flat = _flat(image)
    preview = flat.copy()
    preview.thumbnail((PREVIEW, PREVIEW), Image.Resampling.LANCZOS)
    thumb = preview.copy()
    thumb.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    square = ImageOps.fit(preview, (THUMB, THUMB), Image.Resampling.LANCZOS)
    forms = {"thumb": thumb, "preview": preview, "square": square}
    return [_save(form, made, folder) for form, made in forms.items()]


def _look(image: Image.Image, path: Path, content_type: str, folder: Path) -> Findings:
    if image.width * image.height > MOST_PIXELS:
        raise Refused("too_many_pixels", f"The image has more than {MOST_PIXELS // 1_000_000} megapixels.")
    frames = getattr(image, "n_frames", 1)
    if frames * image.width * image.height > MOST_FRAME_PIXELS:
        raise Refused("too_many_pixels", "The animation's frames are too many for their size.")
    if content_type == "image/gif":
        _demand_end(path)
    width, height = image.width, image.height
    # A large JPEG is decoded at a fraction of its size, all of its bytes read nevertheless.
    image.draft("RGB", (PREVIEW * 2, PREVIEW * 2))
    image.load()
    small = _small(image)
    turned = ImageOps.exif_transpose(small)
    if (small.width < small.height) != (turned.width < turned.height):
        width, height = height, width
    made = make_forms(turned, folder)
    for frame in range(1, frames):
        image.seek(frame)
        image.load()
    kind = "gif" if content_type == "image/gif" else "photo"
    return Findings(type=kind, content_type=content_type, width=width, height=height, made=made)


def _small(image: Image.Image) -> Image.Image:
    """Down to what the forms are made of: each full copy of a large picture would take as much memory again."""
    times = min(image.width, image.height) // (PREVIEW * 2)
    return image.reduce(times) if times > 1 and image.mode in ("RGB", "RGBA", "L", "LA") else image


def _demand_end(path: Path) -> None:
    # Pillow takes a GIF that stops between two frames for a shorter one.
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 64))
        if not file.read().rstrip(b"\0\r\n").endswith(b";"):
            raise Refused("corrupt_file", "The image is cut off.")


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        paper = Image.new("RGB", whole.size, "white")
        paper.paste(whole, mask=whole.getchannel("A"))
        return paper
    return image.convert("RGB")


def _save(form: str, image: Image.Image, folder: Path) -> Made:
    path = folder / f"{form}.jpg"
    image.save(path, "JPEG", quality=QUALITY, optimize=True)
    return Made(form, str(path), "image/jpeg", image.width, image.height, path.stat().st_size)
