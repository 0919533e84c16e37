"""What a write is known by when it comes again: the caller's Idempotency-Key, or all that it says."""

import hashlib
from urllib.parse import urlencode

from fancast.api.faces import Call, Face, Repeat
from fancast.model.idempotency_keys import LONGEST_KEY, IdempotencyClaim
from fancast.model.problems import invalid


def by_key(face: Face, call: Call, raw: bytes, sent: str) -> IdempotencyClaim:
    """The claim of a call with an Idempotency-Key; `raw` is its body as it was sent.

    Raises Problem(INVALID, idempotency_key_invalid).
    """
    if not (0 < len(sent) <= LONGEST_KEY and sent.isascii() and sent.isprintable()):
        raise invalid(
            "Idempotency-Key",
            f"Idempotency-Key must be 1 to {LONGEST_KEY} printable ASCII characters.",
            code="idempotency_key_invalid",
        )
    whose = "team" if face.team_repeats and call.account else call.key.key_id
    return IdempotencyClaim(scope=f"{whose} {_place(call)}", key=sent, fingerprint=_said(face, call, raw))


def by_words(face: Face, call: Call, raw: bytes) -> IdempotencyClaim | None:
    """The claim of a call without a key whose client may repeat it, marked; None where no answer is kept for that.

    A body that was taken in (a form with files) is none of these: it has done its work before it can be compared.
    """
    taken_in = call.route.takes_in(call.headers.get("content-type", ""))
    if not face.marked_retries or call.route.repeat is Repeat.HARMLESS or taken_in:
        return None
    said = _said(face, call, raw)
    return IdempotencyClaim(scope=f"retry {call.key.key_id} {_place(call)}", key=said, fingerprint=said)


def _place(call: Call) -> str:
    account = call.account.key if call.account else "-"
    return f"{account} {call.method} {call.route.path}"


def _said(face: Face, call: Call, raw: bytes) -> str:
    """SHA-256 of method, path, query and body. What only names the account is not among them: the scope has it."""
    names = sorted(name for name in call.query.names() if name != face.account_query)
    query = urlencode([(name, value) for name in names for value in call.query.all(name)])
    asked = f"{call.method} {call.path}?{query}" if query else f"{call.method} {call.path}"
    return hashlib.sha256(f"{asked}\n".encode() + raw).hexdigest()
