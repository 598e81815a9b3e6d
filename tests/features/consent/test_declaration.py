"""The declaration: what is wrong with one is said with its place and the nearest name."""

from typing import Any

import msgspec
import pytest

from features.consent import declaration
from features.consent.consent import Consent

GOOD: dict[str, Any] = {
    "purposes": {"profiling": "legitimate_interest", "mail": "consent", "ads": "consent"},
    "sources": [{"path": "c.csv", "columns": {"customer_id": "id", "purpose": "p", "answer": "a"}}],
}


def check(**changed: Any) -> None:
    declaration.check(msgspec.convert(GOOD | changed, Consent), ("customer_id",), ("born",))


def table(**changed: Any) -> dict[str, Any]:
    return {"sources": [GOOD["sources"][0] | changed]}


def test_what_is_right_passes() -> None:
    check(gpc="gpc", minimum_age=16, age="born", unknown={"default": "deny", "mail": "allow"}, valid_days={"mail": 9})
    check(**table(purposes={"newsletter": "mail", "sms": "ignored"}, answers={"Stufe 2": "grant"}))
    check(**table(columns={"customer_id": "id", "answer": "a"}, purpose="mail"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"purposes": {"mail": "consent"}}, r"purposes: got mail; 'profiling' is needed with its basis"),
        ({"purposes": {"Mail": "consent"}}, r"purposes: got 'Mail'; small letters"),
        ({"purposes": {"default": "consent"}}, r"purposes: got 'default'; small letters"),
        ({"unknown": {"mial": "deny"}}, r"unknown: got 'mial'\. Did you mean 'mail'\?"),
        ({"valid_days": {"default": 30}}, r"valid_days: got 'default'\. Allowed: ads, mail, profiling\."),
        ({"purposes": {"profiling": "consent"}, "sources": [], "gpc": "g"}, r"gpc: got 'g', .* purposes must have it"),
        ({"minimum_age": 16}, r"minimum_age and age: got one of them"),
        ({"age": "born"}, r"minimum_age and age: got one of them"),
        ({"minimum_age": 16, "age": "bron"}, r"age: got 'bron'\. Did you mean 'born'\?"),
        (table(columns={"email": "m", "answer": "a"}), r"sources\[0\]\.columns: got 'email'\. Allowed: answer,"),
        (table(columns={"answer": "a"}, purpose="mail"), r"'customer_id' is required; got answer"),
        (table(columns={"customer_id": "c"}, purpose="mail"), r"'answer' is required; got customer_id"),
        (table(columns={"customer_id": "c", "answer": "a"}), r"sources\[0\]: got neither; either a column `purpose`"),
        (table(purpose="mail"), r"sources\[0\]: got both"),
        (
            table(columns={"customer_id": "c", "answer": "a"}, purpose="mails"),
            r"sources\[0\]\.purpose: got 'mails'\. Did you mean 'mail'\?",
        ),
        (table(purposes={"sms": "mial"}), r"sources\[0\]\.purposes\.sms: got 'mial'\. Did you mean 'mail'\?"),
        (table(answers={"OK": "grant", "ok": "deny"}), r"sources\[0\]\.answers: got 'ok' again"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(**changed)
