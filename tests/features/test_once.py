"""Once: computed once for each object, and no object waits for another."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from features.once import Once


class _Met:
    """Computes when another one does, too."""

    def __init__(self, barrier: Barrier) -> None:
        self.barrier = barrier
        self.times = 0

    @Once
    def value(self) -> int:
        """How many times it was computed."""
        self.barrier.wait(10)
        self.times += 1
        return self.times


def test_two_objects_compute_at_the_same_time_and_each_once() -> None:
    barrier = Barrier(2)
    both = [_Met(barrier), _Met(barrier)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda one: one.value, both)) == [1, 1]
    assert [one.value for one in both] == [1, 1]
