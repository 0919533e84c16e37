"""Bytes in, bytes out: the HTTP layer, asked over real connections by well-behaved and by rude callers."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from fancast.core import accounts, api_keys, user_lists
from fancast.kit.clock import system_clock
from fancast.store.database import Store
from tests.contract.tiny import Switches, open_store, served, tiny_app
from tests.serving import until


@dataclass
class Tiny:
    """A served face, a client that knows its key, and what stands behind it."""

    client: httpx.Client
    store: Store
    switches: Switches
    secret: str

    def lists(self) -> list[str]:
        with self.store.read() as tx:
            key = api_keys.authenticate(tx, self.secret)
            account = accounts.find(tx, "acct_tiny", key)
            every = user_lists.page(tx, account, limit=500, now=system_clock()())
            return [each.name for each in every if each.custom]

    def shout(self, *pieces: bytes, hang_up: bool = False) -> bytes:
        """Send raw bytes, hang up our side if told so, read until the server hangs up, rudely or not."""
        heard = b""
        with _line(self) as line, suppress(ConnectionError):
            for piece in pieces:
                line.sendall(piece)
            if hang_up:
                line.shutdown(socket.SHUT_WR)
            while more := line.recv(65_536):
                heard += more
        return heard


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    folder: Path = tmp_path_factory.mktemp("tiny")
    store, secret = open_store(folder)
    switches = Switches()
    app = tiny_app(store, switches)
    with served(app) as address:
        with httpx.Client(
            base_url=address, headers={"authorization": f"Bearer {secret}"}, timeout=30
        ) as client:
            yield Tiny(client, store, switches, secret)
    store.close()


@pytest.fixture(autouse=True)
def _calm(tiny: Tiny) -> Iterator[None]:
    yield
    tiny.switches.__init__()  # type: ignore[misc]


# ---- finding the way


def test_a_literal_part_beats_a_parameter(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things/next").json()["route"] == "/tiny/things/next"
    assert tiny.client.get("/tiny/things/last").json()["params"] == {"thing": "last"}
    assert tiny.client.get("/tiny/things/all/parts/3").json()["params"] == {"part": "3"}


def test_a_parameter_answers_where_the_literal_lacks_the_method(tiny: Tiny) -> None:
    assert tiny.client.put("/tiny/things/next").json()["params"] == {"id": "next"}


def test_a_literal_that_leads_nowhere_gives_way_to_a_parameter(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things/next/parts/3").json()["params"] == {"thing": "next", "part": "3"}


def test_parts_of_the_path_are_percent_decoded_one_by_one(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things/upload%3Aabc").json()["params"] == {"thing": "upload:abc"}
    assert tiny.client.get("/tiny/things/a%2Fb").json()["params"] == {"thing": "a/b"}
    assert tiny.client.get("/tiny/things/%C3%A4+b").json()["params"] == {"thing": "ä+b"}
    assert tiny.client.get("/tiny/%74hings/next").json()["route"] == "/tiny/things/next"


def test_a_doubled_slash_in_front_is_one(tiny: Tiny) -> None:
    answer = tiny.shout(_head("GET", "//tiny/things/7", tiny.secret))
    assert b"200 OK" in answer
    assert b'"thing":"7"' in answer


def test_the_rest_of_a_path_is_one_parameter(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/rest/a/b%20c").json()["params"] == {"rest": "a/b c"}


@pytest.mark.parametrize(
    "path", ["/tiny/nothing", "/tiny", "/tiny/", "/tiny/things/", "/tiny/things//parts/1"]
)
def test_an_unknown_path_is_the_faces_own_404(tiny: Tiny, path: str) -> None:
    answer = tiny.client.get(path)
    assert (answer.status_code, answer.json()["tiny"]) == (404, "route_not_found")


@pytest.mark.parametrize("path", ["/", "/elsewhere", "/tinyish/things", "/favicon.ico"])
def test_a_path_that_no_face_owns_is_a_plain_404(tiny: Tiny, path: str) -> None:
    answer = tiny.client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "route_not_found")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_wrong_method_names_the_ones_that_work(tiny: Tiny) -> None:
    answer = tiny.client.patch("/tiny/things/next")
    assert (answer.status_code, answer.json()["tiny"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, PUT, DELETE"
    assert tiny.client.delete("/tiny/lists").headers["allow"] == "POST"
    assert tiny.client.post("/page").headers["allow"] == "GET, HEAD"


def test_head_is_get_without_the_body(tiny: Tiny) -> None:
    told = tiny.client.head("/tiny/things")
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(tiny.client.get("/tiny/things").content))


def test_a_page_needs_no_key(tiny: Tiny) -> None:
    answer = httpx.get(tiny.client.base_url.join("/page"))
    assert (answer.text, answer.headers["content-type"]) == ("<p>hello</p>", "text/html")


def test_the_page_shows_every_operation_and_needs_no_network(tiny: Tiny) -> None:
    answer = httpx.get(tiny.client.base_url.join("/docs"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.count('class="operation"') == 10
    assert f"curl -X POST &#39;{str(tiny.client.base_url).rstrip('/')}/tiny/lists&#39;" in answer.text
    assert "It&#39;\\&#39;&#39;s &lt;b&gt;" in answer.text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|url\(", answer.text)


@pytest.mark.parametrize(
    "path",
    ["/tiny/things/%zz", "/tiny/things/%", "/tiny/things/%ff%fe", "/tiny/things/a%00b", "/tiny/things/%ed%a0%80",
     "/tiny/things?q=%zz", "/tiny/things?%ff=1", "/tiny/things?q=%00"],
)  # fmt: skip
def test_malformed_escapes_are_a_clean_400(tiny: Tiny, path: str) -> None:
    answer = tiny.shout(_head("GET", path, tiny.secret))
    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert b'"tiny":"malformed_url"' in answer


# ---- queries


def test_repeated_and_bracketed_keys_are_kept(tiny: Tiny) -> None:
    query = tiny.client.get("/tiny/things/1?a=1&a=2&filter[online]=1&b=&c=x+y%2B&d").json()["query"]
    assert query == {"a": ["1", "2"], "filter[online]": ["1"], "b": [""], "c": ["x y+"], "d": [""]}


def test_numbers_are_clamped_where_the_route_says_so(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things?limit=5000").json()["limit"] == 100
    assert tiny.client.get("/tiny/things?limit=-3").json()["limit"] == 1
    assert tiny.client.get(f"/tiny/things?limit={'9' * 5000}").json()["limit"] == 100
    assert tiny.client.get("/tiny/things?limit=").json()["limit"] == 20


@pytest.mark.parametrize(
    "query", ["offset=-1", "offset=10001", "offset=1.5", "offset=ten", "limit=x", "deep=2"]
)
def test_a_query_value_that_cannot_be_meant_is_refused_by_name(tiny: Tiny, query: str) -> None:
    answer = tiny.client.get(f"/tiny/things?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])


def test_a_list_may_be_repeated_bracketed_or_joined(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things?ids=1,2&ids[]=3&id_list=4&ids=,").json()["ids"] == [
        "1",
        "2",
        "3",
        "4",
    ]


# ---- bodies


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "text/plain", None,
                                          "Application/JSON", "application/merge-patch+json"])  # fmt: skip
def test_json_is_read_under_any_honest_name(tiny: Tiny, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = tiny.client.post("/tiny/things", content=b'{"text": "h\\u00e9"}', headers=headers)
    assert answer.json()["body"] == {"text": "hé"}


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_an_empty_body_with_a_json_type_is_no_body(tiny: Tiny, content: bytes) -> None:
    answer = tiny.client.request("DELETE", "/tiny/things/1", content=content, headers=_JSON)
    assert (answer.status_code, answer.json()["body"]) == (200, None)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/xml", "image/png",
                                          "multipart/form-data; boundary=x"])  # fmt: skip
def test_a_body_that_is_not_json_is_a_415(tiny: Tiny, content_type: str) -> None:
    answer = tiny.client.post("/tiny/things", content=b"{}", headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["tiny"]) == (415, "unsupported_type")


@pytest.mark.parametrize(
    "content",
    [b"{", b"{]", b"nope", b"{} {}", b"{'a':1}", b'{"a":NaN}', b"[Infinity]", b"-Infinity", b'{"a":1e999}', b"[1e30]",
     b"9223372036854775808", b"-9223372036854775808", b"99999999999999999999", b"1" * 5_000, b"[" * 60_000,
     b'{"a":' * 20_000, b"[" * 66 + b"]" * 66, b'"a\\u0000b"', b'{"\\u0000":1}', b'"\\ud800"', b'"\\ude00\\ud83d"',
     b'"\xff"', b'"\xed\xa0\x80"', b'"a\x00b"', b"\x00", b'\xff\xfe{\x00}\x00'],
    ids=lambda content: repr(content[:24]),
)  # fmt: skip
def test_json_that_nobody_can_mean_is_a_clean_400(tiny: Tiny, content: bytes) -> None:
    answer = tiny.client.post("/tiny/things", content=content, headers=_JSON)
    assert (answer.status_code, answer.json()["tiny"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    "content",
    [b'"\\\\u0000"', b'"12345678901234567890"', b"9223372036854775807", b"1e5", b'"\\ud83d\\ude00"', b"[[1],{}]",
     b"\xef\xbb\xbf{}", b"[" * 64 + b"]" * 64, b"[" + b"{}," * 100 + b"{}]"],
)  # fmt: skip
def test_json_that_only_looks_odd_is_read(tiny: Tiny, content: bytes) -> None:
    answer = tiny.client.post("/tiny/things", content=content, headers=_JSON)
    assert (answer.status_code, answer.json()["body"]) == (200, json.loads(content.decode("utf-8-sig")))


@pytest.mark.parametrize("size", [100_000, 100_001])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(tiny: Tiny, size: int) -> None:
    content = b'"' + b"x" * (size - 2) + b'"'
    said = tiny.client.post("/tiny/things", content=content, headers=_JSON)
    streamed = tiny.client.post(
        "/tiny/things", content=iter([content[:50_000], content[50_000:]]), headers=_JSON
    )
    assert {said.status_code, streamed.status_code} == {200 if size == 100_000 else 413}
    assert size == 100_000 or streamed.json()["tiny"] == "too_large"


def test_a_body_said_to_be_huge_is_refused_before_it_is_sent(tiny: Tiny) -> None:
    with _line(tiny) as line:
        line.sendall(_head("POST", "/tiny/things", tiny.secret, f"content-length: {10**15}"))
        assert b" 413 " in line.recv(200)


def test_an_endless_body_is_refused_while_it_is_sent(tiny: Tiny) -> None:
    with _line(tiny) as line:
        line.sendall(_head("POST", "/tiny/things", tiny.secret, "transfer-encoding: chunked"))
        for _ in range(4):
            line.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        assert b" 413 " in line.recv(200)


def test_the_body_of_a_get_is_not_looked_at(tiny: Tiny) -> None:
    answer = tiny.client.request("GET", "/tiny/things/1", content=b"{" * 200_000, headers=_JSON)
    assert (answer.status_code, answer.json()["body"]) == (200, None)
    assert tiny.client.get("/tiny/things/2").status_code == 200


# ---- rude callers


def test_a_caller_who_leaves_in_the_middle_changes_nothing(tiny: Tiny) -> None:
    before = tiny.lists()
    for said in (50, 90_000):
        tiny.shout(
            _head("POST", "/tiny/lists", tiny.secret, f"content-length: {said}"),
            b'{"name": "half"',
            hang_up=True,
        )
    assert tiny.lists() == before
    assert tiny.client.get("/tiny/things/1").status_code == 200


@pytest.mark.parametrize(
    "lie",
    ["content-length: 2\r\ncontent-length: 9", "content-length: -1", "content-length: many",
     "transfer-encoding: chunked\r\ncontent-length: 5"],
)  # fmt: skip
def test_a_lying_content_length_does_no_harm(tiny: Tiny, lie: str) -> None:
    before = tiny.lists()
    heard = tiny.shout(_head("POST", "/tiny/lists", tiny.secret, lie), b'{"name": "lie"}')
    assert b" 500 " not in heard
    assert b" 201 " not in heard
    assert tiny.lists() == before
    assert tiny.client.get("/tiny/things/1").status_code == 200


def test_more_bytes_than_said_are_the_next_request(tiny: Tiny) -> None:
    first = _head("POST", "/tiny/things", tiny.secret, "content-length: 2") + b"{}"
    heard = tiny.shout(first + _head("GET", "/tiny/things/second", tiny.secret))
    assert heard.index(b'"body":{}') < heard.index(b'"thing":"second"')


def test_a_head_without_end_is_cut_off(tiny: Tiny) -> None:
    with _line(tiny) as line, pytest.raises(ConnectionError):
        line.sendall(b"GET /tiny/things HTTP/1.1\r\nx-long: " + b"x" * 64_000_000)
    assert tiny.client.get("/tiny/things", headers={"x-long": "x" * 60_000}).status_code == 200


def test_the_log_tells_who_and_what_but_no_secret(tiny: Tiny, capfd: pytest.CaptureFixture[str]) -> None:
    tiny.client.get("/tiny/things/line%0Abreak?token=hush")
    tiny.client.post("/tiny/things", json={"text": "whisper"})
    told = capfd.readouterr().out
    assert "path=/tiny/things/line%0Abreak" in told
    assert "account=acct_tiny" in told
    assert not re.search(f"hush|whisper|{tiny.secret}", told)


def test_a_strange_host_header_never_reaches_a_link(tiny: Tiny) -> None:
    assert tiny.client.get("/tiny/things/1").json()["origin"] == str(tiny.client.base_url).rstrip("/")
    named = tiny.client.get("/tiny/things/1", headers={"host": "fancast.example:8080"})
    assert named.json()["origin"] == "http://fancast.example:8080"
    forged = tiny.client.get("/tiny/things/1", headers={"host": 'evil"><script>'})
    assert "script" not in forged.json()["origin"]


# ---- who may come in, and what is kept


def test_a_stranger_hears_of_the_key_before_anything_else(tiny: Tiny) -> None:
    answer = httpx.post(tiny.client.base_url.join("/tiny/lists"), content=b"{", headers=_JSON)
    assert (answer.status_code, answer.json()["tiny"]) == (401, "key_missing")


def test_a_key_without_the_permission_is_refused(tiny: Tiny) -> None:
    with tiny.store.write() as tx:
        _, weak = api_keys.create(tx, "weak", permissions=["lists:read"], now=system_clock()())
    answer = tiny.client.post("/tiny/lists", json={"name": "x"}, headers={"authorization": f"bearer {weak}"})
    assert (answer.status_code, answer.json()["tiny"]) == (403, "missing_permission")


def test_the_use_of_a_key_is_noted(tiny: Tiny) -> None:
    def last_use() -> datetime | None:
        with tiny.store.read() as tx:
            return api_keys.authenticate(tx, tiny.secret).last_used_at

    tiny.client.get("/tiny/things")
    until(last_use, "the note")


def test_a_write_is_committed_before_it_is_answered(tiny: Tiny) -> None:
    answer = tiny.client.post("/tiny/lists", json={"name": "kept"})
    assert (answer.status_code, answer.headers["x-made"]) == (201, "yes")
    assert "kept" in tiny.lists()


def test_a_crash_is_the_faces_500_and_takes_everything_back(tiny: Tiny) -> None:
    tiny.switches.crash = True
    answer = tiny.client.post("/tiny/lists", json={"name": "crashed"})
    assert (answer.status_code, answer.json()["tiny"]) == (500, "crash")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "crashed" not in tiny.lists()


def test_an_answer_that_cannot_be_written_takes_its_changes_back(tiny: Tiny) -> None:
    assert tiny.client.post("/tiny/unwritable").status_code == 500
    assert "never kept" not in tiny.lists()


def test_a_rate_limit_says_when_to_come_back(tiny: Tiny) -> None:
    answer = tiny.client.post("/tiny/lists", json={"name": "busy"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


# ---- idempotency keys


def test_a_repeated_write_is_done_once_and_answered_alike(tiny: Tiny) -> None:
    first, again = (_make(tiny, "once", "key-once") for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    assert (again.headers["x-made"], again.headers["idempotent-replayed"]) == ("yes", "true")
    assert "idempotent-replayed" not in first.headers
    assert tiny.switches.made == 1
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


def test_a_key_used_for_something_else_is_a_mismatch(tiny: Tiny) -> None:
    _make(tiny, "one thing", "key-two")
    other = _make(tiny, "another thing", "key-two")
    assert (other.status_code, other.json()["tiny"]) == (422, "idempotency_mismatch")
    assert "another thing" not in tiny.lists()


def test_a_refusal_is_kept_and_what_it_did_is_not(tiny: Tiny) -> None:
    first, again = (_make(tiny, "refused", "key-three") for _ in range(2))
    assert [first.status_code, again.status_code] == [409, 409]
    assert again.headers["idempotent-replayed"] == "true"
    assert tiny.switches.made == 1
    assert "refused" not in tiny.lists()


def test_a_crash_is_not_kept(tiny: Tiny) -> None:
    tiny.switches.crash = True
    assert _make(tiny, "second try", "key-four").status_code == 500
    tiny.switches.crash = False
    assert _make(tiny, "second try", "key-four").status_code == 201
    assert tiny.lists().count("second try") == 1


@pytest.mark.parametrize(("name", "status"), [("busy", 429), ("changed", 409)])
def test_a_passing_refusal_is_not_kept(tiny: Tiny, name: str, status: int) -> None:
    first, again = (_make(tiny, name, f"key-{name}") for _ in range(2))
    assert [first.status_code, again.status_code] == [status, status]
    assert "idempotent-replayed" not in again.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", b"\xe4"])
def test_a_key_that_is_no_key_is_refused(tiny: Tiny, key: str | bytes) -> None:
    answer = _make(tiny, "nothing", key)
    assert (answer.status_code, answer.json()["tiny"]) == (400, "idempotency_key_invalid")
    assert "nothing" not in tiny.lists()


def test_twins_at_the_same_time_are_one_write(tiny: Tiny) -> None:
    tiny.switches.hold = threading.Event()
    heard: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: heard.append(_make(tiny, "twin", "key-six"))) for _ in range(4)
    ]
    threads[0].start()
    assert tiny.switches.entered.wait(20)
    for each in threads[1:]:
        each.start()
    tiny.switches.hold.set()
    for each in threads:
        each.join()
    assert {answer.status_code for answer in heard} <= {201, 409}
    assert tiny.lists().count("twin") == 1


_JSON = {"content-type": "application/json"}


def _make(tiny: Tiny, name: str, key: str | bytes) -> httpx.Response:
    return tiny.client.post("/tiny/lists", json={"name": name}, headers={"idempotency-key": key})  # type: ignore[arg-type]


def _head(method: str, path: str, secret: str, *more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"authorization: Bearer {secret}", *more, "", ""]
    return "\r\n".join(lines if more else [*lines[:-2], "connection: close", "", ""]).encode()


def _line(tiny: Tiny) -> socket.socket:
    url = tiny.client.base_url
    return socket.create_connection((url.host, url.port or 80), timeout=20)
