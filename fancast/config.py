"""Every setting, with its unit, its default and the reason for it.

Order: default < environment (`FANCAST_…`, or a file named by `FANCAST_…_FILE`) < command line. An unknown name
or a bad value stops the start with one line.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

PREFIX = "FANCAST_"
#: Names that belong to the test suite and reach servers it starts.
_FOREIGN = "FANCAST_TEST_"
_FILE = "_file"

LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that cannot be used. Its text is one line for the operator."""


class Settings(Struct, frozen=True, kw_only=True):
    """What an operator may choose. Made once at the start, by `load`."""

    data_dir: Annotated[Path, Meta(description=(
        "Folder for the database and the lock file. In the working directory, so that a first try leaves nothing "
        "elsewhere; give an absolute path to a service."
    ))] = Path("fancast-data")  # fmt: skip
    database_url: Annotated[str | None, Meta(description=(
        "`sqlite:///file` or `postgresql://user:password@host/name`. Without one, SQLite in the data folder: no "
        "set-up. It may hold a password, so it can also be read from a file."
    ))] = None  # fmt: skip
    host: Annotated[str, Meta(min_length=1, description=(
        "Address to listen on. This machine only, until somebody decides otherwise."
    ))] = "127.0.0.1"  # fmt: skip
    port: Annotated[int, Meta(ge=0, le=65_535, description=(
        "TCP port to listen on; 0 takes a free one."
    ))] = 8000  # fmt: skip
    sqlite_synchronous: Annotated[Literal["FULL", "NORMAL"], Meta(description=(
        "When SQLite waits for the disk. FULL: a commit survives a power cut. NORMAL is about twice as quick for "
        "small sends and may lose the last commits when the power goes, never the database; the sandbox uses it."
    ))] = "FULL"  # fmt: skip
    pool_size: Annotated[int, Meta(ge=2, le=200, description=(
        "Database connections kept open; as many again are opened under load. On PostgreSQL that goes for those "
        "that read and for those that write. They are opened when needed: a process has about one for each thread."
    ))] = 20  # fmt: skip
    threads: Annotated[int, Meta(ge=1, le=64, description=(
        "Threads that read, and as many that write. More do not help SQLite, which has one writer."
    ))] = 8  # fmt: skip
    max_body_bytes: Annotated[int, Meta(ge=1_024, le=256 * 1024 * 1024, description=(
        "Largest request body, in bytes; a larger one is refused with 413. 10,000 fan ids three times over take "
        "0.5 MB."
    ))] = 2 * 1024 * 1024  # fmt: skip
    media_dir: Annotated[Path | None, Meta(description=(
        "Folder for media files; without one, `media` in the data folder. Several servers on one database need a "
        "folder that they share, or a bucket."
    ))] = None  # fmt: skip
    media_bucket: Annotated[str | None, Meta(description=(
        "S3 bucket for media files, in place of the folder. Keys come from the two settings below, else from where "
        "Amazon's own tools look."
    ))] = None  # fmt: skip
    media_endpoint: Annotated[str | None, Meta(description=(
        "URL of an S3 server that is not Amazon's."
    ))] = None  # fmt: skip
    media_region: Annotated[str, Meta(min_length=1, description=(
        "The bucket's region."
    ))] = "us-east-1"  # fmt: skip
    media_access_key: Annotated[str | None, Meta(description="Access key id for the bucket.")] = None
    media_secret_key: Annotated[str | None, Meta(description=(
        "Secret access key for the bucket. Better read from a file."
    ))] = None  # fmt: skip
    max_upload_bytes: Annotated[int, Meta(ge=1_024, le=1024**4, description=(
        "Largest media file, in bytes. 5 GB: an hour of good video."
    ))] = 5 * 1024**3  # fmt: skip
    upload_part_bytes: Annotated[int, Meta(ge=1_024, le=1024**3, description=(
        "Size of the parts that an OFAuth upload comes in, in bytes. What a lost connection costs at most."
    ))] = 8 * 1024**2  # fmt: skip
    url_allowed_ranges: Annotated[str, Meta(description=(
        "Address ranges inside your network that URLs named by callers may lead to, on any port: `10.1.0.0/16, ::1`. "
        "None: a caller could else make this server ask your own ones. The sandbox allows its own machine."
    ))] = ""  # fmt: skip
    fetch_max_bytes: Annotated[int, Meta(ge=1_024, le=1024**4, description=(
        "Largest file that is fetched from a URL, in bytes."
    ))] = 1024**3  # fmt: skip
    fetch_seconds: Annotated[int, Meta(ge=1, le=86_400, description=(
        "How long one fetch from a URL may take. 1 GB at 30 Mbit/s."
    ))] = 300  # fmt: skip
    stand_in_hosts: Annotated[str, Meta(description=(
        "Hosts whose URLs nobody asks: sample files of ours stand in for theirs. The sandbox has those that the "
        "vendors' pages print, such as `your-cdn.com`."
    ))] = ""  # fmt: skip
    ofauth_calls_per_minute: Annotated[int, Meta(ge=0, le=10_000_000, description=(
        "Calls a minute for one connection in OFAuth's dialect, as its lower plans allow; 0 counts none."
    ))] = 60  # fmt: skip
    ofauth_burst: Annotated[int, Meta(ge=1, le=10_000_000, description=(
        "Calls that one connection may make at once before its rate per minute holds it up."
    ))] = 90  # fmt: skip
    onlyfansapi_calls_per_minute: Annotated[int, Meta(ge=0, le=10_000_000, description=(
        "Calls a minute for one key in OnlyFansAPI's dialect, as its Basic plan allows; 0 counts none."
    ))] = 1_000  # fmt: skip
    limit_sandbox_keys: Annotated[bool, Meta(description=(
        "Whether sandbox keys are counted too. Off: one pass of a vendor's test suite is more than a plan allows."
    ))] = False  # fmt: skip
    giphy_key: Annotated[str | None, Meta(description=(
        "The operator's key for Giphy. Without one the addresses that search it say so. A secret, so it can also be "
        "read from a file."
    ))] = None  # fmt: skip
    giphy_url: Annotated[str, Meta(min_length=1, description=(
        "Where Giphy answers; another address for a proxy or a stand-in."
    ))] = "https://api.giphy.com"  # fmt: skip
    work: Annotated[bool, Meta(description=(
        "Whether `serve` also does the sending on PostgreSQL. Off where `fancast work` runs on machines of its own; "
        "on SQLite there is one process, which always does."
    ))] = True  # fmt: skip
    log_format: Annotated[Literal["auto", "text", "json"], Meta(description=(
        "How log lines look on standard error. `auto`: text on a terminal, JSON for everything that collects logs."
    ))] = "auto"  # fmt: skip
    log_level: Annotated[LogLevel, Meta(description=(
        "Least important line that is written. `info` has one line per request; `warning` is silent while all is "
        "well."
    ))] = "info"  # fmt: skip
    clock_offset_seconds: Annotated[int, Meta(ge=-10 * 366 * 86_400, le=10 * 366 * 86_400, description=(
        "Seconds added to the machine's clock, for drills: scheduled sends and expiries can be watched without "
        "waiting. 0 in earnest."
    ))] = 0  # fmt: skip

    @property
    def url(self) -> str:
        """The database's URL, the default one included."""
        return self.database_url or f"sqlite:///{self.file}"

    @property
    def file(self) -> Path | None:
        """The SQLite file in the data folder; None when a URL names the database."""
        return None if self.database_url else self.data_dir / "fancast.db"

    @property
    def on_sqlite(self) -> bool:
        return self.url.startswith("sqlite")


