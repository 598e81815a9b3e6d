"""What a large business needs is worked out from figures that stand where it is said, or it is not told."""

import tomllib

import pytest

from benchmarks.capacity import FIGURES, NOT_MEASURED, NOT_READ, PAGE, Cost, Unread, cost, number, table

PAGE_OF_ONE = """# Benchmarks

## Any size

1.5M events of 20,000 customers: 30 s, 0.50 GB

## Other

1.5M events of 20,000 customers: 99 s
"""
FIGURE = {
    "work": "scores",
    "engine": "one machine",
    "command": "make score",
    "section": "Any size",
    "cpu": r"customers: (\d+) s",
    "events": r"^([\d.]+M) events",
    "customers": r"events of ([\d,]+) customers",
    "peak": r"s, ([\d.]+) GB",
}


def test_numbers_are_read_as_pages_have_them() -> None:
    assert [number(text) for text in ("1,806", "55.4M", ".314")] == [1806, 55.4e6, 0.314]


def test_a_cost_is_of_its_section_alone_and_grows_in_proportion() -> None:
    found = cost(FIGURE, PAGE_OF_ONE)
    assert found == Cost(30, {"events": 1.5e6, "customers": 20_000}, 0.5)
    assert isinstance(found, Cost)
    assert [found.million(name) for name in ("events", "customers", "answers")] == [20, 1500, None]
    assert found.needed({"events": 15e6, "customers": 100_000}) == (150, 300)


def test_an_answers_cost_in_milliseconds_is_cores_at_a_rate() -> None:
    figure = {"work": "an answer", "engine": "one machine", "section": "Any size", "cpu": FIGURE["cpu"]}
    found = cost(figure | {"unit": 0.001, "answers": 1}, PAGE_OF_ONE)
    assert isinstance(found, Cost)
    assert found.needed({"answers": 100}) == pytest.approx((3, 3))


def test_what_was_not_measured_or_is_not_read_is_said() -> None:
    assert cost(FIGURE | {"section": "Spark"}, PAGE_OF_ONE) == NOT_MEASURED
    assert cost({"work": "scores", "engine": "Spark", "section": "Other"}, PAGE_OF_ONE) == NOT_READ


@pytest.mark.parametrize(("pattern", "got"), [(r"(\d+) minutes", 0), (r"(\d+)", 7)])
def test_a_number_that_is_not_there_once_is_refused(pattern: str, got: int) -> None:
    with pytest.raises(Unread, match=rf"scores \(one machine\): cpu: got {got} matches"):
        cost(FIGURE | {"cpu": pattern}, PAGE_OF_ONE)


def test_two_sections_of_a_name_are_refused() -> None:
    with pytest.raises(Unread, match="2 sections 'Other'"):
        cost(FIGURE | {"section": "Other"}, PAGE_OF_ONE + "\n## Other\n")


def test_the_page_tells_what_is_worked_out_now() -> None:
    declared = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    told = set((PAGE.parents[1] / "docs" / "capacity.md").read_text(encoding="utf-8").splitlines())
    worked_out = list(table(declared, PAGE.read_text(encoding="utf-8")))
    missing = [line for line in worked_out if line not in told]
    assert not missing, "docs/capacity.md: put in what `make capacity` prints"
