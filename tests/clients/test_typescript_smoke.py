"""What the vendor's TypeScript SDK 3.0.0 sends, byte by byte, and what it needs to be answered.

Its npm package is not to be had, so its requests are made here by hand, as Node's `fetch` makes them: the key as
`apiKey`, JSON without spaces, names and values of a query each percent-encoded, ids in a path too, a Blob's own type
as the content type. Answered with JSON, it wants the type to say so; a refusal wants `message` and `code` as text.
"""

import http.client
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image

from tests.clients.live import Sandbox, when_done

pytestmark = pytest.mark.clients

#: What Node's `fetch` adds to every request.
FETCH = {
    "accept": "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "user-agent": "node",
    "accept-encoding": "gzip, deflate",
}  # fmt: skip
#: `encodeURIComponent` leaves these beside letters and digits.
UNRESERVED = "-_.!~*'()"


def encoded(value: object) -> str:
    """As `encodeURIComponent(String(value))` writes it."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return quote("[object Object]" if isinstance(value, dict) else text, safe=UNRESERVED)


class Refused(Exception):
    """What the SDK throws: status, code and message."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body["message"])
        self.status, self.code = status, body["code"]
        assert isinstance(self.code, str)
        assert isinstance(body["message"], str)


class TypeScript:
    """`request(config, {path, method, query, body})` on one connection."""

    def __init__(self, sandbox: Sandbox, base_path: str | None = None) -> None:
        parts = urlsplit(sandbox.base_url if base_path is None else base_path)
        assert parts.hostname is not None
        self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self._under = parts.path
        self._headers = {"apiKey": sandbox.ofauth_key, "x-connection-id": sandbox.connection_id}

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """JSON of an object; bytes are a Blob of type image/jpeg."""
        pairs = [
            f"{encoded(name)}={encoded(one)}"
            for name, value in query.items() if value is not None
            for one in (value if isinstance(value, list) else [value])
        ]  # fmt: skip
        url = self._under + path + (f"?{'&'.join(pairs)}" if pairs else "")
        headers, sent = dict(self._headers), None
        if isinstance(body, bytes):
            headers["content-type"], sent = "image/jpeg", body
        elif body is not None:
            sent = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        self._http.request(method, url, sent, headers | FETCH)
        answer = self._http.getresponse()
        said = answer.read()
        if answer.status == 204:
            return {}
        assert answer.headers["content-type"] == "application/json", (url, answer.headers)
        told = json.loads(said)
        if not 200 <= answer.status < 300:
            raise Refused(answer.status, told)
        return told

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def sdk(sandbox: Sandbox) -> Iterator[TypeScript]:
    made = TypeScript(sandbox)
    yield made
    made.close()


@pytest.fixture
def scheduled(sdk: TypeScript) -> str:
    """The id of a mass message as `createMassMessages` makes it, as text."""
    body = {"text": "hey", "userIds": [123, "456"], "scheduledDate": "2031-05-06T07:08:09Z"}
    return str(sdk.request("POST", "/v2/access/mass-messages", body)["id"])


def jpeg() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 120, 40)).save(held, "JPEG")
    return held.getvalue()


# ---- the smoke, line by line


def test_a_mass_message_is_created_and_got(sdk: TypeScript, scheduled: str) -> None:
    told = sdk.request("GET", f"/v2/access/mass-messages/{scheduled}")
    assert (str(told["id"]), told["text"]) == (scheduled, "<p>hey</p>")
    assert told["scheduledDate"] == "2031-05-06T07:08:09+00:00"


def test_what_was_sent_comes_as_items(sdk: TypeScript, native) -> None:
    made = sdk.request("POST", "/v2/access/mass-messages", {"text": "now", "userIds": [123]})
    when_done(native, made["id"])
    page = sdk.request("GET", "/v2/access/analytics/mass-messages/sent", limit=2)
    assert made["id"] in [item["id"] for item in page["items"]]
    assert len(page["items"]) <= 2


def test_scheduled_ones_are_asked_for_by_the_bare_request(sdk: TypeScript, scheduled: str) -> None:
    page = sdk.request("GET", "/v2/access/mass-messages/scheduled", limit=2)
    assert scheduled in [str(one["id"]) for one in page["list"]]
    assert isinstance(page["hasMore"], bool)


