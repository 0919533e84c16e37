"""Video and audio: length, size and a poster (PyAV). Runs in the looker's own process."""

from pathlib import Path
from typing import Any

import av

from fancast.blobs.findings import FILMS, SPELLED, Findings, Refused
from fancast.blobs.pictures import MOST_PIXELS, make_forms

#: The poster is taken this far into the film, in seconds: first frames are often black.
POSTER_AT = 1.0
#: A file whose last packet comes this much before its declared end was cut off.
_SHORT_OF = 0.9
_FRAMES_TRIED = 120


def look(path: Path, content_type: str, folder: Path) -> Findings:
    """Raises Refused for what is cut off or holds neither video nor audio, else whatever ffmpeg raises."""
    # No other file and no network, whatever the file says.
    options = {"protocol_whitelist": "file"}
    with av.open(str(path), format=FILMS[content_type], options=options, metadata_errors="ignore") as film:
        return _look(film, content_type, folder)


def _look(film: Any, content_type: str, folder: Path) -> Findings:
    video = next((stream for stream in film.streams.video if not _is_cover(stream)), None)
    audio = next(iter(film.streams.audio), None)
    if video is None and audio is None:
        raise Refused("corrupt_file", "The file holds neither video nor audio.")
    declared = None if film.duration is None else film.duration / av.time_base
    found = Findings(type="audio", content_type=_kind(content_type, video is not None))
    if video is not None:
        found = _look_at_video(film, video, found, folder)
    else:
        _decode_some(film, audio)
    film.seek(0)
    ended = _end(film, video or audio)
    if declared is not None and declared > 1 and ended < declared * _SHORT_OF:
        raise Refused(
            "corrupt_file", f"The file is cut off: {ended:.0f} of {declared:.0f} seconds are there."
        )
    return Findings(
        type=found.type, content_type=found.content_type, width=found.width, height=found.height,
        duration_seconds=max(1, round(declared if declared is not None else ended)), made=found.made,
    )  # fmt: skip


def _look_at_video(film: Any, video: Any, found: Findings, folder: Path) -> Findings:
    if video.width * video.height > MOST_PIXELS:
        raise Refused("too_many_pixels", "The video's frames are too large.")
    # More threads would hold a frame each.
    video.codec_context.thread_count = 1
    image = _poster(film, video).to_image()
    width, height = image.width, image.height
    return Findings(
        type="video",
        content_type=found.content_type,
        width=width,
        height=height,
        made=make_forms(image, folder),
    )


def _poster(film: Any, video: Any) -> Any:
    last = None
    for tried, frame in enumerate(film.decode(video)):
        last = frame
        if (frame.time or 0) >= POSTER_AT or tried >= _FRAMES_TRIED:
            break
    if last is None:
        raise Refused("corrupt_file", "The video has no picture that can be decoded.")
    # Phones store a turned picture and say how to turn it back.
    turned = getattr(last, "rotation", 0)
    return _turned(last, turned) if turned else last


class _Turned:
    def __init__(self, image: Any) -> None:
        self._image = image

    def to_image(self) -> Any:
        return self._image


def _turned(frame: Any, degrees: int) -> _Turned:
    return _Turned(frame.to_image().rotate(degrees, expand=True))


def _decode_some(film: Any, audio: Any) -> None:
    for place, _ in enumerate(film.decode(audio)):
        if place >= 10:
            return


def _end(film: Any, stream: Any) -> float:
    """The second at which the last packet ends: reads the whole file, decodes none of it."""
    end = 0.0
    for packet in film.demux(stream):
        if packet.is_corrupt:
            raise Refused("corrupt_file", "The file is damaged.")
        if packet.pts is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    start = 0.0 if stream.start_time is None else float(stream.start_time * stream.time_base)
    return end - start


def _is_cover(stream: Any) -> bool:
    # A song's cover picture is a video of one frame to ffmpeg.
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _kind(content_type: str, has_video: bool) -> str:
    spelled = SPELLED.get(content_type, content_type)
    return spelled if has_video else spelled.replace("video/", "audio/")
