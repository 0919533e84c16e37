"""How each operation of both dialects is asked so that it is answered: real ids, and something fresh to take away."""

import hashlib
import io
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from bench.places import Client

JSON = "application/json"
BYTES = "application/octet-stream"
_BOUNDARY = "bench-7f3a"
FORM = f"multipart/form-data; boundary={_BOUNDARY}"
FAN, OTHER_FAN, MEDIA = "123", "456", [789, 790]
_LATER = "2031-01-01T00:00:00Z"
_DAYS = {"2026-01-01": ("start_date", "startDate"), "2026-12-31": ("end_date", "endDate")}
#: What operations want in their query, where they want anything.
_QUERY = {
    "timezone": "UTC", "query": "an", "ids": FAN, "q": "hello", "publishDateStart": "2031-01-01",
    "publishDateEnd": "2031-01-02", "type": "total",
} | {name: day for day, names in _DAYS.items() for name in names}  # fmt: skip
_NO_FORMS = "only ever refuses: no release forms are kept here"
_NO_SUMMARIES = "only ever refuses: nobody writes summaries here"
#: What answers nobody with a success, and so has nothing to time.
REFUSALS = {
    "POST /api/{account}/release-forms/create-invitation-link": _NO_FORMS,
    "POST /api/{account}/release-forms/create-release-form": _NO_FORMS,
    "GET /api/{account}/fans/{fan_id}/summary": _NO_SUMMARIES,
    "POST /api/{account}/fans/{fan_id}/summary": _NO_SUMMARIES,
}
#: What makes accounts or takes them away comes last: no other operation is asked among hundreds of them.
_LAST = ("/connections/import", "/invalidate", "DELETE /v2/account/connections", "DELETE /api/accounts")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Asked:
    """One call. `params` fill the path; `body` is JSON unless it is bytes already."""

    params: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: object = None
    content_type: str = JSON
    status: int = 200

    def path(self, template: str) -> str:
        for name, value in self.params.items():
            template = template.replace(f"{{{name}}}", quote(value, safe=""))
        return f"{template}?{self.query}" if self.query else template

    @property
    def raw(self) -> bytes | None:
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


@dataclass(frozen=True)
class Operation:
    """One operation as a document tells of it, and how to ask it: anew for each call."""

    name: str
    method: str
    template: str
    ask: Callable[[], Asked]


