"""Signatures of webhooks: whole, ours, and not old; by the example of Standard Webhooks."""

import pytest

from activation.destinations.conversion import Unfit
from activation.destinations.signature import holds, signed
from tests.activation.destinations import example

SIGNER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_614_265_330_000_000
BODY = b'{"test": 2432232314}'


def test_the_published_example() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert holds(headers, BODY, SIGNER, NOW)


def test_what_is_signed_holds_and_nothing_else_does() -> None:
    headers = dict(signed(["a", "b"], BODY, SIGNER, NOW))
    assert holds(headers, BODY, SIGNER, NOW)
    assert holds({**headers, "webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}, BODY, SIGNER, NOW)
    assert not holds(headers, BODY + b" ", SIGNER, NOW)
    assert not holds(headers, BODY, "whsec_" + "A" * 32, NOW)
    assert not holds({**headers, "webhook-id": "msg_1"}, BODY, SIGNER, NOW)
    assert not holds({**headers, "webhook-timestamp": "1614265331"}, BODY, SIGNER, NOW)
    assert not holds({**headers, "webhook-timestamp": "now"}, BODY, SIGNER, NOW)
    assert not holds({}, BODY, SIGNER, NOW)
    for seconds in (-301, 301):
        assert not holds(headers, BODY, SIGNER, NOW + seconds * 1_000_000)


def test_the_id_is_of_the_rows() -> None:
    first, again, other = (signed(ids, BODY, SIGNER, NOW)["webhook-id"] for ids in (["a"], ["a"], ["b"]))
    assert first == again != other
    assert signed(["ab"], BODY, SIGNER, NOW)["webhook-id"] != signed(["a", "b"], BODY, SIGNER, NOW)["webhook-id"]


@pytest.mark.parametrize("secret", ["", "whsec_", "no base64!", "whsec_QUJD"])
def test_a_secret_that_is_none_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(Unfit, match="a secret of webhooks") as refused:
        signed(["a"], BODY, secret, NOW)
    assert not secret or secret not in str(refused.value)


def test_a_webhook_of_ours_holds() -> None:
    one = example.destination("webhook")
    request = one.request("change", example.rows("webhook", "enter"), example.SECRETS, example.NOW)
    assert holds(request.headers, request.body, example.SECRETS["SECRET"], example.NOW)
