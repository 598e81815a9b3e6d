"""The families whose segments are fitted: under other names they put everybody where they did, also when read again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.segmenters import Facts, Segmenter
from training.segmenters.clusters import TOO_LITTLE, Clusters
from training.segmenters.inputs import Inputs
from training.segmenters.nested import ACTIVITY, SILENCE, SPEND, Nested
from training.succession.kept import Former, Succession, Today, succeed
from training.succession.renamed import by_definition, renamed

GENERATOR = np.random.default_rng(5)
X = GENERATOR.gamma(2, 2, (600, 3)).astype(np.float32)
X[:30] = np.nan
FACTS = Facts(X, (SILENCE, ACTIVITY, SPEND))
NESTED = Nested.fit(FACTS, (3, 2), "EUR")
_BARE = Clusters.fit("value", Inputs.ranked(FACTS, (ACTIVITY, SPEND)), FACTS, 3)
CLUSTERS = replace(_BARE, made=(*_BARE.made[:-1], TOO_LITTLE))


@pytest.mark.parametrize("fitted", [NESTED, CLUSTERS])
def test_names_are_kept_with_the_rest(fitted: Nested | Clusters, tmp_path: Path) -> None:
    assert not by_definition(fitted)
    named = [replace(one, name=f"x{place}") for place, one in enumerate(fitted.segments)]
    other = renamed(fitted, named)
    assert other.segments == tuple(named)
    assert other.assign(FACTS).tolist() == fitted.assign(FACTS).tolist()
    other.save(tmp_path)
    assert type(fitted).load(tmp_path) == other
    assert hash(other) == hash(type(fitted).load(tmp_path))
    if isinstance(fitted, Nested):
        assert isinstance(other, Nested)
        assert other.rule("x0") == fitted.rule(fitted.segments[0].name)


def _came(old: Segmenter, new: Segmenter) -> Succession:
    bundle = type("Bundle", (), {"segmenters": (old,)})()
    return succeed("value", lambda _: new, FACTS, Former(bundle, "1", {}, refit=True), Today("20171231", {}, {}))


def test_cuts_of_another_shape_take_over_only_what_is_the_same() -> None:
    came = _came(NESTED, Nested.fit(FACTS, (4, 2), "EUR"))
    assert came.matching is not None
    names = [one.name for one in came.segmenter.segments]
    old = {one.name for one in NESTED.segments}
    kept = {names[place] for place in came.matching.kept()}
    assert kept <= old
    assert all(name.endswith("_20171231") for name in names if name not in kept)
    assert names[-1] == "no_purchase"
    assert len(set(names)) == len(names) == 9


def test_the_same_cuts_stay_what_they_were() -> None:
    came = _came(NESTED, NESTED.refit(FACTS))
    assert [one.name for one in came.segmenter.segments] == [one.name for one in NESTED.segments]


def test_clusters_are_known_by_their_customers_whatever_their_place() -> None:
    turned = replace(CLUSTERS, centres=CLUSTERS.centres[::-1])
    came = _came(CLUSTERS, turned)
    names = [one.name for one in CLUSTERS.segments]
    assert [one.name for one in came.segmenter.segments] == [*names[2::-1], TOO_LITTLE.name]
    assert came.matching is not None
    assert came.matching.whole
