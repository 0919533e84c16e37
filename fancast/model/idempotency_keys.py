"""What makes a repeated write harmless: the caller's key, and the first answer it got."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

#: A stored answer is returned again for this long; then the key may be used anew.
KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """One call that asks not to be done twice.

    `scope` is whose key it is and for what (api key, account, method, path family); `fingerprint` is the
    SHA-256 of method, path, query and body, so that a key used for something else is noticed.
    """

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it went out, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
