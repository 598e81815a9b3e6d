"""The list of rooms in docs/architecture.md: every room and file of the packages stands there, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("features", "training", "serving", "activation")


def listed() -> dict[str, set[str]]:
    """Return what the page names in each package: rooms with a `/` at the end, files by their nouns."""
    block = PAGE.read_text(encoding="utf-8").split("```")[1]
    found: dict[str, set[str]] = {}
    for line in block.strip().splitlines():
        names = re.split(r"\s{2,}", line.strip())[0].split()
        if not line.startswith(" "):
            package = names[0].removesuffix("/")
            found[package] = set()
        else:
            found[package] |= set(names[:1] if names[0].endswith("/") else names)
    return found


def test_every_room_and_file_is_listed_and_everything_listed_is_there() -> None:
    there = {}
    for package in PACKAGES:
        entries = [path for path in (ROOT / package).iterdir() if not path.name.startswith(("_", "."))]
        entries = [path for path in entries if path.is_file() or any(one.is_file() for one in path.iterdir())]
        there[package] = {f"{path.name}/" if path.is_dir() else path.stem for path in entries}
    assert listed() == there


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_the_picture_names_rooms_and_files_that_are_there() -> None:
    picture = PAGE.read_text(encoding="utf-8").split("```mermaid")[1].split("```")[0]
    nodes = set(
        re.findall(r"\b([a-z]+)\b(?=[\[(]| -|$)", re.sub(r"\|[^|]*\||\[.*?\]|\(.*?\)", "", picture), re.MULTILINE)
    )
    outside = {"toml", "files", "rejects", "out", "registry", "request", "reply"}
    known = {name.removesuffix("/") for names in listed().values() for name in names}
    assert nodes - outside <= known
    assert len(nodes) > 15