class Desk:
    """Makes what calls need, through the API itself."""

    def __init__(self, client: Client, said: Mapping[str, Any]) -> None:
        self._client = client
        self.account, self.connection = said["onlyfansapi"]["account"], said["ofauth"]["connection_id"]
        self._at = f"/api/{self.account}"
        self.listed, self.vault_list_kept = self.user_list(FAN), self.vault_list(*MEDIA)
        self.scheduled_kept, self.message_kept = self.scheduled(), self.message()
        self.bought = self._bought()
        self.username = client.ok("GET", f"/v2/access/users/{FAN}")["username"]
        self.file = _photo(0)
        self.told("POST", f"{self._at}/media/vault", form({}, self.file), FORM)
        self.upload_kept = self.uploaded("upload")["prefixed_id"]
        self.cdn_url = str(
            client.ok("GET", f"{self._at}/media/vault/{MEDIA[0]}")["data"]["files"]["full"]["url"]
        )
        self._photos = 0

    def ok(self, method: str, path: str, body: object = None) -> Any:
        return self._client.ok(method, path, body)

    def told(self, method: str, path: str, raw: bytes, content_type: str) -> Any:
        status, found = self._client.exchange(method, path, raw, content_type=content_type)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {found!r}")
        return json.loads(found)

    def scheduled(self) -> str:
        send = {"text": "bench", "userLists": [1], "scheduledDate": _LATER}
        return str(self.ok("POST", "/v2/access/mass-messages", send)["id"])

    def message(self, fan: str = FAN) -> str:
        return str(
            self.ok("POST", f"/v2/access/chats/{fan}/messages", {"text": f"bench {secrets.token_hex(4)}"})[
                "id"
            ]
        )

    def user_list(self, *fans: str) -> str:
        made = str(self.ok("POST", "/v2/access/users/lists", {"name": f"Bench {secrets.token_hex(4)}"})["id"])
        for fan in fans:
            self.ok("POST", f"/v2/access/users/lists/{made}/users/{fan}")
        return made

    def vault_list(self, *media: int) -> str:
        made = str(self.ok("POST", "/v2/access/vault/lists", {"name": f"Bench {secrets.token_hex(4)}"})["id"])
        if media:
            self.ok("POST", f"/v2/access/vault/lists/{made}/media", {"mediaIds": list(media)})
        return made

    def photo(self) -> bytes:
        """One that nobody has seen: the same bytes are known again."""
        self._photos += 1
        return _photo(self._photos)

    def announced(self, photo: bytes) -> str:
        said = {"filename": "bench.png", "size": len(photo), "contentType": "image/png"}
        return str(self.ok("POST", "/v2/access/uploads/init", said)["mediaUploadId"])

    def uploaded(self, where: str) -> Any:
        """A new upload for a message ("upload"), or a new item of the vault ("vault")."""
        return self.told("POST", f"{self._at}/media/{where}", form({}, _photo(secrets.randbits(30))), FORM)

    def imported(self) -> tuple[str, str]:
        """A connection that nothing else is asked for, and its account's id in the other dialect."""
        session = {"cookie": f"auth_id={secrets.randbits(40) + 1}; sess=x", "userAgent": "bench"}
        made = self.ok("POST", "/v2/account/connections/import", session)
        account = next(
            each["id"] for each in self.ok("GET", "/api/accounts")
            if str(each["onlyfans_user_data"]["id"]) == made["userData"]["id"]
        )  # fmt: skip
        return str(made["id"]), str(account)

    def _bought(self) -> str:
        """A mass message that has gone out, and that a fan bought."""
        lists = [int(self.user_list(FAN, OTHER_FAN))]
        priced = {"text": "bench", "userLists": lists, "price": 5, "mediaItems": [self.own_media()]}
        made = str(self.ok("POST", "/v2/access/mass-messages", priced)["id"])
        copy = _until(lambda: self._copy(made))
        paid = {"message_id": copy, "payment_reference": secrets.token_hex(8)}
        self.ok("POST", f"/v1/fans/{FAN}/purchases?account={self.account}", paid)
        return made

    def own_media(self) -> int:
        """Media that no fan has bought yet, whatever the world made of its own."""
        return int(self.uploaded("vault")["data"]["id"])

    def _copy(self, made: str) -> int | None:
        chat = self.ok("GET", f"/v2/access/chats/{FAN}/messages")["list"]
        return next((int(each["id"]) for each in chat if str(each["queueId"]) == made), None)


def operations(desk: Desk, documents: list[Mapping[str, Any]]) -> list[Operation]:
    """Every documented operation that can succeed, those that take something away towards the end."""
    special = _special(desk)
    found = []
    for document in documents:
        for template, methods in document["paths"].items():
            for verb, said in methods.items():
                method = verb.upper()
                name = f"{method} {template}"
                if name not in REFUSALS:
                    plain = _plain(desk, template, said)
                    found.append(Operation(name, method, template, special.get(name, plain)))
                    found += [
                        Operation(f"{name} (a form)", method, template, ask)
                        for ask in (special.get(f"{name} form"),)
                        if ask is not None
                    ]
    known = {each.name for each in found} | {f"{each.name} form" for each in found}
    assert set(special) <= known, f"asked for, and in no document: {set(special) - known}"
    return sorted(found, key=_when)


def _when(operation: Operation) -> tuple[bool, int]:
    return any(part in operation.name for part in _LAST), _METHODS.index(operation.method)


