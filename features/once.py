"""Once: what is computed of an object when it is first asked for, while others compute theirs."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")


class Once(cached_property[T]):
    """`cached_property` without the lock that it holds for all objects of a class until Python 3.12.

    It is for objects that a request makes: those of one would wait for those of others. Two threads that ask one object
    at the same time may both compute, and one's result stays.
    """

    def __init__(self, function: Callable[[Any], T]) -> None:
        """Compute by a function of the object."""
        super().__init__(function)
        self.lock = nullcontext()
