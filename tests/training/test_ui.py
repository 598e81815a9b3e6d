"""MLflow's pages: where the runs of a dataset are."""

from tests.conftest import NAME, Trained
from training import ui
from training.tracking import tracking

HERE = "http://127.0.0.1:5000"


def test_the_address_is_that_of_the_datasets_experiment(trained: Trained) -> None:
    client = tracking.client(tracking.place())
    experiment = client.get_experiment_by_name(f"habitus-{trained.dataset.name}")
    assert experiment is not None
    assert ui.told(client, NAME, HERE) == f"the runs of {NAME}: {HERE}/#/experiments/{experiment.experiment_id}"


def test_without_a_training_the_command_that_makes_one_is_named() -> None:
    client = tracking.client(tracking.place())
    assert ui.told(client, "nowhere", HERE) == f"all runs: {HERE} (none of nowhere yet: run `make train` first)"
