"""The words every face speaks: a Request comes in, a Call goes to a handler, an Answer comes back.

A face is one dialect of HTTP: its prefixes, its routes, who may come in, and how a refusal looks there.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from fancast.api.incoming import Incoming
from fancast.api.links import Links
from fancast.api.query import Query, QueryParam
from fancast.core.receiving import Workshop
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.idempotency_keys import KeptAnswer
from fancast.model.ids import MediaId
from fancast.model.problems import Problem
from fancast.model.rate_limits import Left, RateLimit
from fancast.model.uploads import UploadLimits
from fancast.store.database import Tx


@dataclass(frozen=True, slots=True)
class Request:
    """What is known before anybody has looked at who asks. `route` is None where no route matched."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Query
    headers: Mapping[str, str] = field(repr=False)
    now: datetime
    request_id: str
    origin: str
    route: "Route | None"


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is told. `params`: the percent-decoded parts of the path; header names are lower case.

    `body` is the parsed JSON, None when there was none; `origin` is `http://host:port` as the caller sees it.
    Neither body nor headers stand in its repr, and so in no traceback with locals.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: Query
    headers: Mapping[str, str] = field(repr=False)
    body: object = field(repr=False)
    key: ApiKey
    account: Account | None
    now: datetime
    request_id: str
    origin: str
    route: "Route"
    #: What the caller has left of its rate limit; None where nothing is counted.
    left: Left | None = None
    #: Media that came from URLs which the message names, fetched while the caller waited.
    fetched: Mapping[str, MediaId] = field(default_factory=dict)
    #: Makes links to stored files, under the caller's origin.
    links: Links = field(kw_only=True, repr=False)
    #: What may be uploaded.
    upload_limits: UploadLimits = field(kw_only=True, default_factory=UploadLimits)


@dataclass(frozen=True, slots=True)
class Raw:
    """A body that is not JSON: sent as it stands."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A body that is a stored file: streamed, with ranges."""

    blob: str
    size_bytes: int
    content_type: str
    #: Of its bytes; empty when nobody took it.
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler says. `body` is anything msgspec can write as JSON, a `Raw`, a `Stored`, or NOTHING."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


#: The body of an answer that has none (204, 304).
NOTHING = Raw(b"", "")

Handler = Callable[[Tx, Call], Answer]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of a body that was taken in: what the handler gets in its place."""

    body: object
    #: The same for the same body: what an idempotency key is compared by.
    said: bytes = b""
    #: Called when the answer is known, whatever it is: forgets what nobody took.
    tidy: Callable[[], None] | None = None
    #: Makes the body, in its place: done unless the call's Idempotency-Key was answered before. Raises as an intake.
    work: Callable[[], object] | None = None


#: What a route takes that wants a file's bytes and nothing around them, or a form.
MULTIPART = "multipart/form-data"
RAW_BODY, FORM = ("application/octet-stream",), ("application/json", MULTIPART)

#: Takes a body in that is not read whole, in a thread and outside of any transaction; the caller is known by then.
Intake = Callable[[Workshop, Call, Incoming], TakenIn]


class Repeat(Enum):
    """What becomes of a write when a client's own retry does it a second time."""

    #: It answers the same, or its handler knows its retries by itself: no answer is kept for them.
    HARMLESS = "harmless"
    #: It is done anew; where it is refused, for having been done already, the retry hears the first answer.
    REFUSED = "refused"
    #: It would make another: the retry hears the first answer at once.
    DOUBLED = "doubled"


