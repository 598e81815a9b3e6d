"""No group is of few customers, none can be told by subtraction, and all sums stay."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from features.consent import groups
from features.consent.groups import merged

cells = st.lists(st.one_of(st.integers(0, 30), st.integers(0, 500)), max_size=12)
least = st.integers(0, 60)


def test_the_examples() -> None:
    assert doctest.testmod(groups).failed == 0


def test_a_few_are_merged_with_the_smaller_neighbour() -> None:
    assert merged([100, 5, 40], 20) == ((0,), (1, 2))
    assert merged([40, 5, 100], 20) == ((0, 1), (2,))
    assert merged([30, 5, 30], 20) == ((0, 1), (2,))  # the former of equals
    assert merged([3, 4, 5, 6, 7], 7) == ((0, 1), (2, 3), (4,))  # 3 with 4, then 5 with 6, smaller than 7
    assert merged([100, 0, 5, 40], 20) == ((0,), (1,), (2, 3))
    assert merged([5, 0, 6], 10) == ((0, 2), (1,))
    assert merged([5, 6], 20) == ()
    assert merged([5, 6], 0) == ((0,), (1,))
    assert merged([], 20) == ()


@given(counts=cells, smallest=least)
def test_no_group_is_too_small_and_sums_stay(counts: list[int], smallest: int) -> None:
    found = merged(counts, smallest)
    sizes = [sum(counts[place] for place in group) for group in found]
    assert all(size == 0 or size >= smallest for size in sizes)
    if 0 < sum(counts) < smallest:
        assert not [size for size in sizes if size]
        return
    assert sorted(place for group in found for place in group) == list(range(len(counts)))
    assert sum(sizes) == sum(counts)


@given(counts=cells, smallest=least, data=st.data())
def test_subtraction_gives_nothing_away(counts: list[int], smallest: int, data: st.DataObject) -> None:
    """What is told is the total and the groups: the total less some of them is of nobody, or of enough."""
    found = merged(counts, smallest)
    sizes = [sum(counts[place] for place in group) for group in found]
    taken = data.draw(st.sets(st.sampled_from(range(len(sizes))))) if sizes else set()
    rest = sum(sizes) - sum(sizes[place] for place in taken)
    assert rest == 0 or rest >= smallest


@given(counts=cells, smallest=least)
def test_nothing_is_merged_without_need(counts: list[int], smallest: int) -> None:
    if all(groups.enough(count, smallest) for count in counts):
        assert merged(counts, smallest) == tuple((place,) for place in range(len(counts)))
    assert merged(counts, 0) == merged(counts, 1) == tuple((place,) for place in range(len(counts)))


@given(counts=cells, smallest=least)
def test_those_that_are_merged_are_next_to_each_other(counts: list[int], smallest: int) -> None:
    there = [place for place, count in enumerate(counts) if count]
    for group in merged(counts, smallest):
        if counts[group[0]]:
            begin = there.index(group[0])
            assert group == tuple(there[begin : begin + len(group)])


@given(counts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8), smallest=least)
def test_where_two_counts_are_told_both_are_of_enough(counts: list[tuple[int, int]], smallest: int) -> None:
    found = groups.merged_each(counts, smallest)
    sums = [tuple(sum(counts[place][n] for place in group) for n in range(2)) for group in found]
    assert all(count == 0 or count >= smallest for own in sums for count in own)
    if found:
        assert sorted(place for group in found for place in group) == list(range(len(counts)))


def test_a_cell_with_one_small_count_is_merged_whole() -> None:
    assert groups.merged_each([(50, 40), (30, 2), (40, 30)], 20) == ((0,), (1, 2))
    assert groups.merged_each([(50, 40), (30, 0), (40, 30)], 20) == ((0,), (1,), (2,))
