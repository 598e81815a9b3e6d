"""Compiled functions whose types are known to mypy: Numba's own decorator has none."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, into Numba's cache; it runs without Python's lock."""
    return cast("Function", njit(cache=True, nogil=True)(function))
