"""Answers: the words of real exports."""

import pytest

from features.consent import answers
from features.consent.loop import DENY, GRANT, OBJECT, UNREADABLE


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("yes", "Y", "TRUE", "1", "1.0", "granted", "opt-in", "Opted In", "subscribed", " Subscribed ", "ja"), GRANT),
        (("no", "N", "false", "0", "denied", "opt_out", "Opted-Out", "unsubscribed", "not subscribed", "nein"), DENY),
        (("object", "Objected", "do not contact"), OBJECT),
        (("", None, "maybe", "pending", "?", "yes!", "granted?", "2"), UNREADABLE),
    ],
)
def test_words_are_read_in_any_spelling_and_others_deny(texts: tuple[str | None, ...], said: int) -> None:
    assert {text: answers.read(text, {}) for text in texts} == dict.fromkeys(texts, said)


def test_a_table_may_have_words_of_its_own() -> None:
    own = {"Pending": "deny", "Stufe 2": "grant", "no": "object"}
    assert [answers.read(text, own) for text in ("pending", "STUFE-2", "no", "yes")] == [DENY, GRANT, OBJECT, GRANT]
