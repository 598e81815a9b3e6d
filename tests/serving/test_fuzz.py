"""Every operation under random input, with keys and without: no answer outside the contract, none of 500 or more."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.consent.watch import Watch
from features.log.log import Log
from features.log.store.sqlite import Sqlite
from serving import shape
from serving.history import History
from serving.limits import keys
from serving.limits.entry import Entry
from serving.limits.keys import KEYS, Role
from serving.loaded import Loaded
from serving.routes.operation import Operation
from serving.routes.operations import OPERATIONS
from serving.service import make_app
from serving.state import State
from tests.conftest import NAME
from tests.serving import contract
from tests.serving.conftest import Client
from training.bundle.bundle import Stored

MADE = {role: keys.made(role) for role in Role}
_LIKELY = ["1", "8", "nobody", "purchase", "2017-12-20", "2017-12-20T10:30:00Z", "en", "18"]
_texts = st.text(max_size=20) | st.sampled_from(_LIKELY)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def apps(stored: Stored, log: Log, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """Return the application without keys and with them, over a store and a home of their own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("fuzz")
        patch.setenv("HABITUS_HOME", str(folder / "home"))
        live = Sqlite(folder / "live.sqlite")
        loaded = Loaded(stored, "1", "challenger", log, History(log, live))
        made = make_app(State(loaded, Watch(NAME), live)), make_app(State(loaded, Watch(NAME), live))
        made[0].state.entry = Entry()
        made[1].state.entry = Entry(keys=keys.read({KEYS: ",".join(line for _, line in MADE.values())}))
        for one in made:
            one.state.entry.streams.end()  # so that each says what there is, and ends
        yield Client(made[0]), Client(made[1])


def _event(draw: st.DrawFn) -> dict[str, Any]:
    """Return an event that is right, or nearly."""
    event: dict[str, Any] = {"customer_id": draw(_texts), "event": "purchase", "occurred_at": "2017-12-20T10:30:00Z"}
    named = st.sampled_from([field.name for field in msgspec.structs.fields(shape.Event)])
    return event | draw(st.dictionaries(named | _texts, _json, max_size=3))


@st.composite
def bodies(draw: st.DrawFn, one: Operation) -> bytes:
    """Return a body for an operation: right, nearly right, or whatever."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=40))
    if "events" in one.path or "score" in one.path:
        several = {"events": [_event(draw) for _ in range(draw(st.integers(0, 3)))]}
        body: Any = several if draw(st.booleans()) else _event(draw)
    else:
        body = {"customer_ids": draw(st.lists(_texts, max_size=4) | _json)}
    if draw(st.booleans()):
        body |= draw(
            st.dictionaries(st.sampled_from(["as_of", "language", "reasons", "campaign", "channel"]) | _texts, _json)
        )
    return json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def requests(draw: st.DrawFn, one: Operation) -> tuple[str, dict[str, Any]]:
    """Return a path and what is sent with it."""
    text = quote(draw(_texts).encode("utf-8", "surrogatepass"), safe="")
    path = one.path.replace("{customer_id}", text)
    queries = (
        draw(st.lists(st.tuples(st.sampled_from([*one.queries, "other"]), _texts), max_size=3)) if one.queries else []
    )
    options: dict[str, Any] = {"params": queries} if queries else {}
    if one.takes:
        options["content"] = draw(bodies(one))
        options["headers"] = {"Content-Type": draw(st.sampled_from(["application/json"] * 9 + ["text/plain"]))}
    return path, options


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_operation_keeps_its_contract(apps: tuple[Client, Client], one: Operation, keyed: bool) -> None:
    client = apps[keyed]
    presented = st.sampled_from([key for key, _ in MADE.values()] + ["", "habitus_x"]) if keyed else st.just("")

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(requests(one), presented)
    def holds(request: tuple[str, dict[str, Any]], key: str) -> None:
        path, options = request
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {key}"} if key else {})
        response = client._asked(one.method, path, headers=headers, **options)
        contract.kept(response, one.method, one.path)
        assert response.status_code < 500, response.text
        role = next((role for role, made in MADE.items() if made[0] == key), None)
        if keyed and one.door.role is not None and not (one.door.asks and not key):
            may = role is not None and role >= one.door.role
            assert (response.status_code in {401, 403}) != may or one.takes == (shape.PageKey,)

    holds()
