"""What a look at a file tells; also how a look says no."""

from msgspec import Struct

#: Kinds of file that are taken, and the reader for each. `filetype` tells the kind by the first bytes.
IMAGES = {
    "image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF",
}  # fmt: skip
#: By the name of the library's demuxer: it is never left to guess, since some formats read other files.
FILMS = {
    "video/mp4": "mov", "video/quicktime": "mov", "video/x-m4v": "mov", "video/3gpp": "mov",
    "video/webm": "matroska", "video/x-matroska": "matroska", "video/x-msvideo": "avi", "video/mpeg": "mpeg",
    "audio/mp4": "mov", "audio/mpeg": "mp3", "audio/aac": "aac", "audio/ogg": "ogg", "audio/x-flac": "flac",
    "audio/x-wav": "wav",
}  # fmt: skip
#: As everybody else spells them.
SPELLED = {"audio/x-flac": "audio/flac", "audio/x-wav": "audio/wav", "video/x-m4v": "video/mp4"}
TAKEN = (
    "JPEG, PNG, GIF, WebP and AVIF images; MP4, MOV, WebM, MKV, AVI and MPEG videos; "
    "MP3, M4A, AAC, OGG, FLAC and WAV audio"
)


class Refused(Exception):
    """A file that cannot be used. Its code is stable; its text is one sentence for its sender."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Made(Struct, frozen=True):
    """A smaller form that was made, in a file of the folder that was given."""

    form: str
    path: str
    content_type: str
    width: int
    height: int
    size_bytes: int


class Findings(Struct, frozen=True):
    #: photo, video, gif or audio.
    type: str
    content_type: str
    width: int | None = None
    height: int | None = None
    duration_seconds: int | None = None
    made: list[Made] = []


class Job(Struct, frozen=True):
    """Look at a file. What is made of it goes into the folder."""

    path: str
    folder: str
    #: What its sender says it is; empty when nothing was said.
    declared: str


class Reply(Struct, frozen=True):
    """The child's answer: findings, or the code and sentence of a refusal."""

    findings: Findings | None = None
    code: str = ""
    message: str = ""
