"""Messages to people and programs outside: by mail (SMTP) and by webhook (a signed POST of JSON)."""

from __future__ import annotations

import hmac
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import httpx2
import msgspec
import structlog

from listloop.settings import Settings

#: Seconds for which a mail server or a program is waited for.
TIMEOUT = 20.0

#: The header with the HMAC-SHA256 of the body, in hexadecimal digits.
SIGNATURE = "X-Listloop-Signature"

_log = structlog.get_logger("listloop.alerts")


class ClearTextError(smtplib.SMTPException):
    """A password would have to go in the clear."""


@dataclass(frozen=True, slots=True)
class Messenger:
    """Where messages go. ``server`` is smtp://user:password@host:port (with STARTTLS where the server offers it), or
    smtps:// for TLS from the beginning.
    """

    server: str = field(default="", repr=False)
    sender: str = ""
    to: tuple[str, ...] = ()
    webhook: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    base: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Messenger:
        """As the settings say."""
        to = tuple(one.strip() for one in settings.alert_mail.split(",") if one.strip())
        sender = settings.mail_from or (to[0] if to else "")
        return cls(settings.mail_server, sender, to, settings.alert_url, settings.alert_secret, settings.base_url)

    @property
    def mails(self) -> bool:
        """Can mails be sent, and to somebody?"""
        return bool(self.server and self.to)

    @property
    def anybody(self) -> bool:
        """Is there anybody to tell?"""
        return self.mails or bool(self.webhook)

    @property
    def host(self) -> str:
        """The host that gets posts: an address may hold a secret, so that it is never shown whole."""
        return urlsplit(self.webhook).hostname or ""

    def tell(self, subject: str, body: str, data: Mapping[str, object]) -> bool:
        """Tell everybody; False where somebody could not be told, and all are told once more."""
        mailed = not self.mails or self.mail(subject, body)
        return (not self.webhook or self._post({"subject": subject, **data})) and mailed

    def mail(self, subject: str, body: str) -> bool:
        """Send a mail; False, with a line in the log, where the server can't be reached or refuses."""
        message = EmailMessage()
        message["Subject"] = f"[Listloop] {_line(subject)}"
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{body}\n\n{self.base}\n" if self.base else f"{body}\n")
        try:
            with self._opened() as server:
                server.send_message(message)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            _log.warning("mail not sent", problem=_why(error), server=urlsplit(self.server).hostname)
            return False
        return True

    def _opened(self) -> smtplib.SMTP:
        known = urlsplit(self.server)
        host, secure = known.hostname or "localhost", ssl.create_default_context()
        if known.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, known.port or 465, timeout=TIMEOUT, context=secure)
        else:
            server = smtplib.SMTP(host, known.port or 587, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=secure)
                server.ehlo()
        if known.username:
            if not isinstance(server.sock, ssl.SSLSocket):
                server.close()
                raise ClearTextError
            try:
                server.login(unquote(known.username), unquote(known.password or ""))
            except smtplib.SMTPServerDisconnected:  # some hang up on a wrong password
                raise smtplib.SMTPAuthenticationError(535, b"") from None
        return server

    def _post(self, data: Mapping[str, object]) -> bool:
        body = msgspec.json.encode(data)
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SIGNATURE] = hmac.new(self.secret.encode(), body, sha256).hexdigest()
        try:
            with closing(httpx2.Client(timeout=TIMEOUT)) as client:
                client.post(self.webhook, content=body, headers=headers).raise_for_status()
        except httpx2.HTTPError as error:
            _log.warning("alert not delivered", problem=type(error).__name__)
            return False
        return True


def attempt(messenger: Messenger) -> bool:
    """Send everybody a message that says it is a try; False where it could not be sent, with a line in the log."""
    return messenger.tell("This is a try", "Alerts of Listloop arrive here.", {"event": "try"})


def _why(error: Exception) -> str:
    """What stopped a mail, for the log; never what was sent."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the server refuses the name or the password"
    if isinstance(error, ClearTextError):
        return "the server offers no TLS, and a password never goes in the clear"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "this machine does not trust the server's certificate"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the server refuses everybody who gets alerts"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return f"the server does not answer ({type(error).__name__})"
    return f"the server refuses the mail ({type(error).__name__})"


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
