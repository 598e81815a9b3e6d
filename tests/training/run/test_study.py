"""The study of a search, read back by Optuna itself."""

from pathlib import Path

import optuna

from tests.training.choice.test_search import HARDLY, HORIZON, TRAIN, VALIDATION
from training.choice.search import search
from training.run import study


def test_optuna_lists_every_setting_that_was_tried_the_preset_first(tmp_path: Path) -> None:
    found = search("binary", HARDLY, TRAIN, VALIDATION, HORIZON, 2)
    path = study.write(found, "churn_28d", tmp_path)
    kept = optuna.load_study(study_name="churn_28d", storage=f"sqlite:///{path}").trials
    assert [trial.value for trial in kept] == [trial.value for trial in found.study]
    assert [trial.params for trial in kept] == [trial.params for trial in found.study]
    assert len(kept) == 2
    assert kept[0].params["learning_rate"] == HARDLY.settings["learning_rate"]
