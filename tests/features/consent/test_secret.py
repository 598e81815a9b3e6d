"""The secret: made once, with tight rights, outside the home; what could be read or guessed is refused."""

from pathlib import Path

import pytest

from features.consent import secret
from features.consent.secret import SecretError

OLD, NEW = "an old key of twenty", "a new key of twenty!"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(secret.KEY, raising=False)
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(secret.CONFIG, str(tmp_path / "config"))
    return tmp_path / "config"


def test_it_is_made_once_and_only_its_owner_may_read_it(config: Path) -> None:
    assert secret.found() is None
    made = secret.made()
    path = config / "habitus" / "key"
    assert made.where == str(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["key"]
    assert secret.made().keys == made.keys == (path.read_bytes().strip(),)


def test_a_file_that_others_may_read_is_refused(config: Path) -> None:
    secret.made()
    (config / "habitus" / "key").chmod(0o640)
    with pytest.raises(SecretError, match="others may read it: chmod 600"):
        secret.found()


def test_a_key_under_the_home_is_refused(config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path))
    with pytest.raises(SecretError, match="the key may not lie under"):
        secret.made()
    assert not config.exists()


def test_the_environment_wins_and_holds_several(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secret.KEY, f"{NEW}, {OLD}")
    assert secret.made() == secret.Secret((NEW.encode(), OLD.encode()), secret.KEY)
    assert not config.exists()
    monkeypatch.setenv(secret.KEY, "short")
    with pytest.raises(SecretError, match="under 16 characters"):
        secret.found()
