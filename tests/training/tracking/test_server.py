"""Runs on PostgreSQL: what is logged there is what the file beside a home has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import homed
from tests.postgres import server
from training.tracking import tracking
from training.tracking.answer import Unreachable
from training.tracking.tracking import ADDRESS, Tracker


@pytest.fixture
def database_there() -> Iterator[str]:
    pytest.importorskip("psycopg", reason='make setup EXTRAS="postgres" installs what MLflow reaches a server by')
    with server() as own:
        yield f"{own}/postgres"


def logged(file: Path) -> dict[str, Any]:
    """Log a run with an artifact and a registered model, and return what another client reads of them."""
    tracker = Tracker("habitus-try")
    with tracker.run("one", tags={"kind": "try"}) as run_id:
        tracker.log(run_id, {"trees": 200, "words": "Größe ≤ 1"}, {"auc": 0.1 + 0.2, "count": 1e15 + 1})
        tracker.client.log_artifact(run_id, str(file))
    tracker.client.create_registered_model("habitus-try")
    tracker.client.create_model_version("habitus-try", f"runs:/{run_id}/model", run_id)
    tracker.client.set_registered_model_alias("habitus-try", "champion", "1")
    again = tracking.client(tracking.place())
    (found,) = again.search_runs([tracker.experiment_id], "tags.kind = 'try'")
    version = again.get_model_version_by_alias("habitus-try", "champion")
    artifact = Path(again.download_artifacts(run_id, file.name))
    return {
        "data": (found.data.params, found.data.metrics, found.info.status, found.info.run_name),
        "version": (version.version, version.run_id == run_id),
        "artifact": (artifact.read_text(encoding="utf-8"), artifact.parts[-5:-3]),
    }


@pytest.mark.long
def test_a_run_on_postgresql_is_the_run_of_a_file(
    tmp_path: Path, database: Path, database_there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "note.txt").write_text("said", encoding="utf-8")
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path, database)))
    monkeypatch.delenv(ADDRESS, raising=False)
    here = logged(file)
    monkeypatch.setenv(ADDRESS, database_there)
    assert logged(file) == here
    assert tracking.place().artifacts == tmp_path / "mlruns" / "artifacts"


@pytest.mark.parametrize("address", ["postgresql://u:secret@h/runs", "http://u:secret@h:5000"])
def test_an_address_with_a_password_is_refused_without_it(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(ADDRESS, address)
    with pytest.raises(Unreachable, match="got a password, which others could read") as error:
        tracking.place()
    assert "secret" not in str(error.value)