FIELDS = Settings.__struct_fields__


def load(
    environment: Mapping[str, str] | None = None, *, defaults: Mapping[str, Any] | None = None, **flags: Any
) -> Settings:
    """The settings of this process; flags that are None were not given. Raises SettingsError.

    `defaults` are a command's own, below environment and flags.
    """
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and not name.startswith(_FOREIGN) and value:
            field = name.removeprefix(PREFIX).lower()
            if field in FIELDS:
                given.setdefault(field, value)
            elif field.removesuffix(_FILE) in FIELDS:
                given[field.removesuffix(_FILE)] = _read(name, value, environment)
            else:
                raise SettingsError(f"{name} is no setting. Known: {', '.join(map(variable, FIELDS))}.")
    given = {
        **(defaults or {}),
        **given,
        **{name: value for name, value in flags.items() if value is not None},
    }
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        why, _, place = str(error).partition(" - at `$.")
        field = place.rstrip("`")
        raise SettingsError(f"{variable(field)} cannot be {given.get(field)!r}: {why}.") from None


def variable(field: str) -> str:
    """The environment's name of a setting."""
    return PREFIX + field.upper()


def _read(name: str, path: str, environment: Mapping[str, str]) -> str:
    direct = name.removesuffix(_FILE.upper())
    if environment.get(direct):
        raise SettingsError(f"{direct} and {name} are both set; keep one.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} cannot be read: {error}.") from None


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    raise NotImplementedError(kind)