@dataclass(frozen=True)
class Route:
    """One operation: where it stands, what runs, what it needs, and what its document says.

    `path` is whole, prefix included; a part is literal, `{name}`, or last `{name:path}` for the rest.
    `reads` and `writes` are the wire shapes of body and answer, for OpenAPI only; handlers get plain JSON.
    """

    method: str
    path: str
    handler: Handler
    permission: str | None = None
    summary: str = ""
    reads: object | None = None
    writes: object | None = None
    query: tuple[QueryParam, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    status: int = 200
    #: For OpenAPI: further statuses of success, each with the wire shape of its body; None for no body.
    also: tuple[tuple[int, object | None], ...] = ()
    writes_data: bool | None = None
    #: Matters in faces with `marked_retries`.
    repeat: Repeat = Repeat.REFUSED
    #: The operationId; by default made of the handler's module and name.
    name: str | None = None
    #: A body (plain JSON) to show on the documentation page; by default made of the shape's required fields.
    sample: object | None = None
    #: The names of the security schemes it needs; by default all of its face's.
    security: tuple[str, ...] | None = None
    #: False for aliases that would only clutter the document.
    documented: bool = True
    #: How its body comes in when it is not JSON alone. It must be streamed, or read under a limit of its own.
    intake: "Intake | None" = None
    #: Whether the intake takes forms alone (multipart/form-data), and JSON comes in as everywhere.
    only_forms: bool = False
    #: For OpenAPI: the content types of its body.
    takes: tuple[str, ...] = ("application/json",)

    def takes_in(self, content_type: str) -> bool:
        """Whether a body of this type goes through the intake."""
        if self.intake is None:
            return False
        return not self.only_forms or content_type.partition(";")[0].strip().lower() == MULTIPART

    @property
    def writes_in(self) -> bool:
        """Whether it runs in a write transaction."""
        return self.method != "GET" if self.writes_data is None else self.writes_data


@dataclass(frozen=True)
class FaceDocument:
    """What an OpenAPI document says beside its operations.

    `path` is where the document is served. `errors` tells which statuses every operation may answer with, and
    `error` the wire shape of their bodies. `security` is OpenAPI's securitySchemes, needed together;
    `headers` are parameters of every operation; `samples` are values that examples use for parameters, by name.
    """

    title: str
    description: str
    path: str
    error: object
    errors: Mapping[int, str]
    security: Mapping[str, Mapping[str, object]]
    headers: tuple[QueryParam, ...] = ()
    samples: Mapping[str, object] = field(default_factory=dict)
    error_content_type: str = "application/json"
    version: str = "1"


def _as_it_is(_call: Call, answer: Answer) -> Answer:
    return answer


def _still_true(kept: KeptAnswer, _left: Left) -> KeptAnswer:
    return kept


class Limits(Protocol):
    """How often a face may be called (`api.limits` has two)."""

    @property
    def limit(self) -> RateLimit: ...

    def bucket(self, key: ApiKey, account: Account | None) -> str | None:
        """Where a call is counted; None where it is not."""

    def headers(self, left: Left) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Face:
    """One dialect. `open` finds key and account or raises; `refuse`, `crash` speak the dialect's errors."""

    #: Its label in logs, metrics and on the documentation page.
    name: str
    prefixes: tuple[str, ...]
    routes: Sequence[Route]
    open: Callable[[Tx, Request], tuple[ApiKey, Account | None]]
    refuse: Callable[[Problem, Request], Answer]
    #: The answer to what should not happen: a 500 without a word about why. What is left of the caller's rate limit is
    #: known where the call was counted.
    crash: Callable[[Request, Left | None], Answer]
    finish: Callable[[Call, Answer], Answer] = _as_it_is
    document: FaceDocument | None = None
    limits: Limits | None = None
    #: A kept answer that is given again, its body with what the caller has left of the rate limit now.
    recount: Callable[[KeptAnswer, Left], KeptAnswer] = _still_true
    #: Its callers have no key: links are signed.
    keyless: bool = False
    #: What a query's names are kept by: several spellings may be one.
    query_name: Callable[[str], str] = str
    #: An Idempotency-Key means the same call whichever API key sends it, on the same account.
    team_repeats: bool = False
    #: The query parameter that names the account, and says nothing else of what is asked.
    account_query: str | None = None
    #: Its clients repeat calls by themselves and mark them: a write's answer is kept for its retries.
    marked_retries: bool = False


@dataclass(frozen=True)
class Page:
    """A GET beside the faces, without a key: documents, health, metrics."""

    path: str
    make: Callable[[Request], Answer]
    #: Whether it waits for anything (a database), and so must not run on the event loop.
    blocking: bool = False


class Transactions(Protocol):
    """What the pipeline needs of the Store."""

    def read(self) -> AbstractContextManager[Tx]: ...
    def write(self) -> AbstractContextManager[Tx]: ...


def under(prefix: str, routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same routes, each path behind `prefix`."""
    return tuple(replace(route, path=prefix + route.path) for route in routes)
