"""Links: in the order of time, within limits, never undone by what comes later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.identity.links import (
    EVER,
    FOREVER,
    LINKED,
    NEVER,
    NOBODY,
    SHARED,
    TOO_MANY,
    Forest,
    Identifiers,
    Pairs,
    Rules,
    climbed,
    climbs,
    forest,
)

USER, MAIL, DEVICE = range(3)
FREE = Rules([10**6] * 3, [0] * 3)
USUAL = Rules([1, 5, 5], [0, 0, 2])


def linked(kinds: list[int], links: list[tuple[int, int, int]], rules: Rules = USUAL) -> Forest:
    """Link identifiers that are first known with their first link, as one row makes both known."""
    first = np.full(len(kinds), FOREVER)
    for one, other, known in links:
        first[[one, other]] = np.minimum(first[[one, other]], known)
    identifiers = Identifiers(np.array(kinds, np.uint8), first, np.arange(len(kinds)) * 7919 % 101)
    pairs = np.array(links, np.int64).reshape(-1, 3)
    return forest(identifiers, Pairs(pairs[:, 0], pairs[:, 1], pairs[:, 2]), rules)


def test_the_identifier_that_was_known_first_gives_the_customer_its_id() -> None:
    found = linked([USER, MAIL, DEVICE], [(1, 2, 10), (0, 1, 20)])
    assert found.into.tolist() == [1, NOBODY, 1]
    assert found.until.tolist() == [20, FOREVER, 10]


def test_a_link_beyond_a_limit_is_refused_and_the_older_one_stays() -> None:
    found = linked([USER, USER, MAIL], [(0, 2, 10), (1, 2, 20)])
    assert found.roots().tolist() == [0, 1, 0]
    assert found.verdict.tolist() == [LINKED, TOO_MANY]
    assert found.broken.tolist() == [-1, USER]


def test_an_identifier_of_several_people_links_nobody_from_then_on() -> None:
    family = [(0, 2, 10), (1, 2, 20), (3, 2, 30)]
    found = linked([USER, USER, DEVICE, MAIL], family)
    assert found.shared.tolist() == [FOREVER, FOREVER, 20, FOREVER]
    assert found.verdict.tolist() == [LINKED, SHARED, SHARED]
    assert found.roots().tolist() == [0, 1, 0, 3]


def test_corrections_forbid_and_force_whatever_the_limits() -> None:
    links = [(0, 2, 10), (1, 2, 20)]
    apart = linked([USER, USER, MAIL], links, Rules([1, 5, 5], [0] * 3, never=[(0, 2)]))
    assert apart.verdict.tolist() == [NEVER, LINKED]
    assert apart.roots().tolist() == [0, 2, 2]  # the address was known before the second user
    one = linked([USER, USER, MAIL], links, Rules([1, 5, 5], [0] * 3, always=[(0, 1, EVER)]))
    assert one.roots().tolist() == [0, 0, 0]
    assert one.until.tolist() == [FOREVER, EVER, 10]
    both = Rules([1, 5, 5], [0] * 3, never=[(0, 1)], always=[(0, 1, EVER)])
    assert linked([USER, USER, MAIL], links, both).roots().tolist() == [0, 1, 0]


def test_a_pair_that_is_never_of_one_customer_is_not_joined_by_way_of_others() -> None:
    links = [(0, 1, 10), (0, 2, 20), (0, 3, 30)]
    found = linked([USER, MAIL, DEVICE, MAIL], links, Rules([1, 5, 5], [0] * 3, never=[(1, 2)]))
    assert found.verdict.tolist() == [LINKED, NEVER, LINKED]


def test_a_row_is_in_the_log_of_everybody_who_was_there_after_it_was_known() -> None:
    into, until = np.array([1, 2, NOBODY]), np.array([10, 20, FOREVER])
    begin, known = np.array([0, 0, 0, 2]), np.array([5, 10, 25, 1])
    sizes = np.empty(4, np.int64)
    total = climbs(begin, known, into, until, sizes)
    rows, owners, late = (np.empty(total, np.int64) for _ in range(3))
    climbed(begin, known, into, until, rows, owners, late)
    assert sizes.tolist() == [3, 2, 1, 1]
    assert list(zip(rows.tolist(), owners.tolist(), late.tolist(), strict=True)) == [
        (0, 0, 5),
        (0, 1, 10),
        (0, 2, 20),
        (1, 1, 10),
        (1, 2, 20),
        (2, 2, 25),
        (3, 2, 1),
    ]


graphs = st.integers(2, 12).flatmap(
    lambda size: st.tuples(
        st.lists(st.sampled_from([USER, MAIL, DEVICE]), min_size=size, max_size=size),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.integers(0, 15)), max_size=30),
    )
)


def distinct(links: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Each pair once, with its earliest moment."""
    earliest: dict[tuple[int, int], int] = {}
    for one, other, known in links:
        if one != other:
            pair = min(one, other), max(one, other)
            earliest[pair] = min(known, earliest.get(pair, known))
    return [(*pair, known) for pair, known in earliest.items()]


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_without_limits_customers_are_connected_components(graph: tuple[list[int], list[tuple[int, int, int]]]) -> None:
    kinds, links = graph[0], distinct(graph[1])
    found = linked(kinds, links, FREE).roots()
    one, other = ([link[end] for link in links] for end in (0, 1))
    matrix = coo_matrix((np.ones(len(links)), (one, other)), shape=(len(kinds), len(kinds)))
    _, parts = connected_components(matrix, directed=False)
    assert (found[:, None] == found[None, :]).tolist() == (parts[:, None] == parts[None, :]).tolist()


@settings(max_examples=300, deadline=None)
@given(graphs, st.integers(0, 15), st.randoms())
def test_no_limit_is_broken_nothing_is_undone_later_and_the_order_says_nothing(
    graph: tuple[list[int], list[tuple[int, int, int]]], moment: int, random: object
) -> None:
    kinds, links = graph[0], distinct(graph[1])
    whole = linked(kinds, links)
    roots = whole.roots()
    for kind, limit in enumerate(USUAL.limits):
        counts = np.bincount(roots, np.array(kinds) == kind, minlength=len(kinds))
        assert (counts <= limit).all()
    before = linked(kinds, [link for link in links if link[2] < moment])
    known = whole.until < moment
    assert before.into.tolist() == np.where(known, whole.into, NOBODY).tolist()
    assert before.until.tolist() == np.where(known, whole.until, FOREVER).tolist()
    shuffled = links[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert linked(kinds, shuffled).into.tolist() == whole.into.tolist()


@pytest.mark.parametrize("length", [10, 60])
def test_a_chain_of_devices_ends_at_the_limit(length: int) -> None:
    links = [(0, device, device) for device in range(1, length)]
    found = linked([USER] + [DEVICE] * (length - 1), links, Rules([1, 5, 5], [0] * 3))
    assert np.bincount(found.roots()).max() == 6
