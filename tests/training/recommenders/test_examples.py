"""Examples: who is asked about at a moment, those with the smallest hashes of all who qualify."""

import numpy as np

from tests.training.recommenders import street
from tests.training.recommenders.street import AS_OF, bought
from training.recommenders.examples import buyers

MANY, ALIKE = 200, 10


def test_of_those_who_bought_before_and_after_the_smallest_hashes_are_taken() -> None:
    once = [bought(f"once{n:03d}", "tea", 3, "1") for n in range(MANY)]
    often = [bought(f"often{n}", "tea", days, f"{days}") for n in range(ALIKE) for days in (40, 3, -2)]
    log = street.log_of([*once, *often])
    every = buyers(log, AS_OF, 2, None)
    assert [name[:5] for name in log.customers.take(every).to_pylist()] == ["often"] * ALIKE
    smallest = np.sort(every[np.argsort(log.keys[every, 0])][:4])
    assert buyers(log, AS_OF, 2, 4).tolist() == smallest.tolist()
    assert buyers(log, AS_OF, 2, ALIKE).tolist() == every.tolist()
