"""The mail, beside a server that speaks SMTP and TLS on this machine."""

import base64
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from activation.weekly import mail

SECRET = "of a test"  # noqa: S105
FROM, TO = "habitus@example.org", "boss@example.org"


class Server(socketserver.ThreadingTCPServer):
    """Takes mails; with a certificate it asks for TLS and a password."""

    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None, refuses: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.tls, self.refuses = tls, refuses
        self.mails: list[str] = []
        self.logins: list[str] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


class Session(socketserver.StreamRequestHandler):
    """One client."""

    server: Server

    def handle(self) -> None:
        """Answer what the client says."""
        safe = False
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                offered = "STARTTLS" if self.server.tls and not safe else "AUTH PLAIN"
                self.say("250-here", f"250 {offered}")
            elif word == "STARTTLS":
                assert self.server.tls
                self.say("220 go on")
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                self.setup()
                safe = True
            elif word == "AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]).decode())
                self.say("235 welcome")
            elif word == "RCPT" and self.server.refuses:
                self.say(f"550 {self.server.refuses}")
            elif word == "DATA":
                self.say("354 go on")
                lines = []
                while (row := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(row.removeprefix("."))
                self.server.mails.append("".join(lines))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, *lines: str) -> None:
        """Write lines."""
        self.wfile.write("".join(f"{one}\r\n" for one in lines).encode())


@contextmanager
def serving(tls: ssl.SSLContext | None = None, refuses: str = "") -> Iterator[Server]:
    with Server(tls, refuses) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _settings(server: Server, **more: str) -> mail.Server:
    own = {"HOST": "localhost", "PORT": str(server.server_address[1]), "FROM": FROM} | more
    return mail.server({f"HABITUS_SMTP_{key}": value for key, value in own.items()})


def _message() -> EmailMessage:
    return mail.message(FROM, TO, "The week\nof tea", "<p>é <b>a</b></p>\n.\n" + "x" * 2_000, "five sentences")


def test_a_mail_arrives_as_it_was_written() -> None:
    with serving() as server:
        mail.send(_message(), _settings(server, TLS="none"))
    (text,) = server.mails
    found = message_from_string(text, policy=policy.default)
    assert (found["From"], found["To"], found["Subject"]) == (FROM, TO, "The week of tea")
    page, plain = found.get_body(("html",)), found.get_body(("plain",))
    assert page is not None
    assert plain is not None
    assert page.get_content().replace("\r\n", "\n") == "<p>é <b>a</b></p>\n.\n" + "x" * 2_000 + "\n"
    assert plain.get_content().strip() == "five sentences"


def test_over_tls_a_password_is_told_and_nobody_else_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        ["openssl", *made.split(), "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as server:
        own = _settings(server, USER="me", PASSWORD=SECRET)
        with pytest.raises(mail.NotSent, match="certificate") as wrong:
            mail.send(_message(), own)
        assert SECRET not in str(wrong.value)
        assert server.logins == server.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        mail.send(_message(), own)
    assert server.logins == [f"\0me\0{SECRET}"]
    assert len(server.mails) == 1


def test_a_server_without_tls_or_that_refuses_gets_no_mail() -> None:
    with serving(refuses="who is that") as server:
        with pytest.raises(mail.NotSent, match="STARTTLS"):
            mail.send(_message(), _settings(server))
        with pytest.raises(mail.NotSent, match="who is that"):
            mail.send(_message(), _settings(server, TLS="none"))
    assert server.mails == []
    with pytest.raises(mail.NotSent, match="the mail was not sent"):
        mail.send(_message(), _settings(server, TLS="none"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"FROM": FROM}, "HABITUS_SMTP_HOST is not set"),
        ({"HOST": "h"}, "HABITUS_SMTP_FROM is not set"),
        ({"HOST": "h", "FROM": FROM, "TLS": "yes"}, "HABITUS_SMTP_TLS: got 'yes'; starttls, implicit, none"),
        ({"HOST": "h", "FROM": FROM, "TLS": "none", "PASSWORD": "p"}, "anybody could read"),
        ({"HOST": "h", "FROM": FROM, "PORT": "99999"}, "HABITUS_SMTP_PORT: got '99999'"),
        ({"HOST": "h", "FROM": "a@b.c\nBcc: d@e.f"}, "one address is allowed"),
    ],
)
def test_settings_that_are_wrong_are_told(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mail.server({f"HABITUS_SMTP_{key}": value for key, value in wrong.items()})
