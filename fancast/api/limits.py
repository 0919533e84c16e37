"""Rate limits of a face: which bucket a call is counted in, and how the answer tells what is left.

Buckets are rows, so that all processes that serve count together. Sandbox keys are exempt unless told otherwise:
one pass of a vendor's own test suite is more than its slowest plan allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fancast.kit.times import to_ms
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey, Environment
from fancast.model.rate_limits import Left, RateLimit


@dataclass(frozen=True, slots=True)
class PerConnection:
    """One bucket for each account: OFAuth counts so, and only calls for a connection."""

    limit: RateLimit
    sandbox_too: bool = False

    def bucket(self, key: ApiKey, account: Account | None) -> str | None:
        """Where a call is counted; None where it is not."""
        if account is None or not _counted(key, self.sandbox_too):
            return None
        return f"connection {account.key}"

    def headers(self, left: Left) -> Mapping[str, str]:
        """`Reset` is when all of it is there again, in epoch seconds."""
        return {
            "x-ratelimit-limit": str(left.limit.burst),
            "x-ratelimit-remaining": str(left.remaining),
            "x-ratelimit-reset": str(-(-to_ms(left.full_at) // 1_000)),
        }


@dataclass(frozen=True, slots=True)
class PerKey:
    """One bucket for each key: OnlyFansAPI's plans count so, by the minute."""

    limit: RateLimit
    sandbox_too: bool = False

    def bucket(self, key: ApiKey, _account: Account | None) -> str | None:
        return f"key {key.key_id}" if _counted(key, self.sandbox_too) else None

    def headers(self, left: Left) -> Mapping[str, str]:
        return {
            "x-rate-limit-limit-minute": str(left.limit.per_minute),
            "x-rate-limit-remaining-minute": str(left.remaining),
        }


def _counted(key: ApiKey, sandbox_too: bool) -> bool:
    return sandbox_too or key.environment is not Environment.SANDBOX
