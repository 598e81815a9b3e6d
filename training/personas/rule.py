"""Rules: conditions that put customers into a segment, in the syntax of rule segments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite, isnan, nan
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from features.catalogue import unit
from features.catalogue.feature import Declared
from features.consent.groups import enough
from training.segmenters import Facts, Segmenter
from training.segmenters.segment import NO_PURCHASE

DEPTH = 4
FAITHFUL = 0.85
"""The share of customers whom the fit of a tree did not see, and whom it puts where the segmenter does: no rules of a
tree with less are told."""
SILENCE = "purchase_recency"
_LEAF = 20
"""Customers of a leaf at the least."""
_DECIMALS = 12
_DIGITS = 3
"""Significant digits of the thresholds of a tree."""

Bounds = Mapping[str, tuple[float, float]]
"""By feature, what is inside: more than the first and at most the second, as features are counted."""


@runtime_checkable
class Ruled(Protocol):
    """A segmenter that can say its own rules."""

    def rule(self, segment: str) -> Sequence[tuple[str, float, float]]:
        """Return the conditions that all hold of who is in a segment: more than `low`, at most `high`; NaN: none."""


def inputs(segmenter: Segmenter) -> tuple[str, ...]:
    """Return the features that a segmenter looks at, as far as it says them."""
    own = getattr(segmenter, "features", None) or getattr(getattr(segmenter, "inputs", None), "features", None)
    if own is None and isinstance(segmenter, Ruled):
        own = dict.fromkeys(name for one in segmenter.segments for name, _, _ in segmenter.rule(one.name))
    return tuple(own or ())


@dataclass(frozen=True)
class Rule:
    """The conditions of one segment."""

    where: str
    """In the syntax of rule segments: features by name, money in the currency, shares from 0 to 1."""
    exact: bool
    """Whether they are the segment itself, or a tree that follows it."""
    fidelity: float
    """The share of customers whom the fit did not see, and whom all the tree's rules put where the segmenter does."""
    precision: float
    """The share of those whom this rule takes who are in the segment; NaN where that would tell of few."""
    reach: float
    """The share of those in the segment whom it takes."""


def rules(segmenter: Segmenter, facts: Facts, features: Mapping[str, Declared], smallest: int = 0) -> dict[str, Rule]:
    """Return the rule of each segment: its own, or where there is none that of a tree which is faithful enough.

    Args:
        segmenter: any.
        facts: customers; half of them make a tree, the others judge it.
        features: the declarations, by name.
        smallest: customers of a leaf at the least.
    """
    if isinstance(segmenter, Ruled):
        return {
            one.name: Rule(exact(segmenter.rule(one.name), features), True, 1.0, 1.0, 1.0) for one in segmenter.segments
        }
    own = tuple(name for name in inputs(segmenter) if name in features and facts.has(name))
    return _of_tree(segmenter, facts, own, features, smallest) if own and len(facts) > 1 else {}


def exact(conditions: Sequence[tuple[str, float, float]], features: Mapping[str, Declared]) -> str:
    """Return conditions that all hold as one text, whose numbers are as short as decides every float32 as they do."""
    told = []
    for name, low, high in conditions:
        if isnan(low):
            told.append(f"missing({name})")
        elif low == -inf and high == inf:
            told.append(f"{name} >= 0")
        told += [
            f"{name} {sign} {_short(cut, features[name])}" for sign, cut in ((">", low), ("<=", high)) if isfinite(cut)
        ]
    return " and ".join(told)


def _short(cut: float, feature: Declared) -> str:
    """Return the shortest number, in the unit that people know, which parts the float32 numbers where a cut does.

    It does so in float64, and as the nearest float32 in the unit of the feature, which is how rule segments compare.
    """
    nearest = np.float32(cut)
    below = nearest if float(nearest) <= cut else np.nextafter(nearest, np.float32(-inf))
    scale = unit.of(feature).scale
    low = float(below) * scale
    for decimals in range(_DECIMALS):
        text = f"{ceil(low * 10**decimals) / 10**decimals:.{decimals}f}"
        if low <= float(text) and np.float32(float(text) / scale) == below:
            return text
    texts = (f"{low:.{digits}e}" for digits in range(9, 18))
    return next(text for text in texts if low <= float(text) and np.float32(float(text) / scale) == below)


