"""Keys: which are known, what they may do, and how they are changed without a restart."""

import hashlib
from pathlib import Path

import pytest

from serving.limits import keys
from serving.limits.keys import FILE, KEYS, KeysError, Role


def _file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_new_key_is_random_and_only_its_hash_is_in_its_line() -> None:
    made = [keys.made(Role.READ, "shop") for _ in range(50)]
    assert len({key for key, _ in made}) == 50
    for key, line in made:
        assert len(key) > 40
        assert key not in line
        assert line == f"read {hashlib.sha256(key.encode()).hexdigest()} shop"


def test_several_keys_are_known_by_their_roles_and_names() -> None:
    (first, one), (second, two) = keys.made(Role.READ), keys.made(Role.ADMIN, "the boss")
    known = keys.read({KEYS: f"{one},{two}"})
    assert known.asked
    found = known.find(second)
    assert found is not None
    assert (found.role, found.name) == (Role.ADMIN, "the boss")
    assert known.find(first) is not None
    for stranger in ("", "x", first[:-1], first + "x", one.split()[1], "\x00", "é"):
        assert known.find(stranger) is None


def test_without_keys_none_is_asked_for() -> None:
    assert not keys.read({}).asked
    assert keys.read({}).find("x") is None


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, rights: int) -> None:
    file = _file(tmp_path / "keys", keys.made(Role.READ)[1])
    file.chmod(rights)
    with pytest.raises(KeysError, match=f"has the rights {rights:o}; nobody but its owner may have any"):
        keys.read({FILE: str(file)})


@pytest.mark.parametrize(
    "line",
    [
        "read",
        "read x",
        "read " + "0" * 63,
        "read " + "g" * 64,
        "root " + "0" * 64,
        "habitus_secret",
        "0" * 64 + " read",
    ],
)
def test_a_line_that_is_no_key_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    for environment in ({KEYS: f"\n{line}"}, {FILE: str(_file(tmp_path / "keys", "# ours", line))}):
        with pytest.raises(KeysError) as refused:
            keys.read(environment)
        assert "line 2 is no key: a role (read, write, admin), 64 hexadecimal digits, a name." in str(refused.value)
        assert len(line) < 6 or line not in str(refused.value)


def test_a_key_that_stands_twice_is_refused() -> None:
    _, line = keys.made(Role.READ)
    with pytest.raises(KeysError, match="line 2 is of the same key"):
        keys.read({KEYS: f"{line},{line.replace('read', 'admin')}"})


def test_a_file_without_keys_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="has no key"):
        keys.read({FILE: str(_file(tmp_path / "keys", "# none yet"))})
    with pytest.raises(KeysError, match="No such file"):
        keys.read({FILE: str(tmp_path / "nowhere")})


def test_keys_change_with_their_file_and_a_broken_one_leaves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keys, "_LOOK", 0)
    (old, one), (new, two) = keys.made(Role.READ), keys.made(Role.WRITE)
    file = _file(tmp_path / "keys", one)
    known = keys.read({FILE: str(file)})
    assert known.find(old) is not None

    def replace(*lines: str) -> None:
        _file(tmp_path / "next", *lines).replace(file)

    replace(one, two)
    assert known.find(old) is not None
    assert known.find(new) is not None
    replace(two)
    assert known.find(old) is None
    replace(new)  # a key in place of its line
    assert known.find(new) is not None
    file.unlink()
    assert known.find(new) is not None
    assert known.find(new) is not None
    assert [record.message.partition(":")[0] for record in caplog.records] == ["the keys stay as they were"] * 2
    assert new not in caplog.text
    replace(one)
    assert known.find(old) is not None
    assert known.find(new) is None
