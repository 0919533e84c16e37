"""Calls that a client repeats by itself: how it marks them, and when it is told not to."""

from fancast.api.faces import Call
from fancast.model.problems import Kind, Problem

#: Clients made with Stainless count their tries; the first one counts 0.
COUNT_HEADER = "x-stainless-retry-count"
#: Such clients repeat a 409 and a 429 unless this header says otherwise.
SHOULD_RETRY_HEADER = "x-should-retry"
#: Longer than such clients are willing to wait: they would come back at once, and in vain.
_LONGEST_RETRY_AFTER_SECONDS = 60
#: A moment later the same call can succeed.
_WORTH_REPEATING = frozenset({"idempotency_running", "changed_meanwhile"})


def marked_retry(call: Call) -> bool:
    """Whether the client says that it has made this call before. What is not a count says nothing."""
    count = call.headers.get(COUNT_HEADER, "").strip()
    return count.isascii() and count.isdigit() and count.strip("0") != ""


def in_vain(problem: Problem) -> bool:
    """Whether the same call would meet the same refusal, so that repeating it by itself helps nobody."""
    if problem.kind is Kind.RATE_LIMITED:
        after = problem.facts.get("retry_after_seconds", 1)
        return isinstance(after, int | float) and after > _LONGEST_RETRY_AFTER_SECONDS
    return problem.kind is Kind.CONFLICT and problem.code not in _WORTH_REPEATING
