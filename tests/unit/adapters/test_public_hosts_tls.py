"""A pinned connection is still the named host's: over real TLS, on this machine."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from recado.adapters import public_hosts
from recado.adapters.public_hosts import PrivateHostError, PublicHostTransport

pytestmark = pytest.mark.enable_socket

NAME = "files.example.com"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


class Host(BaseHTTPRequestHandler):
    """Answers with the name that it was asked by."""

    def do_GET(self) -> None:
        body = self.headers["host"].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A TLS server with a certificate for its name: its port, and who trusts that."""
    paths = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    http = HTTPServer(("127.0.0.1", 0), Host)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield http.server_port, ssl.create_default_context(cafile=str(paths[0]))
    http.shutdown()
    thread.join()
    http.server_close()


def transport(trust: ssl.SSLContext) -> PublicHostTransport:
    carrier = httpx.HTTPTransport(verify=trust, trust_env=False)
    return PublicHostTransport(carrier, lookup=lambda _: ["127.0.0.1"])


def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    server: tuple[int, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, trust = server
    monkeypatch.setattr(public_hosts, "is_public", lambda _: True)
    with httpx.Client(transport=transport(trust)) as client:
        assert client.get(f"https://{NAME}:{port}/").text == f"{NAME}:{port}"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            client.get(f"https://other.example.com:{port}/")


def test_a_name_of_this_machine_is_not_connected_to(
    server: tuple[int, ssl.SSLContext],
) -> None:
    port, trust = server
    with httpx.Client(transport=transport(trust)) as client, pytest.raises(PrivateHostError):
        client.get(f"https://{NAME}:{port}/")
