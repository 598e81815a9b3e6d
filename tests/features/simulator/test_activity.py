"""Activity: what the events say agrees with the truth about those who left them."""

from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from features.clock import DAY
from features.log.event import BEGUN, FORMERLY, KINDS
from features.simulator import activity, population, table
from features.simulator.population import FIRST_ID, Population
from features.simulator.row import NONE, Rows
from features.simulator.season import season
from features.simulator.simulation import Simulation

START = 1_672_531_200_000_000
KNOBS = Simulation(customers=3000, days=365, season=0.0)
MINUTE = 60_000_000


@dataclass(frozen=True)
class Drawn:
    """Customers and their events."""

    people: Population
    rows: Rows

    def of(self, *kinds: str) -> Rows:
        """Return the events of some kinds, in time order."""
        chosen: Rows = self.rows[np.isin(self.rows["kind"], [KINDS.index(kind) for kind in kinds])]
        return chosen[np.argsort(chosen["time"], kind="stable")]

    def who(self, rows: Rows) -> NDArray[np.int64]:
        """Return the customers' positions."""
        return rows["customer"].astype(np.int64) - FIRST_ID


def drawn(**knobs: object) -> Drawn:
    simulation = msgspec.structs.replace(KNOBS, **knobs)
    rng = np.random.default_rng(5)
    people = population.draw(simulation, rng, 0, simulation.customers)
    return Drawn(people, activity.events(simulation, people, season(simulation, simulation.days), rng, 1))


@pytest.fixture(scope="module")
def made() -> Drawn:
    return drawn()


def test_every_kind_of_event_happens(made: Drawn) -> None:
    assert set(np.unique(made.rows["kind"])) == {KINDS.index(kind) for kind in FORMERLY if kind != "coupon"}


def test_the_business_begins_only_what_is_sent() -> None:
    assert set(FORMERLY) - set(BEGUN) == {"contact", "mail_sent"}


def test_nothing_happens_before_a_customer_comes_or_after_death_or_the_end(made: Drawn) -> None:
    begun = made.of(*BEGUN)
    days = (begun["time"] - START) / DAY
    who = made.who(begun)
    assert (days <= made.people.died[who]).all()
    assert (days > made.people.born[who] - 15 / 1440).all()
    assert (days[made.people.born[who] == 0] >= 0).all()
    assert made.rows["time"].max() < START + KNOBS.days * DAY


def test_a_newcomer_begins_with_a_purchase(made: Drawn) -> None:
    bought = made.of("purchase")
    first = dict(zip(made.who(bought)[::-1], bought["time"][::-1], strict=True))
    newcomers = np.flatnonzero(made.people.newcomers)
    expected = population.instants(KNOBS, made.people.born[newcomers])
    assert [first[who] for who in newcomers] == expected.tolist()


def test_visits_and_purchases_come_at_the_true_rates(made: Drawn) -> None:
    people = made.people
    orders = np.unique(made.of("purchase")[["customer", "order"]])
    exposed = np.minimum(people.died, KNOBS.days) - people.born
    expected = people.visit_rate * people.conversion * exposed + people.newcomers
    counts = np.bincount(made.who(orders), minlength=len(people))
    assert counts.sum() == pytest.approx(expected.sum(), rel=0.02)
    dispersion = (counts - expected) ** 2 / np.maximum(expected, 1)
    assert dispersion[expected > 5].mean() == pytest.approx(1, abs=0.15)


