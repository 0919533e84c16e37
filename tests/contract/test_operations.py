"""What an operator asks for: health, readiness, measurements."""

from pathlib import Path

import httpx

from fancast.api import operations
from fancast.api.http import App
from fancast.api.operations import Metrics
from fancast.kit.clock import system_clock
from fancast.model.problems import Kind, Problem
from tests.contract.tiny import Switches, open_store, served, tiny_face


def test_a_server_tells_how_it_is_and_what_it_did(tmp_path: Path) -> None:
    store, secret = open_store(tmp_path)
    metrics = Metrics()
    app = App(
        store=store, clock=system_clock(), faces=[tiny_face(Switches())], observer=metrics,
        pages=operations.pages(metrics, {"database": operations.database_answers(store)}),
    )  # fmt: skip
    with served(app) as address, httpx.Client(base_url=address) as client:
        client.get("/tiny/things", headers={"authorization": f"Bearer {secret}"})
        client.request("PURGE", "/tiny/things")
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/").json()["documentation"] == f"{address}/docs"
        assert client.get("/readyz").json() == {"ready": True, "checks": {"database": "ok"}}
        told = client.get("/metrics").text
    store.close()
    assert 'fancast_http_requests_total{face="tiny",method="GET",status="200"} 1.0' in told
    assert 'fancast_http_requests_total{face="tiny",method="other",status="405"} 1.0' in told
    assert 'fancast_http_request_seconds_count{face="tiny"} 2.0' in told


def test_a_server_that_is_not_ready_says_why(tmp_path: Path) -> None:
    def out_of_reach() -> None:
        raise Problem(Kind.UNAVAILABLE, "database_unavailable", "The database is out of reach.")

    store, _ = open_store(tmp_path)
    pages = operations.pages(Metrics(), {"database": out_of_reach})
    with served(App(store=store, clock=system_clock(), faces=[], pages=pages)) as address:
        answer = httpx.get(f"{address}/readyz")
        assert httpx.get(f"{address}/healthz").status_code == 200
    store.close()
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"database": "The database is out of reach."}}