@pytest.mark.parametrize("body", [None, {}])
def test_a_deleted_one_is_gone_and_the_error_can_be_read(sdk: TypeScript, scheduled: str, body: Any) -> None:
    assert sdk.request("DELETE", f"/v2/access/mass-messages/{scheduled}", body)["success"] is True
    with pytest.raises(Refused) as refused:
        sdk.request("GET", f"/v2/access/mass-messages/{scheduled}")
    assert (refused.value.status, refused.value.code) == (404, "RESOURCE_NOT_FOUND")


def begun(sdk: TypeScript, size: int) -> str:
    """The path of an upload that was begun, its id as `encodeURIComponent` writes it."""
    said = {"filename": "a.jpg", "size": size, "contentType": "image/jpeg"}
    id = sdk.request("POST", "/v2/access/uploads/init", said)["mediaUploadId"]
    assert "%3A" in encoded(id)
    return f"/v2/access/uploads/{encoded(id)}"


def test_a_blob_is_uploaded_to_an_encoded_id_and_sent(sdk: TypeScript, native) -> None:
    picture = jpeg()
    done = sdk.request("PUT", begun(sdk, len(picture)), picture)
    assert (done["media"]["type"], done["media"]["isReady"]) == ("photo", True)
    body = {"text": "With a photo", "mediaItems": [done["mediaUploadId"]], "userIds": [123]}
    made = sdk.request("POST", "/v2/access/mass-messages", body)
    assert when_done(native, made["id"])["sent"] == 1


# ---- its other ways


def test_the_typed_replace_that_sends_no_bytes_is_refused_and_can_be_mended(sdk: TypeScript) -> None:
    picture = jpeg()
    path = begun(sdk, len(picture))
    with pytest.raises(Refused) as refused:
        sdk.request("PUT", path)
    assert (refused.value.status, refused.value.code) == (400, "BAD_REQUEST")
    assert sdk.request("PUT", path, picture)["media"]["type"] == "photo"


def test_a_base_path_with_a_slash_at_its_end_is_kept(sandbox: Sandbox) -> None:
    sdk = TypeScript(sandbox, f"{sandbox.base_url}/")
    assert sdk.request("GET", "/v2/access/self")["isAuth"] is True
    assert sdk.request("GET", "/v2/account/whoami")["id"]
    sdk.close()


def test_a_filter_that_it_garbles_is_ignored(sdk: TypeScript) -> None:
    plain = sdk.request("GET", "/v2/access/subscribers", limit=5, offset=0)
    garbled = sdk.request("GET", "/v2/access/subscribers", limit=5, offset=0, filter={"online": 1})
    assert [one["id"] for one in garbled["list"]] == [one["id"] for one in plain["list"]]


def test_a_list_in_a_query_comes_as_repeated_names(sdk: TypeScript) -> None:
    told = sdk.request("GET", "/v2/access/users/list", userIds=[456, 123])
    assert [one["id"] for one in told["users"]] == [456, 123]


def test_its_iterator_by_marker_ends(sdk: TypeScript) -> None:
    seen, marker = [], None
    for _ in range(200):
        page = sdk.request("GET", "/v2/access/earnings/transactions", marker=marker)
        seen += [line["id"] for line in page["list"]]
        marker = page["nextMarker"]
        if not page["hasMore"] or marker is None:
            break
    assert marker is None
    assert len(seen) == len(set(seen))


def test_a_deleted_user_list_answers_an_object(sdk: TypeScript) -> None:
    made = sdk.request("POST", "/v2/access/users/lists", {"name": "Für später"})
    assert (made["name"], isinstance(made["id"], str)) == ("Für später", True)
    assert sdk.request("DELETE", f"/v2/access/users/lists/{made['id']}", {}) == {}


def test_what_goes_by_its_proxy_is_refused_in_words(sdk: TypeScript) -> None:
    with pytest.raises(Refused) as refused:
        sdk.request("GET", "/v2/access/proxy/users/me")
    assert (refused.value.status, refused.value.code) == (404, "ROUTE_NOT_FOUND")
