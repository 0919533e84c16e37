"""Rate limits of the faces, exact across all processes that serve."""

from datetime import datetime, timedelta

from fancast.kit.times import from_ms, to_ms
from fancast.model import rate_limits as model
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left, RateLimit
from fancast.store import rate_limits as store
from fancast.store.database import Tx


def take(tx: Tx, bucket: str, limit: RateLimit, *, now: datetime) -> Left:
    """Count one call. Raises Problem(RATE_LIMITED) with `retry_after_seconds` and `left` when there is none left."""
    now_us = to_ms(now) * 1_000
    until, remaining, wait_us = model.take(limit, store.lock(tx, bucket), now_us)
    left = Left(limit, remaining, from_ms(max(until, now_us) // 1_000))
    if wait_us:
        seconds = max(1, -(-wait_us // 1_000_000))
        raise Problem(
            Kind.RATE_LIMITED, "rate_limited", f"Too many calls; try again in {seconds} s.",
            retry_after_seconds=seconds, left=left,
        )  # fmt: skip
    store.spend(tx, bucket, until_us=until)
    return left


def forget_full(tx: Tx, *, now: datetime) -> None:
    store.forget(tx, before_us=to_ms(now - timedelta(hours=1)) * 1_000)
