"""A real mail server in a thread, with TLS and passwords where they are asked for, and a clock that goes on by hand."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from listloop.service.alerts import LOOK, watch
from listloop.service.messages import Messenger
from listloop.wiring import Listloop

#: Who may send mails, where the server asks for it.
NAME, PASSWORD = "listloop@shop.example", "p@ss/word: 1"


class Inbox(Message):
    """What the mail server took: subjects and bodies, and over which connection."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[tuple[str, str]] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None)
        answer: str = await super().handle_DATA(server, session, envelope)
        return answer

    def handle_message(self, message: Any) -> None:
        text = message.get_payload(decode=True).decode()
        self.mails.append((" ".join(str(message["Subject"]).split()), text))


class Post(Controller):
    """A server on any port that is free."""

    def _trigger_server(self) -> None:
        bound: Any = self.server
        self.port = bound.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd types it not


@contextmanager
def post_office(inbox: Inbox, **more: Any) -> Iterator[int]:
    """A mail server that puts everything into this inbox; its port."""
    controller = Post(inbox, hostname="127.0.0.1", port=0, ready_timeout=150, **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
    """Lets in who has the name and the password."""
    return AuthResult(success=(data.login, data.password) == (NAME.encode(), PASSWORD.encode()))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for 127.0.0.1 that nobody signed but itself: its file, and what a server shows it with."""

    file: Path
    context: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    """A new one, good for an hour around now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, keyfile = folder / "mail.pem", folder / "mail.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, keyfile)
    return Certificate(file, context)


class Moments:
    """A clock that goes on by hand, from the real one."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, by: timedelta) -> None:
        self.now += by


def messenger(server: str, **more: Any) -> Messenger:
    """To the administrator of a shop."""
    return Messenger(server, "listloop@shop.example", ("admin@shop.example",), **more)


def looks(listloop: Listloop, to: Messenger, minutes: float) -> None:
    """Look so long, twice a minute."""
    clock = listloop.now
    assert isinstance(clock, Moments)
    for _ in range(int(timedelta(minutes=minutes) / LOOK)):
        clock.go(LOOK)
        watch(listloop, to)
