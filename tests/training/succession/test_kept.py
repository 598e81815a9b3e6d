"""What a training keeps of the champion's segmenters: as it is, fitted again under the old names, or anew."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pytest

from tests.training.succession.cuts import FACTS, Cuts, of
from training.bundle.bundle import Bundle
from training.segmenters import Facts, Rfm, Segmenter
from training.succession.kept import Former, Today, aligned, outgrown, succeed

TODAY = Today("20171008", {"value": "a"}, {})
OLD = Cuts.at(10, 50)
RFM = Rfm(("purchase_recency",), ((1.0, 2.0, 3.0, 4.0),))


@dataclass(frozen=True)
class _Bundle:
    """Of a bundle, what is asked of it here."""

    segmenters: tuple[Segmenter, ...]


def _former(*segmenters: Segmenter, **more: object) -> Former:
    made = Former(cast(Bundle, _Bundle(segmenters)), "3", {"value": "a"})
    return replace(made, **more)  # type: ignore[arg-type]


def _fit(facts: Facts) -> Segmenter:
    """Cut at a third and two thirds of who is there."""
    return Cuts.at(*np.quantile(facts.column("spend"), (1 / 3, 2 / 3), method="inverted_cdf").tolist())


def _never(_: Facts) -> Segmenter:
    raise AssertionError("nothing is fitted")


def test_what_fits_is_kept_as_it_is_and_nothing_is_fitted() -> None:
    fits = replace(TODAY, fails={"value": lambda *_: ""})
    found = succeed("value", _never, FACTS, _former(OLD), fits)
    assert found.segmenter is OLD
    assert found.said() == "value: kept: what the champion, version 3, has still fits"
    assert found.matching is not None
    assert found.matching.whole


@pytest.mark.parametrize(("former", "why"), [(None, "there is no champion"), (_former(), "the champion has none")])
def test_what_was_not_there_is_new(former: Former | None, why: str) -> None:
    found = succeed("value", _fit, FACTS, former, TODAY)
    assert found.said() == f"value: new: {why}"
    assert found.matching is None
    assert found.segmenter.segments == Cuts.at(1, 2).segments


def test_what_fails_is_fitted_again_under_its_own_names() -> None:
    named = replace(OLD, segments=tuple(replace(one, name=f"old_{one.name}") for one in OLD.segments))
    found = succeed("value", _fit, FACTS, _former(named), replace(TODAY, fails={"value": lambda *_: "too small"}))
    assert found.how == "refitted"
    assert cast(Cuts, found.segmenter).cuts == (33, 67)
    assert [one.name for one in found.segmenter.segments] == ["v0_20171008", "v1_20171008", "old_v2"]
    assert (
        found.said()
        == (
            "value: refitted: too small; v0_20171008 is merged from old_v0, v1_20171008 is split from old_v1, old_v0 is"
            " gone, old_v1 is gone"
        )
        or "v0_20171008 is" in found.said()
    )


def test_a_fit_that_can_begin_with_the_former_one_does() -> None:
    began: list[object] = []

    def warm(facts: Facts, start: Segmenter | None = None) -> Segmenter:
        began.append(start)
        return _fit(facts)

    succeed("value", warm, FACTS, _former(OLD, refit=True), TODAY)
    assert began == [OLD]


@pytest.mark.parametrize(
    ("former", "facts", "why"),
    [
        (_former(OLD, refit=True), FACTS, "it was asked to be fitted again"),
        (_former(OLD, declared={"value": "b"}), FACTS, "the dataset declares it otherwise now"),
        (_former(OLD, declared=None), FACTS, "nobody noted what the dataset declared of the champion's"),
        (_former(replace(OLD, feature="days")), FACTS, "days, which the champion's looks at, is not known now"),
    ],
)
def test_what_cannot_be_kept_says_why(former: Former, facts: Facts, why: str) -> None:
    found = succeed("value", _fit, facts, former, replace(TODAY, fails={"value": lambda *_: ""}))
    assert (found.how, found.why) == ("refitted", why)


def test_nothing_of_a_champion_that_held_somebody_erased_is_in_the_new_one() -> None:
    began: list[object] = []

    def warm(facts: Facts, start: Segmenter | None = None) -> Segmenter:
        began.append(start)
        return _fit(facts)

    former = _former(replace(OLD, segments=OLD.segments[::-1]), barred="somebody was erased since")
    found = succeed("value", warm, FACTS, former, replace(TODAY, fails={"value": lambda *_: ""}))
    assert began == [None]
    assert found.segmenter == _fit(FACTS) == succeed("value", _fit, FACTS, None, TODAY).segmenter
    assert found.said().startswith("value: refitted: somebody was erased since")
    assert found.matching is not None  # it is told all the same what became of the segments


def test_names_by_definition_stay_when_it_is_fitted_again() -> None:
    other = replace(RFM, cuts=((2.0, 3.0, 4.0, 5.0),))
    facts = Facts(np.arange(9, dtype=np.float32)[:, None], ("purchase_recency",))
    found = succeed("rfm", lambda _: other, facts, _former(RFM, refit=True), TODAY)
    assert found.segmenter == other
    assert found.matching is not None
    assert found.matching.whole


def test_what_no_longer_divides_customers_is_out_of_date() -> None:
    fails = outgrown(_fit)
    assert fails(Cuts.at(20, 60), FACTS) == ""
    smallest, largest = (f"the champion's {one} segment has" for one in ("smallest", "largest"))
    assert fails(Cuts.at(0, 50), FACTS) == f"{smallest} 1.0% of the customers; by a new fit 32.7%"
    assert fails(Cuts.at(20, 95), FACTS) == f"{largest} 74.3% of the customers; by a new fit 33.7%"
    assert outgrown(lambda _: Cuts.at(1, 60))(Cuts.at(0, 50), FACTS) == ""  # a new fit has one as small

    def cannot(_: Facts) -> Segmenter:
        raise ValueError("too few")

    assert outgrown(cannot)(OLD, FACTS) == ""


def test_one_of_other_days_is_told_by_the_names_of_now() -> None:
    named = replace(OLD, segments=OLD.segments[::-1])
    other = aligned(Cuts.at(12, 48), named, FACTS)
    assert [one.name for one in other.segments] == ["v2", "v1", "v0"]
    assert aligned(RFM, RFM, FACTS) is RFM


def test_customers_of_another_kind_are_no_obstacle() -> None:
    former = _former(replace(OLD, feature="days"))
    found = succeed("value", _fit, of(1, 2, 3), former, TODAY)
    assert found.matching is None
    assert found.segmenter == _fit(of(1, 2, 3))
