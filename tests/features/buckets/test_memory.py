"""Memory: what a user may write, and what follows from it."""

from pathlib import Path

import pytest

from features.buckets import memory


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GB", 10**9), ("1.5 gb", 15 * 10**8), ("800MB", 8 * 10**8), (" 2GiB ", 1 << 31)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert memory.parse(text) == size


@pytest.mark.parametrize("text", ["", "1", "GB", "-1GB", "1 GB of it", "100MB", "9kb", "1e9GB"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^memory: got .*; 500MB or more is allowed, such as 800MB or 2GB\.$"):
        memory.parse(text)


def test_the_default_is_some_of_what_there_is() -> None:
    assert memory.default() >= memory.LEAST


def group(folder: Path, limit: str) -> Path:
    """Write what the kernel tells of a control group that uses 3,000 bytes, 1,000 of them for files."""
    for name, text in (("max", limit), ("current", "3000"), ("stat", "anon 2000\ninactive_file 1000\nfile 1000")):
        (folder / f"memory.{name}").write_text(f"{text}\n")
    return folder


@pytest.mark.parametrize(("limit", "free"), [("10000", 8000), ("2500", 500), ("1500", 0), ("max", 77)])
def test_a_container_leaves_its_limit_less_what_it_uses_but_for_files(tmp_path: Path, limit: str, free: int) -> None:
    assert memory._free_in_container(group(tmp_path, limit), 77) == free


def test_where_there_is_no_container_the_machine_counts(tmp_path: Path) -> None:
    assert memory._free_in_container(tmp_path, 77) == 77


def test_few_events_are_in_one_bucket_where_there_is_room() -> None:
    assert memory.buckets(10**9, 1_000_000, 13) == 1
    assert memory.buckets(10**9, 2_900_000, 13) > 1
    assert 100 < memory.buckets(10**9, 50_000_000, 13) <= memory.MOST_BUCKETS
    assert memory.buckets(10**9, 10**10, 13) == memory.MOST_BUCKETS
    assert memory.buckets(10**9, 0, 3) == 1
