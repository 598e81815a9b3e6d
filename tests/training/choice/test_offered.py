"""What is offered: who is chosen where origins agree and where they do not, and that nothing of the test is seen."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from features import dataset as datasets
from features.buckets import intake
from features.clock import DAY, parse
from features.log.store import mapped
from features.simulator.simulation import Simulation
from tests.training.recommenders import street
from tests.training.recommenders.street import AS_OF, Row
from training.choice import offered
from training.choice.offered import SIMPLEST, Past, TooFew, agreed, choose, enough, simplest
from training.recommenders.judged import Judged
from training.recommenders.lists import BUY_AGAIN, NEW_TO_YOU

CUSTOMERS, PRODUCTS, DAYS = 160, 24, 240
GROUPS, SEASONAL = 5, 30


def origin(**ndcg: list[float]) -> Judged:
    """Return what methods found of a few customers."""
    figures = {name: {"ndcg@10": np.array(values)} for name, values in ndcg.items()}
    return Judged(AS_OF, np.arange(len(next(iter(ndcg.values())))), {BUY_AGAIN: figures})


def town(seed: int) -> list[Row]:
    """Return what customers of a shop bought each week: of their own three products, and now and then any other."""
    generator, rows = np.random.default_rng(seed), []
    for customer in range(CUSTOMERS):
        own = generator.choice(PRODUCTS, 3, replace=False)
        for week in range(DAYS // 7):
            days = DAYS - 7 * week - generator.uniform(0, 6)
            usual = own[generator.uniform(size=3) < (0.9, 0.5, 0.2)]
            rows += [_bought(customer, int(product), days, week) for product in usual]
            if generator.uniform() < 0.5:
                rows.append(_bought(customer, int(generator.integers(PRODUCTS)), days, week))
    return rows


def turning(seed: int, turned: int) -> list[Row]:
    """Return what customers bought each week: something of their group's 40 products, then what the season brings."""
    generator, rows = np.random.default_rng(seed), []
    for customer in range(CUSTOMERS):
        for week in range(DAYS // 7):
            days = DAYS - 7 * week - generator.uniform(0, 6)
            group, season = 40 * (customer % GROUPS), 40 * GROUPS
            rows.append(_bought(customer, group, days, week))
            other = group + generator.integers(40) if days > turned else season + generator.integers(SEASONAL)
            rows.append(_bought(customer, int(other), days, week))
    return rows


def _bought(customer: int, product: int, days: float, week: int) -> Row:
    return street.bought(f"c{customer:03d}", f"p{product:03d}", days, str(week))


@pytest.fixture(scope="module")
def past() -> Past:
    """Return the past of the town."""
    return Past(street.log_of(town(1)))


def test_the_simplest_that_cannot_be_told_from_the_best_is_named() -> None:
    some = np.random.default_rng(0).normal(0.3, 0.1, 200)
    noise = np.random.default_rng(1).normal(0, 0.1, 200)
    far, near = (some - 0.05).tolist(), (some + noise - noise.mean() - 0.001).tolist()
    assert simplest(origin(popularity=far, ease=near, ranker=some.tolist()), BUY_AGAIN) == "ease"
    assert simplest(origin(popularity=far, ranker=some.tolist()), BUY_AGAIN) == "ranker"
    assert simplest(origin(popularity=some.tolist(), ranker=some.tolist()), BUY_AGAIN) == "popularity"


def test_where_origins_disagree_the_simpler_is_taken() -> None:
    assert agreed(("ranker", "cosine")) == agreed(("cosine", "ranker")) == "cosine"
    assert agreed(("ranker", "ranker")) == "ranker"


def test_a_season_between_the_origins_makes_the_choice_fall_back() -> None:
    steady = choose(Past(street.log_of(turning(3, 0))), AS_OF)
    assert "popularity" not in steady.named[NEW_TO_YOU]
    turned = choose(Past(street.log_of(turning(3, 42))), AS_OF)
    newest, older = turned.named[NEW_TO_YOU]
    assert older != "popularity"
    assert newest == turned.chosen[NEW_TO_YOU] == "popularity"


def test_a_simulated_season_between_the_origins_makes_the_choice_fall_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    shop = Simulation(customers=1500, days=540, season=0.95)
    read = intake.take(msgspec.structs.replace(datasets.load("simulated"), simulation=shop), 4 << 30)
    found = choose(Past(read.log), parse("2023-09-01", ZoneInfo("UTC"), "end"))
    for name, (newest, older) in found.named.items():
        assert newest != older
        assert found.chosen[name] == min(newest, older, key=SIMPLEST.index)


def test_what_is_chosen_is_served_and_comes_back(past: Past, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = choose(past, AS_OF - 28 * DAY)
    assert set(found.chosen) == {BUY_AGAIN, NEW_TO_YOU}
    assert found.chosen[BUY_AGAIN] != "popularity"
    made = found.recommender
    who = past.log.known_before(AS_OF)
    as_of = np.full(who.size, AS_OF)
    told = made.lists(past.log, who, as_of, 3)
    folder = tmp_path_factory.mktemp("recommender")
    made.save(folder)
    again = type(made).load(folder).lists(past.log, who, as_of, 3)
    for name, ranked in told.items():
        for one, other in zip(vars(ranked).values(), vars(again[name]).values(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_every_method_saved_and_loaded_ranks_the_same_one_by_one_and_together(past: Past, tmp_path: Any) -> None:
    known = past.shop(AS_OF)[0]
    who = past.log.known_before(AS_OF)
    seen = known.seen(past.log, who, np.full(who.size, AS_OF))
    every = past.methods(AS_OF)
    assert [one.name for one in every[BUY_AGAIN]] == list(offered.SIMPLEST)
    for method in {one.name: one for own in every.values() for one in own}.values():
        (tmp_path / method.name).mkdir()
        method.save(tmp_path / method.name)
        again = type(method).load(tmp_path / method.name)
        assert again.name == method.name
        asked = seen.pairs.why > 0
        for one, other in zip(method.keys(seen, asked), again.keys(seen, asked), strict=True):
            np.testing.assert_array_equal(one, other)
        for row in (0, 7):
            alone = known.seen(past.log, who[row : row + 1], np.array([AS_OF]))
            pairs = slice(int(seen.pairs.begin[row]), int(seen.pairs.begin[row + 1]))
            own = alone.pairs.why > 0
            for one, other in zip(method.keys(seen, asked), again.keys(alone, own), strict=True):
                np.testing.assert_array_equal(one[pairs], other)


def test_nothing_from_the_end_on_is_looked_at(past: Past) -> None:
    end = AS_OF - 28 * DAY
    rows = [row for row in town(1) if row["occurred_at"] < end]
    rows += [row | {"product_id": "p000"} for row in town(1) if row["occurred_at"] >= end]
    one, other = choose(past, end), choose(Past(street.log_of(rows)), end)
    assert one.chosen == other.chosen
    for first, second in zip(one.origins, other.origins, strict=True):
        for name in first.figures[NEW_TO_YOU]:
            np.testing.assert_array_equal(first.of(NEW_TO_YOU, name), second.of(NEW_TO_YOU, name))


def test_too_few_are_refused_with_their_number() -> None:
    few = [row for row in town(2) if row["customer_id"] < "c040"]
    with pytest.raises(TooFew, match=r"40 customers bought twice before .* 100 are needed"):
        choose(Past(street.log_of(few)), AS_OF)
    one = [row | {"product_id": "p000"} for row in town(2)]
    with pytest.raises(TooFew, match=r"1 products are known at .*; 20 are needed"):
        choose(Past(street.log_of(one)), AS_OF)


def test_a_list_that_nobody_or_a_handful_could_be_judged_by_is_refused() -> None:
    rows = [_bought(n, n % 24, 240 - 7 * week, week) for n in range(CUSTOMERS) for week in range(DAYS // 7)]
    with pytest.raises(TooFew, match=r"new_to_you: 0 customers bought anything of it within 28 days after .*; 100 are"):
        choose(Past(street.log_of(rows)), AS_OF)
    some = [0.5] * 99
    with pytest.raises(TooFew, match="buy_again: 99 customers"):
        enough(origin(popularity=[*some, np.nan, np.nan], ranker=[*some, np.nan, np.nan]))
    with pytest.raises(TooFew, match="buy_again: 0 customers"):
        enough(Judged(AS_OF, np.empty(0, np.int64), {}))


def test_fewer_customers_than_the_smallest_group_choose_nothing(past: Past) -> None:
    with pytest.raises(TooFew, match=r"160 customers bought twice before .*; 161 are needed"):
        choose(Past(past.log, 161), AS_OF)


def test_a_mapped_log_gives_the_same_lists(past: Past, tmp_path: Path) -> None:
    stored = mapped.written(iter([past.log]), tmp_path, past.log.days)
    assert stored.folder is not None
    who = past.log.known_before(AS_OF)
    as_of = np.full(who.size, AS_OF)
    here = choose(past, AS_OF).recommender.lists(past.log, who, as_of, 5)
    there = choose(Past(stored), AS_OF).recommender.lists(stored, who, as_of, 5)
    for name, ranked in here.items():
        for part in ("begin", "item", "score"):
            np.testing.assert_array_equal(getattr(ranked, part), getattr(there[name], part))
