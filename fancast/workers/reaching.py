"""Reach out to URLs that strangers name, and to nothing inside: a name is resolved once, every address of it is
checked, the connection goes to just these, and each redirect begins anew.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from fancast.kit.addresses import SCHEMES, Refused, check_url, is_address
from fancast.workers.reach import CannotReach, Reach

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Worth another try: the other side says so itself.
_PASSING = frozenset({408, 425, 429})
_HEADERS = {"User-Agent": "fancast", "Accept": "*/*", "Accept-Encoding": "identity"}
_READ_AT_ONCE = 256 * 1024


@asynccontextmanager
async def opened(url: str, reach: Reach) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to a GET, after redirects: 200, its body not read yet. Raises CannotReach."""
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=reach.connect_seconds, sock_read=reach.silence_seconds
    )
    # A connection is used once: one that was checked for a name is never taken for another.
    connector = aiohttp.TCPConnector(
        resolver=_Pinning(reach), use_dns_cache=False, force_close=True, limit=1, ssl=True
    )
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), headers=_HEADERS,
        auto_decompress=False, read_bufsize=_READ_AT_ONCE, trust_env=False,
    ) as session:  # fmt: skip
        with _in_words():
            answer = await _follow(session, url, reach)
        async with answer:
            yield answer


async def chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body as it comes. Raises CannotReach when it breaks off or falls silent."""
    with _in_words():
        async for chunk in answer.content.iter_any():
            yield chunk


async def _follow(session: aiohttp.ClientSession, url: str, reach: Reach) -> aiohttp.ClientResponse:
    for _ in range(MOST_REDIRECTS + 1):
        target = _checked(url, reach)
        answer = await session.get(target, allow_redirects=False)
        try:
            if answer.status not in _REDIRECTS:
                _demand_ok(answer)
                return answer
            url = _next_url(target, answer)
        except CannotReach:
            answer.close()
            raise
        answer.close()
    raise CannotReach(f"It redirects more than {MOST_REDIRECTS} times.", passing=False)


def _checked(url: str, reach: Reach) -> URL:
    try:
        check_url(url)
        target = URL(url)
        host, port = target.host or "", target.port or SCHEMES[target.scheme]
        if is_address(host):
            # Nobody resolves a host that is an address; all others are checked by the resolver.
            reach.bounds.check_address(host, port)
    except Refused as refused:
        raise _refused(refused) from refused
    except ValueError as error:
        raise CannotReach("It is no URL that can be asked.", passing=False) from error
    return target


class _Pinning(AbstractResolver):
    """Resolves a name once, for one connection, and only to addresses that may be reached."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._reach.lookup(host)
        try:
            for address in addresses:
                self._reach.bounds.check_address(address, port)
        except Refused as refused:
            raise _refused(refused) from refused
        return [_pinned(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is kept."""


def _pinned(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )  # fmt: skip


def _refused(refused: Refused) -> CannotReach:
    return CannotReach(f"It cannot be fetched: {refused}.", passing=False)


def _next_url(asked: URL, answer: aiohttp.ClientResponse) -> str:
    said = answer.headers.get("Location")
    if not said:
        raise CannotReach(f"It answered {answer.status} without saying where to.", passing=False)
    try:
        return str(asked.join(URL(said)))
    except ValueError as error:
        raise CannotReach("It redirects to what is no URL.", passing=False) from error


def _demand_ok(answer: aiohttp.ClientResponse) -> None:
    if answer.status == HTTPStatus.OK:
        if answer.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
            raise CannotReach("It answered with compressed bytes though asked not to.", passing=False)
        return
    passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    raise CannotReach(f"It answered {_status(answer.status)}.", passing=passing)


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


class _in_words:
    """What goes wrong on the way, in words for whoever named the URL."""

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        match error:
            case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
                raise CannotReach("Its certificate does not hold.", passing=False) from error
            case aiohttp.ClientConnectorDNSError():
                raise CannotReach("Its host is not known.", passing=True) from error
            case aiohttp.InvalidURL():
                raise CannotReach("It is no URL that can be asked.", passing=False) from error
            case aiohttp.ClientPayloadError():
                raise CannotReach("Its answer broke off in the middle.", passing=True) from error
            case TimeoutError():
                raise CannotReach("It did not answer in time.", passing=True) from error
            case aiohttp.ClientConnectorError():
                raise CannotReach("Nothing can be reached there.", passing=True) from error
            case aiohttp.ClientError() | OSError():
                raise CannotReach("Its answer cannot be understood.", passing=True) from error
