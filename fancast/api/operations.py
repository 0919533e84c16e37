"""What an operator asks for: is it alive, is it ready, what has it done. `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Callable, Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

import fancast
from fancast.api.faces import Answer, Page, Raw, Request, Transactions
from fancast.model.problems import Problem

#: From what an embedded server needs for a read to what makes a client give up, in seconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: A label set must stay closed, whatever callers send.
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))

#: Raises when the server should get no requests; a Problem's sentence is shown.
Check = Callable[[], object]


class Metrics:
    """The process's measurements. Others add theirs to `registry`, in their own words."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "fancast_http_requests_total",
            "Requests answered.",
            ("face", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "fancast_http_request_seconds",
            "From a request's head to its answer's last byte.",
            ("face",),
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def answered(self, face: str, method: str, status: int, seconds: float) -> None:
        """Count one request; `App` calls it."""
        self._requests.labels(face, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(face).observe(seconds)

    def text(self) -> bytes:
        """Everything registered, in Prometheus' text format."""
        return generate_latest(self.registry)


def database_answers(store: Transactions) -> Check:
    """A check that the database can be read."""

    def check() -> None:
        with store.read() as tx:
            tx.connection.exec_driver_sql("SELECT 1")

    return check


def pages(metrics: Metrics, checks: Mapping[str, Check]) -> tuple[Page, ...]:
    """The server's own pages. `checks` (by name) decide whether the server is ready."""

    def root(request: Request) -> Answer:
        at = request.origin
        return Answer({
            "name": "Fancast",
            "version": fancast.__version__,
            "message": f"This is an API server. Read how to call it at {at}/docs.",
            "documentation": f"{at}/docs",
            "faces": {"ofauth": f"{at}/v2", "onlyfansapi": f"{at}/api", "native": f"{at}/v1"},
        })  # fmt: skip

    def healthz(_request: Request) -> Answer:
        return Answer({"status": "ok", "version": fancast.__version__})

    def readyz(_request: Request) -> Answer:
        found = {name: _outcome(check) for name, check in checks.items()}
        ready = all(outcome == "ok" for outcome in found.values())
        return Answer({"ready": ready, "checks": found}, 200 if ready else 503)

    def scrape(_request: Request) -> Answer:
        return Answer(Raw(metrics.text(), CONTENT_TYPE_LATEST))

    return (
        Page("/", root),
        Page("/healthz", healthz),
        Page("/readyz", readyz, blocking=True),
        Page("/metrics", scrape, blocking=True),
    )


def _outcome(check: Check) -> str:
    try:
        check()
    except Problem as problem:
        return problem.message
    return "ok"