def test_the_last_event_of_a_visit_is_at_its_moment(made: Drawn) -> None:
    """An order has no event of its customer's session after it within the second."""
    bought, led = made.of("purchase"), made.of("page_view", "cart_add")
    for order in bought[:: bought.size // 50]:
        session = led[(led["customer"] == order["customer"]) & (abs(led["time"] - order["time"]) < MINUTE)]
        assert (session["time"] < order["time"]).all()


def test_activity_swings_with_the_season() -> None:
    for amplitude in (0.0, 0.8):
        lively = drawn(season=amplitude)
        months = (lively.of("page_view")["time"] - START) // (DAY * 30)
        counts = np.bincount(months, minlength=12)[:12] / 30
        assert (counts[10:12].sum() / counts[4:6].sum() > 2) == (amplitude > 0)


def test_without_segments_all_are_of_one_population() -> None:
    people = drawn(segments=False).people
    assert set(people.segment) == {0}
    assert people.taste.mean(axis=0) == pytest.approx(1 / 12, abs=0.02)


def test_activity_multiplies_all_rates(made: Drawn) -> None:
    half = drawn(activity=0.5)
    assert half.of("purchase").size == pytest.approx(made.of("purchase").size / 2, rel=0.15)
    assert half.of("mail_sent").size == pytest.approx(made.of("mail_sent").size / 2, rel=0.15)


def test_mailings_go_to_those_who_consent_at_that_time_dead_or_alive(made: Drawn) -> None:
    mailed = made.of("mail_sent")
    who, days = made.who(mailed), (mailed["time"] - START) / DAY
    assert (made.people.consents_mail[who] ^ (days >= made.people.changes[who])).all()
    assert (days > made.people.died[who]).any()


def test_who_answers_a_campaign_has_got_it_and_opens_it_once(made: Drawn) -> None:
    for answer, sent in ((("mail_open", "mail_click"), "mail_sent"), (("redemption",), "contact")):
        got = {(row["customer"], row["campaign"]): row["time"] for row in made.of(sent)}
        for row in made.of(*answer):
            assert 0 < row["time"] - got[row["customer"], row["campaign"]] <= 28.1 * DAY
    for once in ("mail_open", "redemption"):
        pairs = made.of(once)[["customer", "campaign"]]
        assert np.unique(pairs).size == pairs.size
    clicked, opened = (np.unique(made.of(f"mail_{kind}")[["customer", "campaign"]]) for kind in ("click", "open"))
    assert np.isin(clicked, opened).all()


def test_what_is_given_back_was_bought_before_and_only_once(made: Drawn) -> None:
    bought = made.of("purchase")
    by_order: dict[int, list[tuple[int, int, int]]] = {}
    for row in bought:
        by_order.setdefault(row["order"], []).append((row["time"], row["amount"], row["customer"]))
    for kind, least, most in (("cancellation", 0, 3), ("refund", 3, 46)):
        given: dict[int, int] = {}
        for row in made.of(kind):
            lines = by_order[row["order"]]
            assert lines[0][2] == row["customer"]
            assert least * DAY - MINUTE <= row["time"] - lines[0][0] <= most * DAY + MINUTE
            given[row["order"]] = given.get(row["order"], 0) - int(row["amount"])
        wholes = {order: sum(int(amount) for _, amount, _ in by_order[order]) for order in given}
        assert all(amount <= wholes[order] for order, amount in given.items())
        assert (given == wholes) == (kind == "cancellation")


def test_customers_without_app_consent_leave_nothing_in_the_app(made: Drawn) -> None:
    assert made.people.consents_app[made.who(made.of("app_session"))].all()


def test_tastes_show_in_what_is_bought(made: Drawn) -> None:
    bought = made.of("purchase")
    who = made.who(bought)
    expected = made.people.taste[who].mean(axis=0)
    assert np.bincount(bought["product"] // 60, minlength=12) / bought.size == pytest.approx(expected, abs=0.01)


def test_the_table_has_names_and_nulls_where_there_is_nothing(made: Drawn) -> None:
    whole = table.table(KNOBS, made.of(*KINDS), 1)
    purchases = whole.filter(pc.equal(whole["event"].cast(pa.string()), "purchase"))
    assert all(purchases[name].null_count == 0 for name in purchases.column_names if name != "campaign_id")
    assert pc.min(purchases["amount"]).as_py() > 0
    assert pc.min(purchases["quantity"]).as_py() >= 1
    assert pc.min(purchases["discount"]).as_py() == 0
    mailed = whole.filter(pc.equal(whole["event"].cast(pa.string()), "mail_sent"))
    empty = ("order_id", "product_id", "category", "store_id", "amount", "quantity", "discount")
    assert all(mailed[name].null_count == mailed.num_rows for name in empty)
    assert mailed["channel"].unique().to_pylist() == ["mail"]
    assert (made.of("purchase")["product"] != NONE).all()
