"""Live: whichever store it is, what was accepted is there once, in its order, and what is forgotten is gone."""

import json
from threading import Thread

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.consent.suppression import Holds
from features.log.store.accepted import Live, Offered
from features.log.store.verdict import Verdict
from tests.features.log.store.conftest import Opening


def _event(customer: str, event_id: str | None = None, content: bytes = b"a") -> Offered:
    return Offered(customer, event_id, b'{"customer_id": "%s"}' % customer.encode(), content)


def _of(*gone: str) -> Holds:
    return lambda _, names: np.array([one in gone for one in names.to_pylist()], np.bool_)


def test_events_come_back_in_the_order_of_acceptance(opening: Opening) -> None:
    with opening() as store:
        offered = [_event("ann"), _event("bob"), _event("ann")]
        assert store.accept(offered, 7) == [Verdict.ACCEPTED] * 3
        assert [one.number for one in store.of(["ann", "zoe"])["ann"]] == [1, 3]
        assert [one.customer for one in store.since(1)] == ["bob", "ann"]
        assert [one.at for one in store.everything()] == [7] * 3
        assert len(store) == 3


def test_an_id_is_stored_once_and_another_content_is_told(opening: Opening) -> None:
    with opening() as store:
        offered = [_event("ann", "1"), _event("ann", "1"), _event("bob", "1", b"b"), _event("ann")]
        told = [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.ACCEPTED]
        assert store.accept(offered, 0) == told
        assert store.accept(offered[:1], 0) == [Verdict.DUPLICATE]


def test_a_number_moves_with_what_is_taken_away_and_with_nothing_else(opening: Opening) -> None:
    with opening() as store:
        first = store.changes()
        store.accept([_event("ann"), _event("bob")], 0)
        assert store.changes() == first
        store.settle([1])
        second = store.changes()
        assert second > first
        store.forget(_of("bob"))
        assert store.changes() > second


def test_who_may_not_be_kept_is_refused_in_the_step_itself(opening: Opening) -> None:
    with opening() as store:
        assert store.accept([_event("ann"), _event("bob")], 0, lambda one: one.customer != "ann") == [
            Verdict.REFUSED,
            Verdict.ACCEPTED,
        ]
        assert not store.of(["ann"])


def test_a_version_moves_with_every_change_of_a_customer(opening: Opening) -> None:
    with opening() as store:
        assert not store.versions(["ann"])
        seen = set()
        store.accept([_event("ann", "1"), _event("ann"), _event("bob")], 0)
        seen.add(store.versions(["ann", "zoe"])["ann"])
        store.accept([_event("ann")], 0)
        seen.add(store.versions(["ann", "zoe"])["ann"])
        assert store.settle([1, 2]) == 2
        seen.add(store.versions(["ann", "zoe"])["ann"])
        assert len(seen) == 3
        assert [one.number for one in store.of(["ann"])["ann"]] == [4]
        assert store.accept([_event("ann", "1")], 0) == [Verdict.DUPLICATE]
        store.forget(_of("ann"))
        assert not store.versions(["ann"])


def test_a_number_is_never_used_twice(opening: Opening) -> None:
    with opening() as store:
        store.accept([_event("ann")], 0)
        store.forget(lambda _, names: np.ones(len(names), np.bool_))
        store.accept([_event("ann")], 0)
        assert [one.number for one in store.everything()] == [2]