def _plain(desk: Desk, template: str, said: Mapping[str, Any]) -> Callable[[], Asked]:
    """With ids that are there, the document's own sample and what it demands in the query: the same each time."""
    kept = {
        **dict.fromkeys(("massMessageId", "queue_id"), desk.scheduled_kept),
        **dict.fromkeys(("messageId", "message_id"), desk.message_kept),
        **dict.fromkeys(("userId", "user_id", "fan_id", "chat_id"), FAN),
        **dict.fromkeys(("listId", "list_id"), desk.vault_list_kept if "/vault/" in template else desk.listed),
        "username": desk.username, "account": desk.account, "connectionId": desk.connection, "media_id": str(MEDIA[0]),
    }  # fmt: skip
    params = {name: value for name, value in kept.items() if f"{{{name}}}" in template}
    demanded = (
        one["name"] for one in said.get("parameters", ()) if one["in"] == "query" and one.get("required")
    )
    query = urlencode({name: _QUERY[name] for name in demanded})
    content = said.get("requestBody", {}).get("content", {})
    asked = Asked(params, query, content.get(JSON, {}).get("example"))
    return lambda: asked


def _special(desk: Desk) -> dict[str, Callable[[], Asked]]:
    """What is asked otherwise: with a body that no document shows, or on something made for this one call."""
    return {**_of_ofauth(desk), **_of_onlyfansapi(desk)}


def _of_ofauth(desk: Desk) -> dict[str, Callable[[], Asked]]:
    d, access = desk, "/v2/access"

    def whole() -> Asked:
        photo = d.photo()
        return Asked({"mediaUploadId": d.announced(photo)}, body=photo, content_type=BYTES)

    def part() -> Asked:
        photo = d.photo()
        return Asked({"mediaUploadId": d.announced(photo), "partNumber": "1"}, body=photo, content_type=BYTES)

    def completed() -> Asked:
        photo = d.photo()
        name = d.announced(photo)
        d.told("PUT", f"{access}/uploads/{name}/parts/1", photo, BYTES)
        return Asked(body={"mediaUploadId": name})

    def restricted(yes: bool) -> Asked:
        d.ok("POST" if yes else "DELETE", f"{access}/users/{FAN}/restrict")
        return Asked({"userId": FAN})

    photo = {"etag": hashlib.md5(d.file).hexdigest(), "size": len(d.file)}
    return {
        f"DELETE {access}/mass-messages/{{massMessageId}}": lambda: Asked({"massMessageId": d.scheduled()}),
        f"DELETE {access}/chats/{{userId}}/messages/{{messageId}}": lambda: Asked(
            {"userId": FAN, "messageId": d.message()}
        ),
        f"GET {access}/analytics/mass-messages/{{massMessageId}}/buyers": lambda: Asked(
            {"massMessageId": d.bought}
        ),
        f"DELETE {access}/users/lists/{{listId}}": lambda: Asked({"listId": d.user_list()}),
        f"POST {access}/users/lists/{{listId}}/users/{{userId}}": lambda: Asked(
            {"listId": d.user_list(), "userId": FAN}
        ),
        f"DELETE {access}/users/lists/{{listId}}/users/{{userId}}": lambda: Asked(
            {"listId": d.user_list(FAN), "userId": FAN}
        ),
        **{
            f"POST {access}/users/{{userId}}/{what}": lambda: Asked(
                {"userId": FAN}, body={"listIds": [int(d.user_list()), int(d.user_list())]}
            )
            for what in ("lists", "user-lists/batch")
        },
        f"GET {access}/users/list": lambda: Asked(query=f"userIds={FAN},{OTHER_FAN}"),
        f"GET {access}/users/search": lambda: Asked(query="query=an"),
        f"POST {access}/users/{{userId}}/restrict": lambda: restricted(False),
        f"DELETE {access}/users/{{userId}}/restrict": lambda: restricted(True),
        f"PUT {access}/uploads/{{mediaUploadId}}": whole,
        f"PUT {access}/uploads/{{mediaUploadId}}/parts/{{partNumber}}": part,
        f"POST {access}/uploads/complete": completed,
        f"POST {access}/uploads/check": lambda: Asked(body=photo),
        f"DELETE {access}/vault/lists/{{listId}}": lambda: Asked({"listId": d.vault_list()}),
        f"POST {access}/vault/lists/{{listId}}/media": lambda: Asked(
            {"listId": d.vault_list()}, body={"mediaIds": MEDIA}
        ),
        **{
            f"{method} /v2/account/connections/{place}": lambda body=body: Asked(
                {"connectionId": d.imported()[0]}, body=body
            )
            for method, place, body in (
                ("PATCH", "import/{connectionId}", {"cookie": "sess=x", "userAgent": "bench"}),
                ("POST", "{connectionId}/invalidate", None),
                ("DELETE", "{connectionId}", None),
            )
        },
    }


