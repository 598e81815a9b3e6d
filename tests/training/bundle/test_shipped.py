"""Shipped: a bundle that travelled as bytes says what it said."""

import pickle

import pyarrow as pa
import pytest

from features.buckets import shuffled
from features.log.as_of import Moment
from features.log.spine import Spine
from features.log.store import mapped
from tests.conftest import NAME, Trained
from training import batch
from training.bundle import bundle as bundles
from training.bundle.bundle import BundleError
from training.bundle.shipped import Scoring, Shipped, loaded

BASE = Moment(1_507_420_800_000_000, "asked")


@pytest.fixture
def scoring(trained: Trained) -> Scoring:
    """Return a question that has travelled."""
    sent = pickle.dumps(Scoring(Shipped.of(trained.bundle), BASE, "base", None, True, "en"))
    found: Scoring = pickle.loads(sent)  # noqa: S301
    return found


def test_a_question_that_travelled_is_answered_as_here(trained: Trained, scoring: Scoring) -> None:
    bundle, log = bundles.load(trained.bundle).bundle, mapped.load(NAME)
    customers, moments = batch.known(log, BASE, "base")
    expected = bundle.score(log, Spine.of(customers, moments)).to_table("en")
    assert len(expected) > 500
    assert pa.concat_tables(scoring(log)).equals(expected)


def test_of_nobody_there_are_the_columns(scoring: Scoring) -> None:
    nobody = shuffled.schema(shuffled.COLUMNS).empty_table()
    (log,) = shuffled.log(nobody, shuffled.COLUMNS, "UTC", mapped.load(NAME).kinds)
    (table,) = scoring(log)
    assert not len(table)
    assert "`churn_28d` double" in shuffled.ddl(table.schema)


def test_a_file_that_changed_on_the_way_is_refused(trained: Trained) -> None:
    whole = Shipped.of(trained.bundle)
    name = next(one for one in whole.files if one.endswith(".npz"))
    with pytest.raises(BundleError, match="is not the file that was saved"):
        loaded(Shipped("another", {**whole.files, name: b""}))
