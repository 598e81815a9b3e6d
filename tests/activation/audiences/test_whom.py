"""Whom: identifiers are keys that were linked, attributes, or what customers are called; another kind is refused."""

from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from activation.audiences import told, whom
from activation.audiences.declared import declared
from features.dataset import Dataset, DatasetError
from features.log.linked import Linked
from tests.activation.audiences.conftest import candidates

Make = Callable[[str], Dataset]
KNOWN = pa.table({"customer_id": ["u1", "u2"], "email": ["a@x.org", ""]})


def _linked(shop: Dataset) -> tuple[Dataset, Linked]:
    """Return the shop with two kinds of identifiers, and whose some are."""
    dataset = msgspec.structs.replace(shop, identity={"keys": ["user", "mail"]})
    names = pa.array(["u1", "mail:b@x.org", "mail:a@x.org", "u2", "mail:z@x.org"])
    people = pa.array(["u1", "u1", "u1", "u2", "u3"])
    return dataset, Linked.of(names, people, pa.array(["u1", "u2", "u3"]), ("user", "mail"))


def test_what_customers_are_known_by(make: Make) -> None:
    dataset, linked = _linked(make(""))
    asked = (["u1", "u2"], linked, np.array([0, 1]), KNOWN)
    assert whom.identifiers(dataset, "customer_id", *asked) == ["u1", "u2"]
    assert whom.identifiers(dataset, "user", *asked) == ["u1", "u2"]
    assert whom.identifiers(dataset, "mail", *asked) == ["a@x.org", None]  # of several the first, of none nothing
    assert whom.identifiers(dataset, "email", *asked) == ["a@x.org", None]


def test_what_nobody_is_known_by_is_refused(make: Make) -> None:
    dataset, _ = _linked(make(""))
    for kind in ("customer_id", "user", "mail", "email"):
        assert whom.kind(dataset, kind, "here") == kind
    with pytest.raises(
        DatasetError, match=r"here: got 'phone', which is neither a key of \[identity\] nor an attribute"
    ):
        whom.kind(dataset, "phone", "here")


def test_what_is_told_is_what_is_asked_for_or_what_the_destination_has_names_of(make: Make) -> None:
    schema, more = candidates().schema, '[audiences.a]\nwhere = "x > 1"\npurpose = "mail"\n'
    bare = make(more)
    audience = declared(bare).by_name["a"]
    assert told.telling(bare, "a", audience, (), schema) == ["segment_rfm", "action", "products"]
    assert told.telling(bare, "a", audience, ("first_name", "of_an_event"), schema) == ["first_name"]
    asking = make(more + 'tell = ["action", "first_name"]\n')
    audience = declared(asking).by_name["a"]
    assert told.telling(asking, "a", audience, ("products",), schema) == ["action", "first_name"]
    for name in ("frist_name", "belief", "customer_id"):
        wrong = make(more + f'tell = ["action", "{name}"]\n')
        with pytest.raises(DatasetError, match=rf"audiences.a.tell\[1\]: got '{name}'"):
            told.telling(wrong, "a", declared(wrong).by_name["a"], (), schema)


def test_a_message_tells_no_offer_that_there_is_not(make: Make) -> None:
    from activation.audiences.codes import Offer
    from activation.audiences.told import Words
    from features.log.products import Products
    from training.actions import message as messages

    more = '[audiences.a]\nwhere = "x > 1"\npurpose = "mail"\nmessage = "m"\n[messages.m]\nbody = {{ en = "{}" }}\n'
    shop = make(more.format("{offer_code}"))
    audience = declared(shop).by_name["a"]
    words = Words(shop, messages.declared(shop, "m"), None, Products(), 0)
    with pytest.raises(DatasetError, match=r"audiences.a.offer: got none, and messages.m tells offer_code"):
        told.require(words, "audiences.a", audience.message, audience.offer)
    words = Words(shop, messages.declared(shop, "m"), Offer(value=5), Products(), 0)
    with pytest.raises(DatasetError, match="which has no code, and the message tells one"):
        told.require(words, "audiences.a", audience.message, audience.offer)
    words = Words(shop, words.message, Offer(code="A"), Products(), 0)
    told.require(words, "audiences.a", audience.message, audience.offer)
