"""Found: the assignments of a source or of the ledger, each customer once; where both could be meant it asks."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from activation import ledger
from activation.assignment import kept
from activation.assignment.kept import Kept
from activation.experiments import started
from activation.experiments.assigned import AssignmentError
from activation.uplift.found import found
from features.clock import DAY
from features.dataset import Dataset
from features.sources.assignments import REASONS
from tests.activation.experiments.shop import START, experiment
from tests.features.shop import business
from training.uplift.trial import NoTrial

END = START + 7 * DAY
HEAD = "who,when,test,arm,p\n"
ROWS = "ann,2023-11-15,spring,mail,0.5\nbob,2023-11-15,spring,none,0.5\nann,2023-11-15,spring,mail,0.5\n"
COLUMNS = {"customer_id": "who", "assigned_at": "when", "experiment": "test", "arm": "arm", "probability": "p"}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return a business with a home of its own, whose assignments are in given.csv."""
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    (tmp_path / "given.csv").write_text(HEAD + ROWS + "cem,2023-11-15,spring,none,\n")
    own = business(tmp_path, {"path": "s.csv"})
    return msgspec.structs.replace(own, assignments=({"path": "given.csv", "columns": COLUMNS},))


def test_a_source_says_who_was_assigned_and_what_is_not_used(shop: Dataset) -> None:
    own = found(shop, "spring")
    assert own.assigned.customers == ("ann", "bob")
    assert own.assigned.arms == ("mail", "none")
    assert (own.control, own.outcome) == ("", "")
    assert own.control_of("none") == "none"
    with pytest.raises(NoTrial, match="control: got ''; arms are mail, none"):
        own.control_of("")
    assert own.notes == (
        f"not used: 1 assignments: {REASONS[4]}",
        "not used: 1 assignments: another row says the same",
    )
    with pytest.raises(NoTrial, match=r"got 'sprin'\. Did you mean 'spring'"):
        found(shop, "sprin")


def test_who_was_assigned_twice_otherwise_is_refused(shop: Dataset, tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text(HEAD + ROWS + "ann,2023-11-16,spring,mail,0.5\n")
    with pytest.raises(AssignmentError, match="customer 'ann': got 2 rows; each is assigned once"):
        found(shop, "spring")


def test_the_ledger_tells_of_an_experiment_that_has_ended(shop: Dataset) -> None:
    trial = experiment(arms={"new": "mail", "old": "card", "same": ""}, against="old")
    with ledger.opened(shop.name, (*started.TABLES, *kept.TABLES)) as connection:
        started.start(connection, trial, 2, START)
        rows = [("ann", Kept("new", 1 / 3)), ("bob", Kept("same", 1 / 3))]
        kept.put(connection, "experiment:trial", "s", rows, START)
    own = found(shop, "trial")
    assert own.assigned.customers == ("ann", "bob")
    assert np.allclose(own.assigned.probability, 1 / 3)
    assert (own.control, own.alone, own.outcome) == ("same", ("same",), "spend_7d")
    with pytest.raises(NoTrial, match="it ends at 2023-11-22T00:00:00Z, and the data at 2023-11-21"):
        own.require_ended(END - 1)
    own.require_ended(END)


def test_an_experiment_of_both_is_asked_about(shop: Dataset) -> None:
    with ledger.opened(shop.name, (*started.TABLES, *kept.TABLES)) as connection:
        started.start(connection, experiment(name="spring"), 2, START)
        kept.put(connection, "experiment:spring", "s", [("ann", Kept("new", 0.5))], START)
    with pytest.raises(NoTrial, match=r"by \[\[assignments\]\] and by the ledger"):
        found(shop, "spring")
