"""The mail: the report as HTML, sent by SMTP as the environment says, with TLS where nothing else is said."""

import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

STARTTLS, IMPLICIT, NONE = "starttls", "implicit", "none"
_PORTS = {STARTTLS: 587, IMPLICIT: 465, NONE: 25}
_SECONDS = 60
_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


class NotSent(RuntimeError):
    """The mail was not sent; the message says why, without the password."""


@dataclass(frozen=True)
class Server:
    """Through which server mails go."""

    host: str
    port: int
    sender: str
    tls: str
    user: str = ""
    password: str = ""


def server(environment: Mapping[str, str] = os.environ) -> Server:
    """Return the server of HABITUS_SMTP_HOST, _PORT, _USER, _PASSWORD, _FROM and _TLS.

    Raises:
        ValueError: one is missing or none that is allowed; a password would go over the wire as it is.
    """
    own = {
        key: environment.get(f"HABITUS_SMTP_{key}", "") for key in ("HOST", "PORT", "USER", "PASSWORD", "FROM", "TLS")
    }
    for key in ("HOST", "FROM"):
        if not own[key]:
            raise ValueError(
                f"HABITUS_SMTP_{key} is not set: it says {'where' if key == 'HOST' else 'from whom'} mails go."
            )
    tls = own["TLS"] or STARTTLS
    if tls not in _PORTS:
        raise ValueError(f"HABITUS_SMTP_TLS: got {tls!r}; {', '.join(_PORTS)} are allowed.")
    if tls == NONE and own["PASSWORD"]:
        raise ValueError("HABITUS_SMTP_TLS: got 'none' beside a password, which anybody could read on its way.")
    port = own["PORT"] or str(_PORTS[tls])
    if not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"HABITUS_SMTP_PORT: got {port!r}; a number from 1 to 65535 is allowed.")
    return Server(own["HOST"], int(port), address(own["FROM"]), tls, own["USER"], own["PASSWORD"])


def address(text: str) -> str:
    """Return one mail address.

    Raises:
        ValueError: it is none, or more than one.
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"MAIL: got {text!r}; one address is allowed, such as a@example.org.")
    return text


def message(sender: str, to: str, subject: str, html: str, text: str) -> EmailMessage:
    """Return the mail: the page, and the same in sentences for who reads no HTML."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=sender.split("@")[1])
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def send(mail: EmailMessage, through: Server) -> None:
    """Send a mail once.

    Raises:
        NotSent: the server cannot be reached, is not who it says, or did not take it.
    """
    context = ssl.create_default_context()
    try:
        if through.tls == IMPLICIT:
            link: smtplib.SMTP = smtplib.SMTP_SSL(through.host, through.port, timeout=_SECONDS, context=context)
        else:
            link = smtplib.SMTP(through.host, through.port, timeout=_SECONDS)
        with link:
            if through.tls == STARTTLS:
                link.starttls(context=context)
            if through.user:
                link.login(through.user, through.password)
            link.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        said = str(error).replace(through.password, "…") if through.password else str(error)
        raise NotSent(
            f"the mail was not sent ({through.host}:{through.port}): {said or type(error).__name__}"
        ) from None
