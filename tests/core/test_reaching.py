"""The guarded door over TLS: a certificate that nobody vouches for is refused, and told so."""

import asyncio
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fancast.kit.addresses import LOOPBACK, Bounds
from fancast.workers.reach import CannotReach, Reach
from fancast.workers.reaching import opened


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A TLS server whose certificate it signed itself."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path / "both.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def certificate(path: Path) -> Path:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    signed = made.sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + signed.public_bytes(pem))
    return path


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int):
    async def look(host: str) -> Sequence[str]:
        return ["127.0.0.1"]

    async def ask() -> None:
        async with opened(f"https://elsewhere.example:{port}/", Reach(Bounds(LOOPBACK), look)):
            """Never."""

    with pytest.raises(CannotReach, match="certificate does not hold") as refused:
        asyncio.run(ask())
    assert not refused.value.passing
