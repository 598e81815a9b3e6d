"""Study: every setting that a search tried, kept with the target's run as a database that Optuna's own tools read."""

from pathlib import Path

from training.choice.search import Search

FILE = "study.db"


def write(search: Search, name: str, folder: Path) -> Path:
    """Write a search's trials as the study `name`, and return the file.

    `optuna trials --storage sqlite:///study.db --study-name NAME` lists them.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = folder / FILE
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    study = optuna.create_study(storage=storage, study_name=name)
    study.add_trials(search.study)
    storage.engine.dispose()
    return path
