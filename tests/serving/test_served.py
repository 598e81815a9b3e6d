"""What is served: a folder that is named, else the champion, else the challenger."""

from pathlib import Path

import pytest

from serving import served
from tests.conftest import NAME, Trained
from training.tracking import registry, tracking


def test_a_folder_that_is_named_is_served_and_no_registry_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    monkeypatch.setenv("HABITUS_BUNDLE", "somewhere/bundle")
    found = served.find("no_such_dataset")
    assert found.folder == Path("somewhere/bundle")
    assert found.version == "unregistered"
    assert list(tmp_path.iterdir()) == []


def test_whoever_names_a_folder_may_name_its_version_and_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_BUNDLE", "/bundle")
    monkeypatch.setenv("HABITUS_VERSION", "17")
    monkeypatch.setenv("HABITUS_ALIAS", "candidate")
    found = served.find(NAME)
    assert found == served.Served(Path("/bundle"), "17", "candidate")
    assert found.notice == "there is no champion yet: using the candidate, version 17"


def test_nothing_is_said_of_a_champion() -> None:
    assert served.Served(Path("/bundle"), "17", "champion").notice == ""


def test_a_champion_is_served_before_a_newer_challenger_and_nothing_is_said(trained: Trained) -> None:
    client = tracking.client(tracking.place())
    known = client.get_model_version_by_alias(registry.model_name(NAME), "challenger")
    name = registry.model_name("other")
    client.create_registered_model(name)
    for alias in ("champion", "challenger"):
        version = client.create_model_version(name, known.source, run_id=known.run_id, model_id=known.model_id)
        client.set_registered_model_alias(name, alias, version.version)
    found = served.find("other")
    assert found == served.Served(trained.bundle, "1", "champion")
    assert found.notice == ""
