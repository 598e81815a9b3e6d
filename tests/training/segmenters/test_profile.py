"""Profiles: what sets a segment apart, and attributes, which are told and never learned from."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features import dataset
from features.buckets import intake
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate, Derived, Feature, fitting
from features.dataset import Dataset
from training.bundle.bundle import MANIFEST
from training.choice import learn as job
from training.panel.enough import SMALL_IS_FINE
from training.run import summary
from training.segmenters import Segment
from training.segmenters.columns import Columns
from training.segmenters.mark import Mark
from training.segmenters.profile import CLEAR, Members, Next, Profile, profiles

SEGMENTS = (Segment("low", "Low", "up to 0"), Segment("none", "None", "nobody"), Segment("high", "High", "above 0"))


@dataclass(frozen=True)
class Halves:
    """A segmenter by the first feature."""

    name: ClassVar[str] = "halves"
    segments: ClassVar[tuple[Segment, ...]] = SEGMENTS

    def assign(self, x: np.ndarray) -> np.ndarray:
        """Put those above 0 in the last segment, the others in the first."""
        return np.where(x[:, 0] > 0, 2, 0).astype(np.int32)


def visits(name: str) -> Aggregate:
    """Return a feature that is a count of something of its own."""
    return Aggregate(name, name, "visits", "distinct", "purchase", None, name)


def of(
    segmenter: "Halves", x: np.ndarray, features: tuple[Feature, ...], attributes: pa.Table | None = None
) -> list[Profile]:
    """Return the profiles of customers whose features are in memory."""
    with tempfile.TemporaryDirectory() as folder:
        table = Columns.of(Path(folder, "columns"), x)
        members = Members(segmenter, segmenter.assign(x), {})  # type: ignore[arg-type]
        (found,) = profiles([members], table, features, attributes)
    return found


def described(**attributes: list[object] | pa.Array) -> list[Profile]:
    """Return the profiles of customers whose first half is in the low segment."""
    table = pa.table(attributes)
    x = np.zeros((table.num_rows, 2), np.float32)
    x[table.num_rows // 2 :] = 1
    return of(Halves(), x, (visits("a"), visits("b")), table)


def marks(profile: Profile) -> list[tuple[object, ...]]:
    return [(mark.attribute, mark.value, mark.inside, mark.overall, mark.known) for mark in profile.marks]


def test_a_mark_is_the_value_whose_share_among_the_known_differs_most() -> None:
    low, high = described(region=["n", "n", "n", "s", None, None, "n", "s", "w", "w", "w", None])
    assert marks(low) == [("region", "w", 0.0, 3 / 9, 4 / 6)]  # that it is absent says more than 3/4 n for 4/9
    assert marks(high) == [("region", "w", 3 / 5, 3 / 9, 5 / 6)]


def test_a_number_is_told_by_its_median_and_a_truth_by_yes() -> None:
    low, high = described(
        age=pa.array([20.0, 30.0, 40.0, None, 60.0, 60.0, 61.0, None]),
        mail=[True, False, False, False, True, True, None, False],
    )
    assert marks(low) == [("age", None, 30.0, 50.0, 3 / 4), ("mail", "true", 1 / 4, 3 / 7, 1.0)]
    assert marks(high) == [("age", None, 60.0, 50.0, 3 / 4), ("mail", "true", 2 / 3, 3 / 7, 3 / 4)]
    assert low.marks[0].errors < 0 < high.marks[0].errors


def test_what_nobody_is_known_to_be_is_no_mark() -> None:
    low, high = described(region=["n", "n", None, None], never=pa.nulls(4, pa.string()))
    assert marks(low) == [("region", "n", 1.0, 1.0, 1.0)]
    assert marks(high) == []


def test_only_what_chance_would_hardly_give_is_worth_a_line() -> None:
    clear = ["n"] * 60 + ["s"] * 60
    for values, worth in ((clear, "region"), (["n", "s"] * 60, None), ([*"nnss", *[None] * 40], None)):
        low, _ = described(region=values)
        assert (low.mark and low.mark.attribute) == worth
    low, _ = described(weak=["n"] * 40 + ["s"] * 80, region=clear)
    assert low.mark is not None
    assert low.mark.attribute == "region"
    assert abs(low.mark.errors) > CLEAR


def test_chance_alone_is_hardly_ever_told() -> None:
    generator = np.random.default_rng(0)
    drawn = {f"a{n}": generator.choice(list("nsew"), 400) for n in range(100)}
    errors = [mark.errors for profile in described(**drawn) for mark in profile.marks]
    assert np.mean(np.abs(errors) >= CLEAR) < 0.02


def test_the_line_of_a_mark_is_text_and_no_markup() -> None:
    assert summary._mark(Mark("age_band", "35-44", 0.41, 0.28, 0.9, 5.0)) == "age band 35-44: 41%; usual 28%"
    assert summary._mark(Mark("town", "[red]" + "x" * 90, 0.4, 0.3, 0.9, 5.0)).startswith(
        f"town \\[red]{'x' * 35}...: "
    )
    assert summary._mark(Mark("age", None, 43.0, 38.5, 0.9, 5.0)) == "age: 43; usual 38"


class InOrder(Halves):
    """A segmenter by the place of the row."""

    def assign(self, x: np.ndarray) -> np.ndarray:
        """Put the first half of the rows in the first segment, the others in the last."""
        return np.where(np.arange(len(x)) < len(x) / 2, 0, 2).astype(np.int32)


def traits(features: tuple[Feature, ...], *columns: Sequence[float]) -> list[list[tuple[object, ...]]]:
    """Return the traits of the first and of the second half of some customers."""
    x = np.ascontiguousarray(np.array(columns, np.float32).T)
    found = of(InOrder(), x, features)
    return [[(trait.feature, trait.inside, trait.overall) for trait in one.traits] for one in found]


def test_a_trait_that_is_told_as_that_of_all_is_passed_over() -> None:
    units = Aggregate("units", "units", "thousandths", "sum", "purchase", 28, "quantity")
    low, high = traits((units,), [3000, 3100, 3200, 3300, 3301, 3302, 3303, 3304])  # 3 units, and 3 of all
    assert low == high == []
    low, high = traits((units,), [3000, 3100, 3200, 3300, 9000, 9000, 9001, 9000])
    assert low == [("units", 3150.0, 6150.0)]


def test_what_nobody_has_in_a_segment_is_no_trait_where_nobody_has_it_at_all() -> None:
    gap = Aggregate("gap", "gap", "days", "gap_mean", "purchase")
    low, _ = traits((gap,), [np.nan] * 8)
    assert low == []


def test_two_windows_of_one_thing_are_one_trait() -> None:
    spend = [Aggregate(f"spend_{w}d", "", "cents", "sum", "net", w, "amount") for w in (28, 84)]
    share = Derived("trend", "", "share", "share", "spend_28d", "spend_84d")
    rise = [100, 300, 200, 400, 500, 700, 600, 800]
    other = [500, 100, 400, 200, 800, 300, 700, 600]  # another order, so no near copy of the first
    low, _ = traits((*spend, share), rise, other, [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 1.0, 0.75])
    assert low == [("spend_28d", 250.0, 450.0), ("trend", 0.375, 0.5)]


@pytest.fixture(scope="module")
def churn(part: Path) -> Dataset:
    """Return a few households of the Complete Journey with one target, and what is known of them."""
    whole = dataset.load(str(part))
    assert whole.attributes
    few = tuple(msgspec.structs.replace(source, where="household_id <= 200") for source in whole.sources)
    return msgspec.structs.replace(whole, sources=few, targets={"churn_28d": whole.targets["churn_28d"]})


@pytest.mark.long
def test_attributes_are_told_and_change_no_feature_no_value_and_no_prediction(churn: Dataset, tmp_path: Path) -> None:
    bare = msgspec.structs.replace(churn, attributes=())
    assert fitting(CATALOGUE, churn.columns, churn.kinds) == fitting(CATALOGUE, bare.columns, bare.kinds)
    logs, told, matrices, predictions, bundles = [], [], [], [], []
    for number, shop in enumerate((churn, bare)):
        taken = intake.take(shop)
        learned = job.train(shop, taken.log, taken.rejects, lambda _: None, SMALL_IS_FINE, taken.attributes)
        customers = taken.log.known_before(learned.end)
        x = learned.bundle.kernel(taken.log, customers, np.full(customers.size, learned.end))
        logs.append(taken.log.digest)
        told.append([mark for found in learned.profiles.values() for profile in found for mark in profile.marks])
        matrices.append((learned.bundle.kernel.names, x.tobytes()))
        predictions.append(learned.bundle.predictors[0].predict(x).tobytes())
        bundles.append((learned.bundle.save(tmp_path / str(number), taken.log) / MANIFEST).read_text())
    assert {mark.attribute for mark in told[0]} == {name for table in churn.attributes for name in table.attributes}
    assert not told[1]
    for first, second in (logs, matrices, predictions, bundles):
        assert first == second


def halves(low: int, high: int, nexts: dict[str, dict[str, Next]], smallest: int, **attributes: Any) -> list[Profile]:
    """Return the profiles of so many customers in each half."""
    x = np.zeros((low + high, 2), np.float32)
    x[low:] = 1
    with tempfile.TemporaryDirectory() as folder:
        segmenter = Halves()
        members = Members(segmenter, segmenter.assign(x), nexts)  # type: ignore[arg-type]
        table = pa.table(attributes) if attributes else None
        (found,) = profiles([members], Columns.of(Path(folder, "columns"), x), (visits("a"),) * 2, table, smallest)
    return found


def test_a_segment_of_few_is_described_with_the_one_beside_it() -> None:
    nexts = {"low": {"churn": Next(30, 0.5)}, "high": {"churn": Next(10, 0.1), "spend": Next(4, 9.0)}}
    (both,) = halves(95, 5, nexts, 20)
    assert both.segment == Segment(
        "low_and_high", "Low, High (merged: few customers)", "up to 0; or above 0"
    )  # nobody is in the one between them
    assert (both.size, both.share) == (100, 1.0)
    assert both.next == {"churn": pytest.approx((30 * 0.5 + 10 * 0.1) / 40)}  # 4 customers' spend is not told
    assert [one.size for one in halves(95, 5, nexts, 5)] == [95, 5]
    assert halves(95, 5, nexts, 0)[1].next == {"churn": 0.1, "spend": 9.0}
    assert halves(10, 5, nexts, 20) == []


def test_outcomes_of_few_are_not_told() -> None:
    low, high = halves(50, 50, {"low": {"churn": Next(19, 0.5)}, "high": {"churn": Next(20, 0.25)}}, 20)
    assert (low.next, high.next) == ({}, {"churn": 0.25})


def test_an_attribute_that_would_tell_of_few_has_no_mark() -> None:
    def told(few: int, unknown: int) -> list[int]:
        low = ["n"] * (50 - few) + ["s"] * few
        high = ["s"] * (50 - unknown) + [None] * unknown
        return [len(one.marks) for one in halves(50, 50, {}, 10, region=low + high)]

    assert told(10, 10) == [1, 1]
    assert told(0, 0) == [1, 1]
    assert told(9, 10) == [0, 0]  # nine of the low are from the south
    assert told(10, 9) == [0, 0]  # of nine of the high it is not known
    assert [len(one.marks) for one in halves(50, 50, {}, 0, region=["n"] * 99 + ["s"])] == [1, 1]
