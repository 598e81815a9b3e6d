"""Agreement: reasons are told by path only where they are nearly always the exact ones, and said so."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import Aggregate
from tests.conftest import Trained
from training.bundle import bundle as bundles
from training.bundle.agreement import LEAST, ROWS, Agreement, agreement
from training.bundle.bundle import Stored
from training.bundle.predictor import Predictor
from training.panel.examples import Examples
from training.reasons.reasons import Explainer
from training.recipes.lightgbm import LightGBM
from training.scorers import Calibrated, Curve, Trees
from training.scorers.by_path import ByPath, by_path
from training.targets import Churn

EXPLAINER = Explainer(tuple(one for one in CATALOGUE if isinstance(one, Aggregate))[::9])
NAMES = tuple(feature.name for feature in EXPLAINER.features)
GENERATOR = np.random.default_rng(3)
X = GENERATOR.gamma(1, 30, (2_500, len(NAMES))).astype(np.float32)
Y = (X[:, 0] * X[:, 1] + X[:, 2:6].sum(1) * 20 > 3_000).astype(float)
PLACES = np.zeros(len(X), np.int64)
EXAMPLES = Examples.of(NAMES, X, Y, PLACES, PLACES)
USUAL = np.median(X, axis=0)


def _fitted(**settings: float) -> Trees:
    return LightGBM("binary", NAMES, settings={"num_iterations": 30, "learning_rate": 0.1, **settings}).fit(EXAMPLES)


STUMPS, DEEP = _fitted(num_leaves=2), _fitted(num_leaves=15)


def test_of_trees_with_one_split_both_kinds_are_the_same() -> None:
    assert agreement(STUMPS, X[:300], USUAL, EXPLAINER) == Agreement(1.0, 300)


def test_it_is_the_share_of_rows_whose_reasons_are_the_same() -> None:
    scorer = Calibrated(DEEP, True, 0.9, 0.1)
    found = agreement(scorer, X, USUAL, EXPLAINER)
    assert found is not None
    assert found.rows <= ROWS < len(X)
    asked = X[::3]
    exact, cheap = (EXPLAINER.strongest(one, asked, USUAL) for one in (scorer, by_path(scorer)))
    same = [a.tolist() == b.tolist() for a, b in zip(exact.feature, cheap.feature, strict=True)]
    assert found == Agreement(float(np.mean(same)), len(asked))
    assert 0 < found.share < LEAST
    np.testing.assert_array_equal(exact.raises, cheap.raises)


def test_it_leaves_no_tables_behind() -> None:
    fresh = Trees(DEEP.text, DEEP.columns)
    agreement(fresh, X[:10], USUAL, EXPLAINER)
    assert not {"paths", "steps", "forest"} & vars(fresh).keys()


def test_without_trees_or_rows_there_is_none() -> None:
    curve = Curve(0, np.array([0.0, 1.0]), np.array([0.2, 0.6]), 0.0)
    assert agreement(curve, X, USUAL, EXPLAINER) is None
    assert agreement(DEEP, X[:0], USUAL, EXPLAINER) is None


@pytest.mark.parametrize(
    ("found", "approximate"), [(None, False), (Agreement(0.9499, 1_000), False), (Agreement(LEAST, 1_000), True)]
)
def test_a_predictor_tells_its_reasons_as_was_chosen(found: Agreement | None, approximate: bool) -> None:
    target = Churn("churn_28d", 28, 56)
    extra = tuple(one.name for one in target.cohort().features if one.name not in NAMES)
    explainer = Explainer((*EXPLAINER.features, *(one for one in target.cohort().features if one.name in extra)))
    x = np.column_stack([X[:50], np.ones((50, len(extra)), np.float32)])
    one = Predictor(target, "lightgbm", DEEP, (*NAMES, *extra), None, agreement=found)
    assert one.approximate is approximate
    assert isinstance(one.told, ByPath) is approximate
    expected = explainer.strongest(ByPath(DEEP) if approximate else DEEP, x, one.usual)
    told = one.strongest(x, explainer)
    np.testing.assert_array_equal(told.feature, expected.feature)
    alone = np.concatenate([one.strongest(x[r : r + 1], explainer).feature for r in range(50)])
    np.testing.assert_array_equal(alone, told.feature)
    other = explainer.strongest(DEEP if approximate else ByPath(DEEP), x, one.usual)
    assert (other.feature != told.feature).any(), "it matters which"


def test_a_training_asks_every_predictor_with_trees(stored: Stored) -> None:
    told = {one.target.name: one.agreement for one in stored.bundle.predictors}
    entries = {one["target"]["name"]: one[bundles.AGREEMENT] for one in stored.manifest["predictors"]}
    assert {name: one and {"share": one.share, "rows": one.rows} for name, one in told.items()} == entries
    assert any(told.values())
    for one in told.values():
        assert one is None or (0 <= one.share <= 1 and 0 < one.rows <= ROWS)


def test_a_bundle_that_does_not_say_tells_exact_reasons(trained: Trained, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(trained.bundle, tmp_path / "bundle"))
    path = folder / bundles.MANIFEST
    manifest = json.loads(path.read_text())
    for entry in manifest["predictors"]:
        del entry[bundles.AGREEMENT]
    path.write_text(json.dumps(manifest))
    older = bundles.load(folder).bundle
    assert not any(one.approximate for one in older.predictors)
    assert all(replace(one, agreement=Agreement(1.0, 9)).approximate for one in older.predictors)
