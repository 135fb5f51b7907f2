"""Mails go out over TLS and with a password, to a real mail server, and never with a password in the clear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from listloop.service.messages import Messenger, attempt
from tests.service.postbox import NAME, PASSWORD, Certificate, Inbox, certificate, knows, messenger, post_office

LOGIN = f"{quote(NAME, safe='')}:{quote(PASSWORD, safe='')}"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate that this machine trusts."""
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def strict(inbox: Inbox, trusted: Certificate) -> Iterator[int]:
    """A server as providers have them: STARTTLS and a password, or nothing."""
    with post_office(
        inbox, tls_context=trusted.context, require_starttls=True, authenticator=knows, auth_required=True
    ) as port:
        yield port


def problem(to: Messenger) -> str:
    """What the log says of a mail that could not be sent."""
    with capture_logs() as lines:
        assert not to.mail("Subject", "Body")
    (line,) = lines
    assert PASSWORD not in str(line)
    return str(line["problem"])


def test_a_mail_goes_out_by_starttls_with_name_and_password(strict: int, inbox: Inbox) -> None:
    assert messenger(f"smtp://{LOGIN}@127.0.0.1:{strict}").mail("A run is late", "Since noon.")
    assert [(subject, body.strip()) for subject, body in inbox.mails] == [("[Listloop] A run is late", "Since noon.")]
    assert inbox.encrypted == [True]


def test_a_mail_goes_out_over_tls_from_the_beginning(inbox: Inbox, trusted: Certificate) -> None:
    with post_office(inbox, ssl_context=trusted.context, authenticator=knows, auth_require_tls=False) as port:
        assert attempt(messenger(f"smtps://{LOGIN}@127.0.0.1:{port}"))
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] This is a try"]
    assert inbox.encrypted == [True]


def test_a_wrong_password_is_told_without_it(strict: int, inbox: Inbox) -> None:
    told = problem(messenger(f"smtp://{quote(NAME, safe='')}:wrong@127.0.0.1:{strict}"))
    assert told == "the server refuses the name or the password"
    assert inbox.mails == []


def test_a_certificate_that_nobody_trusts_gets_no_password(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    made = certificate(tmp_path)
    with post_office(inbox, tls_context=made.context, authenticator=knows, auth_required=True) as port:
        told = problem(messenger(f"smtp://{LOGIN}@127.0.0.1:{port}"))
    assert told == "this machine does not trust the server's certificate"
    assert inbox.mails == []


def test_a_password_never_goes_in_the_clear(inbox: Inbox) -> None:
    with post_office(inbox, authenticator=knows, auth_require_tls=False) as port:
        told = problem(messenger(f"smtp://{LOGIN}@127.0.0.1:{port}"))
    assert told == "the server offers no TLS, and a password never goes in the clear"
    assert inbox.mails == []


def test_a_server_that_does_not_answer_is_told() -> None:
    assert problem(messenger("smtp://127.0.0.1:9")) == "the server does not answer (ConnectionRefusedError)"
