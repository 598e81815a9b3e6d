"""Normal forms: an identifier as a destination knows it, so that two spellings of one are one."""

import hashlib
import re
from collections.abc import Callable, Mapping

_EMAIL = re.compile(r"[^@\s,;:\"<>()\[\]\\\x00-\x1f\x7f]+@[^@\s,;:\"<>()\[\]\\\x00-\x1f\x7f]+\.[^@\s.,]+")
"""Quoted local parts are not: no tool here takes them."""
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_PUNCTUATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]")
_HASHED = re.compile(r"[0-9a-f]{64}")
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def email(value: str) -> str:
    """Return a mail address trimmed and in lower case; empty where it is none."""
    text = value.strip().lower()
    return text if _EMAIL.fullmatch(text) else ""


def phone(value: str) -> str:
    """Return a phone number as E.164, `+31612345678`; empty where the country is not told, or it is none.

    A number without a country is not guessed: another customer may have it elsewhere.
    """
    text = _PUNCTUATION.sub("", value.strip())
    text = f"+{text[2:]}" if text.startswith("00") else text
    return text if _PHONE.fullmatch(text) else ""


def text(value: str) -> str:
    """Return any other identifier trimmed."""
    return value.strip()


def google_email(value: str) -> str:
    """Return the SHA-256 in hex of a mail address, which Google knows it by; of one that is hashed already, itself.

    At gmail.com and googlemail.com all dots before the @ are left out, as Google does.
    """
    if _HASHED.fullmatch(hashed := value.strip().lower()):
        return hashed
    if not (form := email(re.sub(r"\s", "", value))):
        return ""
    local, _, domain = form.rpartition("@")
    return _sha256(f"{local.replace('.', '')}@{domain}" if domain in _DOTLESS else form)


def google_phone(value: str) -> str:
    """Return the SHA-256 in hex of a phone number as E.164, plus included; of one hashed already, itself."""
    if _HASHED.fullmatch(hashed := value.strip().lower()):
        return hashed
    return _sha256(form) if (form := phone(value)) else ""


def _sha256(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


FORMS: Mapping[str, Callable[[str], str]] = {
    "email": email,
    "phone": phone,
    "text": text,
    "google_email": google_email,
    "google_phone": google_phone,
}
"""By name."""


def of(kind: str) -> Callable[[str], str]:
    """Return the form of a kind of identifier."""
    return FORMS[kind] if kind in {"email", "phone"} else text