def _of_onlyfansapi(desk: Desk) -> dict[str, Callable[[], Asked]]:
    d, api = desk, "/api/{account}"
    at = {"account": d.account}
    mass, lists, vault, chat = (
        f"{api}/mass-messaging",
        f"{api}/user-lists",
        f"{api}/media/vault",
        f"{api}/chats",
    )
    send = {"text": "bench", "userLists": [d.listed]}

    def asked(params: Mapping[str, str] = {}, **how: Any) -> Callable[[], Asked]:
        return lambda: Asked({**at, **params}, **how)

    def after(method: str, path: str, params: Mapping[str, str], body: object = None) -> Callable[[], Asked]:
        """The call that takes back what this call does."""

        def ask() -> Asked:
            d.ok(method, f"/api/{d.account}{path}", body)
            return Asked({**at, **params})

        return ask

    fan, user, in_chat = {"fan_id": FAN}, {"user_id": FAN}, {"chat_id": FAN}
    message = {**in_chat, "message_id": d.message_kept}
    one = f"/chats/{FAN}/messages/{d.message_kept}"
    return {
        f"POST {api}/messages/{{queue_id}}/attach-tags": asked({"queue_id": d.bought}, body={"rfTag": ["ann"]}),
        f"PATCH {api}/settings/welcome-message": asked(body={"enabled": True}),
        f"POST {mass}": asked(body=send),
        f"POST {mass} form": asked(body=form({"text": "bench", "userLists[]": d.listed}), content_type=FORM),
        f"PUT {mass}/{{queue_id}}": asked({"queue_id": d.scheduled_kept}, body=send | {"scheduledDate": _LATER}),
        f"DELETE {mass}/{{queue_id}}": lambda: Asked({**at, "queue_id": d.scheduled()}),
        f"PUT {api}/queue/{{queue_id}}/publish": lambda: Asked({**at, "queue_id": d.scheduled()}),
        f"POST {lists}": lambda: Asked(at, body={"name": f"Bench {secrets.token_hex(4)}"}),
        f"PUT {lists}/{{list_id}}": asked({"list_id": d.listed}, body={"name": "Regulars"}),
        f"DELETE {lists}/{{list_id}}": lambda: Asked({**at, "list_id": d.user_list()}),
        f"POST {lists}/{{list_id}}/users": lambda: Asked({**at, "list_id": d.user_list()}, body={"ids": [int(FAN)]}),
        f"DELETE {lists}/{{list_id}}/users": lambda: Asked({**at, "list_id": d.user_list(FAN)}),
        f"DELETE {lists}/{{list_id}}/users/{{user_id}}": lambda: Asked({**at, **user, "list_id": d.user_list(FAN)}),
        f"POST {lists}/{{list_id}}/users/{{user_id}}/pin": lambda: Asked({**at, **user, "list_id": d.user_list(FAN)}),
        f"DELETE {api}/fans/{{fan_id}}/notes": after("PUT", f"/fans/{FAN}/notes", fan, {"notes": "Likes cats"}),
        f"GET {api}/engagement/messages/{{message_id}}/buyers": asked({"message_id": d.bought}),
        f"POST {api}/users/{{user_id}}/block": after("DELETE", f"/users/{OTHER_FAN}/block", {"user_id": OTHER_FAN}),
        f"DELETE {api}/users/{{user_id}}/block": after("POST", f"/users/{OTHER_FAN}/block", {"user_id": OTHER_FAN}),
        f"POST {api}/users/{{user_id}}/restrict": after("DELETE", f"/users/{FAN}/restrict", user),
        f"DELETE {api}/users/{{user_id}}/restrict": after("POST", f"/users/{FAN}/restrict", user),
        f"DELETE {chat}/{{chat_id}}": lambda: (
            d.message(OTHER_FAN) and Asked({**at, "chat_id": OTHER_FAN})
        ),
        f"POST {chat}/{{chat_id}}/mark-as-read": after("POST", f"/chats/{FAN}/mark-as-unread", in_chat),
        f"POST {chat}/{{chat_id}}/mark-as-unread": after("POST", f"/chats/{FAN}/mark-as-read", in_chat),
        f"POST {chat}/{{chat_id}}/mute": after("DELETE", f"/chats/{FAN}/unmute", in_chat),
        f"DELETE {chat}/{{chat_id}}/unmute": after("POST", f"/chats/{FAN}/mute", in_chat),
        f"GET {chat}/{{chat_id}}/messages/search": asked(in_chat, query="query=bench"),
        f"POST {chat}/{{chat_id}}/messages form": asked(in_chat, body=form({"text": "bench"}), content_type=FORM),
        f"DELETE {chat}/{{chat_id}}/messages/{{message_id}}": lambda: Asked(
            {**at, **in_chat, "message_id": d.message()}
        ),
        f"POST {chat}/{{chat_id}}/messages/{{message_id}}/like": after("DELETE", f"{one}/unlike", message),
        f"DELETE {chat}/{{chat_id}}/messages/{{message_id}}/unlike": after("POST", f"{one}/like", message),
        f"POST {chat}/{{chat_id}}/messages/{{message_id}}/pin": after("DELETE", f"{one}/unpin", message),
        f"DELETE {chat}/{{chat_id}}/messages/{{message_id}}/unpin": after("POST", f"{one}/pin", message),
        **{
            f"POST {api}/media/{where}": lambda: Asked(at, body=form({}, d.photo()), content_type=FORM)
            for where in ("upload", "vault")
        },
        f"GET {api}/media/uploads/{{prefixed_id}}/status": asked({"prefixed_id": d.upload_kept}),
        f"GET {api}/media/download/{{cdn_url}}": asked({"cdn_url": d.cdn_url}, status=302),
        f"DELETE {vault}/delete-media": lambda: Asked(at, body={"mediaIds": [d.own_media()]}),
        f"DELETE {vault}/lists/{{list_id}}": lambda: Asked({**at, "list_id": d.vault_list()}),
        f"POST {vault}/lists/{{list_id}}/media": lambda: Asked(
            {**at, "list_id": d.vault_list()}, body={"mediaIds": MEDIA}
        ),
        f"DELETE {vault}/lists/{{list_id}}/media": lambda: Asked(
            {**at, "list_id": d.vault_list(*MEDIA)}, body={"mediaIds": MEDIA}
        ),
        "DELETE /api/accounts/{id}": lambda: Asked({"id": d.imported()[1]}),
    }  # fmt: skip


def form(fields: Mapping[str, str], file: bytes | None = None) -> bytes:
    """A multipart body."""

    def parts() -> Iterator[bytes]:
        for name, value in fields.items():
            yield _part(f'name="{name}"') + value.encode()
        if file is not None:
            yield _part('name="file"; filename="bench.png"', "Content-Type: image/png\r\n") + file

    return b"".join(part + b"\r\n" for part in parts()) + f"--{_BOUNDARY}--\r\n".encode()


def _part(what: str, more: str = "") -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {what}\r\n{more}\r\n".encode()


def _photo(number: int) -> bytes:
    """64 by 48 pixels; another for every number."""
    from PIL import Image

    out = io.BytesIO()
    image = Image.new("RGB", (64, 48), (200, 100, 0))
    for place in range(30):
        image.putpixel((place, 0), (255, 255, 255) if number >> place & 1 else (0, 0, 0))
    image.save(out, "PNG")
    return out.getvalue()


def _until(look: Callable[[], int | None], seconds: float = 30) -> int:
    over = time.monotonic() + seconds
    while (seen := look()) is None:
        if time.monotonic() > over:
            raise RuntimeError("what was sent did not arrive")
        time.sleep(0.02)
    return seen