def _of_tree(
    segmenter: Segmenter, facts: Facts, inputs: tuple[str, ...], features: Mapping[str, Declared], smallest: int
) -> dict[str, Rule]:
    """Return the rules that a tree gives of those who have purchased; of the others it is known who they are."""
    from sklearn.tree import DecisionTreeClassifier

    facts = facts.take(np.isfinite(facts.column(SILENCE))) if facts.has(SILENCE) else facts
    x, y = facts.columns(inputs), segmenter.assign(facts)
    order = np.random.default_rng(0).permutation(len(x))
    seen, unseen = order[: len(x) // 2], order[len(x) // 2 :]
    if not seen.size or np.unique(y[seen]).size == 1:
        return {}
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=max(_LEAF, smallest), random_state=0)
    tree.fit(np.nan_to_num(x[seen], nan=-1.0), y[seen])
    scales = [unit.of(features[name]).scale for name in inputs]
    boxes: dict[int, list[Bounds]] = {}
    for place, bounds in _leaves(tree, inputs, scales):
        boxes.setdefault(place, []).append(bounds)
    if len(boxes) == 1:
        return {}
    known = dict(zip(inputs, (x[unseen] * scales).T, strict=True))
    taken = {place: np.any([_inside(known, one) for one in own], 0) for place, own in sorted(boxes.items())}
    fidelity = sum(int((rows & (y[unseen] == place)).sum()) for place, rows in taken.items()) / unseen.size
    if fidelity < FAITHFUL:
        return {}
    names = [segment.name for segment in segmenter.segments]
    found = {
        names[place]: _rule(boxes[place], fidelity, rows, y[unseen] == place, smallest) for place, rows in taken.items()
    }
    if NO_PURCHASE in segmenter.segments and facts.has(SILENCE):
        found[NO_PURCHASE.name] = Rule(f"missing({SILENCE})", True, 1.0, 1.0, 1.0)
    return found


def _rule(
    boxes: Sequence[Bounds], fidelity: float, rows: NDArray[np.bool_], members: NDArray[np.bool_], smallest: int
) -> Rule:
    """Return the rule of a segment, judged on rows that it takes and on members that it should."""
    where = " or ".join(f"({_text(one)})" for one in boxes) if boxes[1:] else _text(boxes[0])
    both, taken, every = (int(one.sum()) for one in (rows & members, rows, members))
    if not all(enough(count, smallest) for count in (both, taken - both, every - both)):
        return Rule(where, False, fidelity, nan, nan)
    return Rule(where, False, fidelity, both / max(taken, 1), both / max(every, 1))


def _leaves(tree: Any, inputs: tuple[str, ...], scales: Sequence[float]) -> Iterator[tuple[int, Bounds]]:
    """Yield the class and the bounds of each leaf; two below one node that are of one class are one."""
    nodes = tree.tree_

    def classes(node: int) -> set[int]:
        if nodes.children_left[node] < 0:
            return {int(tree.classes_[int(np.argmax(nodes.value[node][0]))])}
        return classes(nodes.children_left[node]) | classes(nodes.children_right[node])

    def below(node: int, bounds: Bounds) -> Iterator[tuple[int, Bounds]]:
        found = classes(node)
        if len(found) == 1:
            yield found.pop(), bounds
            return
        column = int(nodes.feature[node])
        name, cut = inputs[column], _rounded(float(nodes.threshold[node]) * scales[column])
        low, high = bounds.get(name, (-inf, inf))
        yield from below(nodes.children_left[node], {**bounds, name: (low, min(high, cut))})
        yield from below(nodes.children_right[node], {**bounds, name: (max(low, cut), high)})

    yield from below(0, {})


def _inside(known: Mapping[str, NDArray[np.float64]], bounds: Bounds) -> NDArray[np.bool_]:
    """Return who is inside; who lacks a number is not."""
    rows = len(next(iter(known.values())))
    inside = np.ones(rows, np.bool_)
    for name, (low, high) in bounds.items():
        if isfinite(low):
            inside &= known[name] > low
        if isfinite(high):
            inside &= known[name] <= high
    return inside


def _text(bounds: Bounds) -> str:
    told = []
    for name, (low, high) in bounds.items():
        told += [f"{name} {sign} {_plain(cut)}" for sign, cut in ((">", low), ("<=", high)) if isfinite(cut)]
    return " and ".join(told)


def _rounded(cut: float) -> float:
    return float(f"{cut:.{_DIGITS}g}")


def _plain(cut: float) -> str:
    """Return a rounded number without an exponent."""
    text = f"{cut:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return text if text not in {"", "-0"} else "0"
