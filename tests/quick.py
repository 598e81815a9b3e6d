"""`make quick`: the tests that a change can touch, the nearest first, for as long as there is time.

A test is as near as the imports between its file and what was changed are few; the mirrored test comes first of all.
Whatever was not run is said: `make check` runs everything.
"""

import ast
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import grimp
import pytest
import typer

from features import command

PACKAGES = ("features", "training", "serving", "activation")
TESTS = Path("tests")
SLOW = {"trained", "pair", "server", "notebook"}
"""Fixtures that train, serve or execute: a test with one of them waits for `make check`."""

Importers = Mapping[str, Iterable[str]]
"""Who imports a module, by its name; a test file is a module as well."""


def main(
    seconds: Annotated[int, typer.Option(help="No test is begun after so many seconds.", min=1)] = 30,
    base: Annotated[str, typer.Option(help="What the change is compared with.")] = "main",
) -> None:
    """Run the tests that the change since `base` can touch."""
    begun = time.monotonic()
    changed = _changed(base)
    found = nearest(changed, _importers())
    if not found:
        typer.echo(f"{len(changed)} changed files since {base}: no test can be touched by them.")
        return
    bound = Bound(begun + seconds)
    status = pytest.main([*map(str, found), "-n", "0", "-m", "not long and not proof"], plugins=[bound])
    for said in bound.said():
        typer.echo(said)
    raise typer.Exit(0 if status is pytest.ExitCode.NO_TESTS_COLLECTED else int(status))


class Bound:
    """A plugin of pytest: begins no test when the time is over, nor one that takes long by its fixtures."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.slow: list[str] = []
        self.late: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what trains or serves."""
        slow = [item for item in items if SLOW & set(getattr(item, "fixturenames", ()))]
        self.slow += [item.nodeid for item in slow]
        items[:] = [item for item in items if item not in slow]

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over a test, as if it had been run, when the time is over."""
        if time.monotonic() < self.until:
            return None
        self.late.append(item.nodeid)
        return True

    def said(self) -> Iterator[str]:
        """Yield what was left out, a line for each reason."""
        for why, names in (("they train or serve", self.slow), ("the time was over", self.late)):
            files = Counter(name.partition("::")[0] for name in names)
            if files:
                told = ", ".join(f"{file} ({count})" for file, count in files.items())
                yield f"left out, since {why}: {told}"


def nearest(changed: Iterable[Path], importers: Importers) -> list[Path]:
    """Return the test files that a change can touch: changed ones and mirrors first, then by the number of imports.

    Args:
        changed: paths from the root of the checkout.
        importers: who imports a module.
    """
    distance: dict[Path, int] = {}
    for path in changed:
        for test in (path, *mirrors(path)):
            if test.name.startswith("test_") and test.is_file():
                distance[test] = 0
    reached = {module_of(path): 0 for path in changed if path.suffix == ".py"}
    steps, edge = 0, set(reached)
    while edge:
        steps += 1
        edge = {importer for module in edge for importer in importers.get(module, ())} - reached.keys()
        reached |= dict.fromkeys(edge, steps)
    for module, step in reached.items():
        test = Path(*module.split(".")).with_suffix(".py")
        if test.name.startswith("test_") and test.is_file():
            distance.setdefault(test, step)
    return sorted(distance, key=lambda test: (distance[test], str(test)))


def mirrors(path: Path) -> list[Path]:
    """Return the test files that mirror a file: that of its name; of what is not Python those of its folder."""
    if path.parts[0] not in PACKAGES:
        return []
    folder = TESTS / path.parent
    return [folder / f"test_{path.stem}.py"] if path.suffix == ".py" else sorted(folder.glob("test_*.py"))


def module_of(path: Path) -> str:
    """Return the name that a file is imported by."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _changed(base: str) -> list[Path]:
    begin = _git("merge-base", "HEAD", base)[0]
    names = [*_git("diff", "--name-only", begin), *_git("ls-files", "--others", "--exclude-standard")]
    return [Path(name) for name in dict.fromkeys(names)]


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise command.ended(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def _importers() -> Importers:
    """Return who imports each module of ours, tests included."""
    graph = grimp.build_graph(*PACKAGES)
    found = defaultdict(set, {module: graph.find_modules_that_directly_import(module) for module in graph.modules})
    for path in TESTS.rglob("*.py"):
        for name in imported(path.read_text(encoding="utf-8")):
            found[name].add(module_of(path))
    return found


def imported(text: str) -> set[str]:
    """Return what a file may import: each name of an import, and each module that one is taken from."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


if __name__ == "__main__":
    command.run(main)
