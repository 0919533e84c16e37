"""Texts that name things: prefixed, time-ordered ids and random secrets."""

import hashlib
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """`prefix_` and 24 characters that sort by the millisecond they were made in."""
    number = (time.time_ns() // 1_000_000) << 72 | secrets.randbits(72)
    letters = []
    for _ in range(24):
        number, digit = divmod(number, 32)
        letters.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"


def new_secret(prefix: str) -> str:
    """`prefix` and 160 random bits. Shown once; only its `secret_hash` is kept."""
    return prefix + secrets.token_hex(20)


def secret_hash(secret: str) -> str:
    """SHA-256 in hex. Enough without salt or stretching, since our secrets are random, not chosen."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