def test_two_that_write_at_once_lose_nothing(opening: Opening) -> None:
    with opening() as one, opening() as other:

        def write(store: Live, who: str) -> None:
            for number in range(50):
                store.accept([_event(who, f"{who}{number}"), _event(who, f"shared{number}")], 0)

        threads = [Thread(target=write, args=(store, who)) for store, who in ((one, "a"), (other, "b"), (one, "c"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(one) == len(other) == 3 * 50 + 50


def test_names_that_are_asked_for_at_once_may_be_many(opening: Opening) -> None:
    with opening() as store:
        store.accept([_event("ann")], 0)
        assert list(store.of([str(number) for number in range(3000)] + ["ann"])) == ["ann"]
        assert pa.array(["ann"]).to_pylist() == [one.customer for one in store.everything()]


def test_what_two_have_open_is_one_store(opening: Opening) -> None:
    with opening() as one, opening() as other:
        assert one.name == other.name
        assert not other.versions(["ann"])
        one.accept([_event("ann", "1")], 3)
        first = other.versions(["ann"])
        assert [found.event for found in other.of(["ann"])["ann"]] == [b'{"customer_id": "ann"}']
        assert other.accept([_event("ann", "1"), _event("ann")], 4) == [Verdict.DUPLICATE, Verdict.ACCEPTED]
        assert one.versions(["ann"]) != first
        one.forget(_of("ann"))
        assert not other.versions(["ann"])
        assert not other.of(["ann"])
        assert not list(other.everything())


def test_whose_ids_the_files_hold_is_forgotten_with_them(opening: Opening) -> None:
    with opening() as store:
        store.accept([_event("ann", "1"), _event("ann"), _event("bob", "2")], 0)
        assert store.settle([1, 2, 3]) == 3
        assert store.settle([1, 2, 3, 9]) == 0
        assert not store.versions(["ann", "bob"])
        assert len(store) == 0
        store.forget(_of("ann"))
        again = store.accept([_event("ann", "1"), _event("bob", "2")], 0)
        assert again == [Verdict.ACCEPTED, Verdict.DUPLICATE]


def test_who_is_forgotten_is_taken_out_of_the_events_of_others_that_name_them(opening: Opening) -> None:
    whose = (("user_id", "u1"), ("email", "a@x.org"))
    row = json.dumps({"customer_id": "u1", "event": "link", "identifiers": dict(whose)}).encode()
    with opening() as store:
        store.accept([Offered("u1", "1", row, b"a", whose), Offered("u1", None, row, b"a", whose), _event("bob")], 0)
        store.settle([2])
        before = store.versions(["u1"])
        store.forget(lambda kind, names: np.array([(kind, one) in whose[1:] for one in names.to_pylist()], np.bool_))
        (left,) = store.of(["u1"])["u1"]
        assert json.loads(left.event) == {"customer_id": "u1", "event": "link", "identifiers": {"user_id": "u1"}}
        assert store.versions(["u1"]) != before
        assert store.accept([Offered("u1", "1", row, b"a", whose)], 0) == [Verdict.DUPLICATE]
        assert len(store) == 2


def test_an_erasure_between_the_question_and_the_step_leaves_nothing(opening: Opening) -> None:
    """Who was asked about before the list was written is forgotten behind, or asked about again."""
    with opening() as store, opening() as other:
        erased = set[str]()
        forgetting: list[Thread] = []

        def may(one: Offered) -> bool:
            answer = one.customer not in erased
            if not forgetting:  # the list is written and the other begins to forget, after this one has looked
                erased.add("ann")
                forgetting.append(Thread(target=other.forget, args=(_of("ann"),)))
                forgetting[0].start()
                forgetting[0].join(0.5)
            return answer

        store.accept([_event("ann"), _event("bob")], 0, may)
        forgetting[0].join()
        assert [one.customer for one in store.everything()] == ["bob"]


_STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("accept"),
            st.lists(st.tuples(st.sampled_from("ab\u00e9"), st.sampled_from(["", "1", "2"]), st.sampled_from("xy"))),
        ),
        st.tuples(st.just("settle"), st.lists(st.integers(1, 9), unique=True)),
        st.tuples(st.just("forget"), st.sampled_from("ab\u00e9")),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_every_store_tells_what_a_list_would(opening: Opening, steps: list[tuple[str, object]]) -> None:
    with opening() as store:
        store.forget(lambda _, names: np.ones(len(names), np.bool_))
        store.accept([_event("nobody")], 0)
        (before,) = (one.number for one in store.everything())
        store.forget(lambda _, names: np.ones(len(names), np.bool_))
        model = _Model(before)
        for step, what in steps:
            getattr(model, step)(store, what)
        assert [(one.number, one.customer) for one in store.everything()] == model.live()
        assert store.versions(["a", "b", "\u00e9"]).keys() == {customer for _, customer in model.live()}
        assert len(store) == len(model.live())


class _Model:
    """Events as a list: number, customer, id, content, and whether the files hold it now."""

    def __init__(self, before: int) -> None:
        self.before, self.last = before, before
        self.rows: list[tuple[int, str, str, str, bool]] = []

    def live(self) -> list[tuple[int, str]]:
        return [(number, customer) for number, customer, *_, settled in self.rows if not settled]

    def accept(self, store: Live, offered: list[tuple[str, str, str]]) -> None:
        expected = []
        for customer, own, content in offered:
            known = next((row[3] for row in self.rows if own and row[2] == own), None)
            if known is None:
                self.last += 1
                self.rows.append((self.last, customer, own, content, False))
            told = Verdict.DUPLICATE if known == content else Verdict.CONFLICT
            expected.append(Verdict.ACCEPTED if known is None else told)
        given = [
            Offered(who, own or None, json.dumps([who, own, content]).encode(), content.encode())
            for who, own, content in offered
        ]
        assert store.accept(given, 5) == expected

    def settle(self, store: Live, numbers: list[int]) -> None:
        wanted = [self.before + number for number in numbers]
        held = [row for row in self.rows if row[0] in wanted and not row[4]]
        assert store.settle(wanted) == len(held)
        self.rows = [(*row[:4], True) if row in held else row for row in self.rows if not (row in held and not row[2])]

    def forget(self, store: Live, customer: str) -> None:
        assert store.forget(_of(customer)) == sum(row[1] == customer for row in self.rows)
        self.rows = [row for row in self.rows if row[1] != customer]
