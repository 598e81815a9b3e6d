"""The command `features.match`, on a small town whose truth is known."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from features.buckets import intake
from features.dataset import DatasetError, load
from features.sources import corrections
from tests.conftest import run_here
from tests.features.matching.people import TWICE, declared, town

WHY = "the extra `identity` is not installed: make .venv/.identity"


@dataclass(frozen=True)
class Proposed:
    """What the command wrote, and said."""

    file: Path
    toml: Path
    said: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Proposed:
    pytest.importorskip("splink", reason=WHY)
    folder = town(tmp_path_factory.mktemp("town"))
    toml, out = folder / "town.toml", folder / "pairs.csv"
    toml.write_text(declared(), encoding="utf-8")
    ended = run_here("features.match", str(toml), "--out", str(out), "--memory", "600MB")
    assert ended.returncode == 0, ended.stderr
    return Proposed(out, toml, ended.stdout)


def _answered(shop: Proposed, folder: Path, answer: str) -> Path:
    """Return the dataset file with the proposals, all of them answered."""
    (folder / "answered.csv").write_text(shop.file.read_text().replace('"?"', answer), encoding="utf-8")
    own = shop.toml.with_name(f"{folder.name}.toml")
    own.write_text(declared(f'keys = ["user_id"]\ncorrections = "{folder / "answered.csv"}"'), encoding="utf-8")
    return own


def test_who_is_there_twice_is_proposed_and_no_household(shop: Proposed) -> None:
    pairs = [line.split(",")[:2] for line in shop.file.read_text().splitlines()[1:]]
    named = {tuple(sorted(end.strip('"') for end in pair)) for pair in pairs}
    assert named == {(f"p{2 * n}", f"p{2 * n}-again") for n in range(TWICE)}
    assert f"{TWICE} pairs of 460 customers are probably one person, in {TWICE} groups" in shop.said
    assert (
        f"beyond a limit of [identity]: {TWICE} groups, such as 1: the group would have 2 user_id (limit 1)"
        in shop.said
    )
    assert f'corrections = "{shop.file}"' in shop.said


def test_it_has_no_effect_before_a_person_has_answered(shop: Proposed, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nobody has answered yet for p\d+ and p\d+-again: write same or different"):
        corrections.read(load(str(_answered(shop, tmp_path, '"?"'))))


def test_an_answer_is_read_with_the_other_columns_beside_it(shop: Proposed, tmp_path: Path) -> None:
    people = intake.take(load(str(_answered(shop, tmp_path, "same")))).people
    assert people is not None
    names = people.names.to_pylist()
    assert people.person[names.index("p0")] == people.person[names.index("p0-again")]
    assert people.person[names.index("p0")] != people.person[names.index("p1")]


def test_what_was_called_different_is_not_proposed_again(shop: Proposed, tmp_path: Path) -> None:
    own = _answered(shop, tmp_path, "different")
    ended = run_here("features.match", str(own), "--out", str(tmp_path / "again.parquet"))
    assert "0 pairs of 460 customers are probably one person, in 0 groups" in ended.stdout


def test_answers_are_never_written_over(shop: Proposed) -> None:
    ended = run_here("features.match", str(shop.toml), "--out", str(shop.file))
    assert ended.returncode == 2
    assert "is there, and may hold answers; give the name of a new file" in ended.stderr


def test_without_identity_the_line_to_add_names_the_key(tmp_path: Path) -> None:
    pytest.importorskip("splink", reason=WHY)
    (town(tmp_path) / "town.toml").write_text(declared(""), encoding="utf-8")
    ended = run_here("features.match", str(tmp_path / "town.toml"), "--out", str(tmp_path / "pairs.csv"))
    assert f"{TWICE} pairs of 460 customers" in ended.stdout
    assert 'keys = ["customer_id"]' in ended.stdout


def test_a_wrong_probability_and_a_dataset_without_attributes_are_refused(tmp_path: Path) -> None:
    out = str(tmp_path / "pairs.csv")
    ended = run_here("features.match", "cdnow", "--out", out, "--least", "95")
    assert ended.stderr == "error: LEAST: got 95; a probability above 0 and below 1 is allowed.\n"
    pytest.importorskip("splink", reason=WHY)
    ended = run_here("features.match", "cdnow", "--out", out)
    assert "there is no [[attributes]]; probable matches are told by what is known of customers" in ended.stderr
