"""What `make quick` runs, and what it leaves out."""

from pathlib import Path

import pytest

from tests.quick import Bound, imported, mirrors, module_of, nearest

IMPORTERS = {
    "features.clock": {"features.log.as_of", "tests.features.test_clock"},
    "features.log.as_of": {"tests.features.log.test_as_of", "features.log.days"},
    "features.log.days": {"tests.features.log.test_days", "features.clock"},
    "tests.features.shop": {"tests.features.log.test_days"},
}
"""With a cycle, which must not hang it."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("features/test_clock", "features/test_other", "features/log/test_as_of", "features/log/test_days"):
        path = tmp_path / "tests" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("features/clock.py", ["features/test_clock", "features/log/test_as_of", "features/log/test_days"]),
        ("features/log/days.py", ["features/log/test_days", "features/test_clock", "features/log/test_as_of"]),
        ("tests/features/shop.py", ["features/log/test_days"]),
        ("tests/features/test_other.py", ["features/test_other"]),
        ("features/log/page.j2", ["features/log/test_as_of", "features/log/test_days"]),
        ("README.md", []),
        ("features/gone.py", []),
    ],
)
def test_the_nearest_come_first_and_what_cannot_be_touched_does_not(changed: str, expected: list[str]) -> None:
    found = nearest([Path(changed)], IMPORTERS)
    assert found == [Path("tests", f"{name}.py") for name in expected]


def test_a_module_and_its_mirror_have_one_noun() -> None:
    path = Path("training/charts/axis.py")
    assert mirrors(path) == [Path("tests/training/charts/test_axis.py")]
    assert module_of(path) == "training.charts.axis"
    assert module_of(Path("training/scorers/__init__.py")) == "training.scorers"


def test_every_way_to_import_is_seen() -> None:
    text = "import a.b\nfrom c import d\ndef f():\n    from e.f import g as h\n"
    assert imported(text) == {"a.b", "c", "c.d", "e.f", "e.f.g"}


def test_what_is_left_out_is_told_by_file() -> None:
    bound = Bound(0.0)
    bound.slow = ["tests/a.py::one", "tests/a.py::two", "tests/b.py::one"]
    assert list(bound.said()) == ["left out, since they train or serve: tests/a.py (2), tests/b.py (1)"]
