"""Unprofiled: the rows of a batch whose own customer may not be profiled: they count for nothing on the way either."""

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.profiled import Profiled
from features.log import content
from features.sources.batch import Batch, Ints

_WHOLE = re.compile("-?[1-9][0-9]{0,17}|0")


class Unprofiled:
    """Who may not be profiled, found by the hashes of rows' customers."""

    def __init__(self, told: Profiled) -> None:
        """Begin.

        Args:
            told: who may be profiled, as the tables say that are read before the events.
        """
        self._out = told.strangers
        """Whether those who are listed are out, and not in."""
        listed = sorted(told.refused if told.strangers else told.known)
        self._texts = np.sort(content.of_text(pa.array(listed, pa.string())).view(np.int64))
        self._numbers = _numbers(listed)

    def hidden(self, batch: Batch) -> NDArray[np.bool_]:
        """Return which rows are those of customers who may not be profiled, shape (rows,)."""
        values = batch.customer.values
        numbers = values is not None and pa.types.is_integer(values.type)
        listed = _among(batch.customer.hashes, self._numbers if numbers else self._texts)
        return listed if self._out else ~listed


def _numbers(ids: Iterable[str]) -> Ints:
    return np.sort(np.array([int(one) for one in ids if _WHOLE.fullmatch(one)], np.int64))


def _among(hashes: Ints, listed: Ints) -> NDArray[np.bool_]:
    if not listed.size:
        return np.zeros(hashes.size, np.bool_)
    return np.asarray(listed[np.minimum(np.searchsorted(listed, hashes), listed.size - 1)] == hashes)
