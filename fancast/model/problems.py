"""Every refusal, in one shape.

Problem(kind, code, message, field, **facts)
├── UNAUTHENTICATED      no key, a wrong one, no such connection
├── FORBIDDEN            a known caller without the right
├── NOT_FOUND            no such thing in this account
├── INVALID              the request itself is wrong; `field` says where
├── CONFLICT             right request, wrong moment (state, duplicate, still running)
├── MISMATCH             an idempotency key used again for something else
├── TOO_LARGE            body, text or list over its limit
├── UNSUPPORTED_TYPE     a body that is not JSON
├── METHOD_NOT_ALLOWED   this path has other methods
├── RATE_LIMITED         later
└── UNAVAILABLE          not now; nothing was done

A face has one table Kind → status and one way to render. No HTTP number stands below `api/`.
"""

from enum import Enum


class Kind(Enum):
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    MISMATCH = "mismatch"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class Problem(Exception):
    """A refusal that a person can act on: a kind, a stable code, a sentence, where, and facts."""

    def __init__(
        self, kind: Kind, code: str, message: str, *, field: str | None = None, **facts: object
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
        self.facts = facts


def invalid(field: str, message: str, *, code: str = "invalid", **facts: object) -> Problem:
    """The request is wrong at `field` (named in our words; a face may translate it)."""
    return Problem(Kind.INVALID, code, message, field=field, **facts)


def not_found(noun: str, which: object) -> Problem:
    """No such `noun` in this account."""
    return Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"There is no {noun.replace('_', ' ')} {which}.")


def wrong_state(verb: str, state: str) -> Problem:
    """The mass message's state does not allow this verb. `state` is among the facts."""
    return Problem(
        Kind.CONFLICT, "wrong_state", f"A mass message that is {state} cannot be {verb}.", state=state
    )
