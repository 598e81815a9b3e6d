"""The population: the truth about customers, and the little of it that a business is told."""

import numpy as np
import pyarrow as pa
import pytest

from features.simulator import population
from features.simulator.segment import SEGMENTS
from features.simulator.simulation import Simulation

KNOBS = Simulation(customers=20_000, days=400)


@pytest.fixture(scope="module")
def people() -> population.Population:
    return population.draw(KNOBS, np.random.default_rng(3), 100, KNOBS.customers)


def test_the_shares_of_the_segments_sum_to_one() -> None:
    assert sum(kind.share for kind in SEGMENTS) == pytest.approx(1)
    assert all(sum(kind.channels) == pytest.approx(1) for kind in SEGMENTS)


def test_each_segment_has_its_means(people: population.Population) -> None:
    for position, kind in enumerate(SEGMENTS):
        own = people.segment == position
        assert own.mean() == pytest.approx(kind.share, abs=0.01)
        rates = (people.visit_rate * people.conversion)[own]
        assert rates.mean() == pytest.approx(kind.purchases_per_day, rel=0.06)
        assert rates.var() / rates.mean() ** 2 == pytest.approx(1 / kind.shape, rel=0.15)
        assert (people.died - people.born)[own].mean() == pytest.approx(kind.lifetime_days, rel=0.06)
        assert np.exp(np.median(people.basket[own])) == pytest.approx(kind.basket, rel=0.05)


def test_half_of_the_customers_are_there_at_the_start(people: population.Population) -> None:
    assert (people.born == 0).mean() == pytest.approx(population.AT_START, abs=0.02)
    assert people.born.max() < KNOBS.days


def test_ids_go_on_where_the_customers_before_ended(people: population.Population) -> None:
    assert people.ids.tolist() == list(range(100_101, 100_101 + KNOBS.customers))


def test_attributes_are_valid_from_the_first_day_and_some_change(people: population.Population) -> None:
    told = population.attributes(KNOBS, people)
    ids = told["customer_id"].to_numpy()
    since = told["valid_from"].cast(pa.int64()).to_numpy()
    first = np.r_[True, ids[1:] != ids[:-1]]
    assert (ids[first] == people.ids).all()
    assert (since[first] == population.instants(KNOBS, np.floor(people.born))).all()
    again = np.flatnonzero(~first)
    assert again.size / KNOBS.customers == pytest.approx(0.15, abs=0.02)
    assert (since[again] > since[again - 1]).all()
    consents = told["consent_mail"].to_numpy()
    assert (consents[again] != consents[again - 1]).all()
    assert told["age_band"].null_count / told.num_rows == pytest.approx(0.1, abs=0.02)
    assert told["interests"].null_count == told["age_band"].null_count
