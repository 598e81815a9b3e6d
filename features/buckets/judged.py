"""Judged: who some identifiers are by all links between them, those that are stored and those that came in."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from features.buckets.traces import SALT, rules
from features.identity.links import Identifiers, Pairs, forest
from features.identity.people import People
from features.log import content
from features.log.ties import Ties
from features.sources.batch import Ints
from features.sources.corrections import Correction, Corrections


def judged(
    ties: Ties, numbers: Ints, fresh: Sequence[tuple[int, str]], first: Ints, links: Mapping[tuple[int, int], int]
) -> People:
    """Return the people that a group of identifiers makes, which are asked for by their places in it.

    Args:
        ties: what is stored, with the rules.
        numbers: of the group, ascending: those of `ties`, and behind them new ones.
        fresh: the kind and value of each new one.
        first: when each was known first.
        links: of two numbers, the stronger first, since when their link is known.
    """
    old = numbers[: numbers.size - len(fresh)]
    values = pa.concat_arrays([ties.values.take(pa.array(old)), pa.array([value for _, value in fresh], pa.string())])
    kind = np.concatenate([ties.identifiers.kind[old], np.array([place for place, _ in fresh], np.uint8)])
    hashes = content.of_text(values.slice(old.size)).view(np.int64)
    tie = np.concatenate([ties.identifiers.tie[old], hashes ^ kind[old.size :].astype(np.int64) * SALT])
    ends = np.searchsorted(numbers, np.array(list(links), np.int64).reshape(-1, 2))
    known = np.array(list(links.values()), np.int64)
    pairs = Pairs(np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1]), known)
    corrections = Corrections(tuple(Correction(one.one, one.other, one.same, one.known) for one in ties.corrections))
    identifiers = Identifiers(kind, first, tie)
    linked = forest(identifiers, pairs, rules(ties.identity, corrections, kind, values))
    none = np.zeros(numbers.size, np.int64)
    return People(ties.identity.names, identifiers, values, none, none.astype(np.bool_), pairs, linked)
