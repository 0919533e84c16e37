"""Video and audio: length, size and a poster (PyAV), and whether it can be played through. Runs in the looker's own
process.
"""

import time
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
#: Seconds of decoding that every stream may take, and so many more by its end: a film that falls behind that line is
#: looked at by its key frames alone from there on, and by as many of them as keep to it.
_FREE_SECONDS, _MORE_SECONDS = 10.0, 30.0
#: Sane films have frames that cannot be decoded in their first second, when they were cut from longer ones, and a
#: glitch here or there: more than one in so many is damage. Sounds have a few packets that are tags.
_VIDEO_ONE_IN, _AUDIO_ONE_IN, _AUDIO_TAGS, _CUT_SECONDS = 1_000, 100, 2, 1.0


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
    film.seek(0)
    ended = _play_through(film, video, audio, declared)
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


def _play_through(film: Any, video: Any, audio: Any, declared: float | None) -> float:
    """The second at which the last packet ends. Raises Refused for what cannot be decoded."""
    main = video or audio
    checks = {stream.index: _Check(stream, declared) for stream in (video, audio) if stream is not None}
    start = 0.0 if main.start_time is None else float(main.start_time * main.time_base)
    end = start
    for packet in film.demux([stream for stream in (video, audio) if stream is not None]):
        if packet.is_corrupt:
            raise _damaged()
        if packet.pts is not None and packet.stream.index == main.index:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        checks[packet.stream.index].take(packet)
    for check in checks.values():
        check.demand_sane()
    return end - start


class _Check:
    """Decodes one stream's packets and counts what cannot be."""

    def __init__(self, stream: Any, declared: float | None) -> None:
        self._stream, self._codec, self._declared = stream, stream.codec_context, declared
        self._video, self._keys_only = stream.type == "video", False
        self._seen = self._bad = 0
        self._spent = 0.0
        self._from: float | None = None

    def take(self, packet: Any) -> None:
        at = None if packet.pts is None else float(packet.pts * packet.time_base)
        if self._from is None and packet.is_keyframe:
            self._from = at
        # A film that was cut begins with what leads up to its first key frame.
        counts = self._from is not None and (at is None or not self._video or at >= self._from + _CUT_SECONDS)
        self._keys_only = self._keys_only or not self._affords(at)
        # Every packet of a sound is a key: one that is behind is heard in parts.
        if self._keys_only and not (packet.is_keyframe and self._affords(at)):
            return
        began = time.monotonic()
        bad, seen = self._decode(packet)
        self._spent += time.monotonic() - began
        if counts:
            self._bad, self._seen = self._bad + bad, self._seen + seen

    def demand_sane(self) -> None:
        """Raises Refused when more is bad than sane files have."""
        if self._video:
            damaged = self._bad * _VIDEO_ONE_IN > self._seen
        else:
            damaged = (self._bad - _AUDIO_TAGS) * _AUDIO_ONE_IN > self._seen
        if damaged:
            raise _damaged()

    def _affords(self, at: float | None) -> bool:
        done = (
            0.0
            if at is None or self._from is None or not self._declared
            else (at - self._from) / self._declared
        )
        return self._spent <= _FREE_SECONDS + _MORE_SECONDS * min(max(done, 0.0), 1.0)

    def _decode(self, packet: Any) -> tuple[int, int]:
        """How many frames are bad, of how many. One that stands alone is brought out at once."""
        try:
            if self._keys_only:
                self._codec.flush_buffers()
            frames = self._codec.decode(packet)
            if self._keys_only and packet.size:
                frames += self._codec.decode(None)
        except av.error.FFmpegError:
            return 1, 1
        return sum(frame.is_corrupt for frame in frames), len(frames)


def _damaged() -> Refused:
    return Refused("corrupt_file", "The file is damaged: it cannot be played to its end.")


def _is_cover(stream: Any) -> bool:
    # A song's cover picture is a video of one frame to ffmpeg.
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _kind(content_type: str, has_video: bool) -> str:
    spelled = SPELLED.get(content_type, content_type)
    return spelled if has_video else spelled.replace("video/", "audio/")
