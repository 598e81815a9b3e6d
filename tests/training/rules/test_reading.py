"""Reading: rules that refer to each other end in time, whatever their order, and chains that are too long are named."""

import msgspec
import pytest

from features.dataset import Dataset, DatasetError
from tests.training.rules.conftest import Ruled, read
from training.rules.because import Because
from training.rules.reading import DEEPEST


def _chain(count: int, where: str) -> dict[str, str]:
    """Return rules of which each but the first refers to the one before."""
    return {"r0": "spend() > 6", **{f"r{n}": where.format(f"rule.r{n - 1}") for n in range(1, count)}}


@pytest.mark.parametrize("turned", [False, True])
def test_rules_that_refer_twice_are_judged_and_told_once_a_level(judged: Ruled, turned: bool) -> None:
    rules = _chain(DEEPEST, "{0} and {0}")
    names = list(reversed(rules)) if turned else list(rules)
    found = judged(**{name: rules[name] for name in names})
    assert list(found.truths) == names
    last = f"r{DEEPEST - 1}"
    assert found.inside(last).tolist() == [True, True, False, False]
    because = found.because(last, 0)
    before = f"r{DEEPEST - 2}"
    part = Because(f"rule.{before}", True, parts=[Because(rules[before], True)])
    assert because == Because(rules[last], True, parts=[part, part])
    assert len(msgspec.json.encode([found.because(name, 0) for name in names])) < 20_000
    assert len(repr(found.rules.conditions[last])) < 1_000
    assert isinstance(hash(found.rules.conditions[last]), int)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("count", [DEEPEST + 1, 800])
def test_a_chain_that_is_too_long_is_refused_by_name_in_either_order(shop: Dataset, turned: bool, count: int) -> None:
    rules = _chain(count, "not {0}")
    with pytest.raises(DatasetError, match=rf"rules\.r\d+\.where: a chain of {DEEPEST + 1} rules.* at most {DEEPEST}"):
        read(shop, **dict(reversed(rules.items()) if turned else rules.items()))


def test_a_chain_is_as_long_as_it_is_though_its_middle_was_read_before(shop: Dataset) -> None:
    rules = _chain(DEEPEST + 10, "not {0}")
    middle = {f"r{n}": rules[f"r{n}"] for n in range(DEEPEST // 2)}
    with pytest.raises(DatasetError, match=f"a chain of {DEEPEST + 1} rules"):
        read(shop, **middle, **dict(reversed([one for one in rules.items() if one[0] not in middle])))
