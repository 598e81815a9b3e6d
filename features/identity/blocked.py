"""Blocked: values that programs write where they know nobody, and those that a dataset names."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.arrow import to_numpy

BLOCKED = (
    "",
    "-1",
    "anonymous",
    "false",
    "guest",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "test",
    "true",
    "undefined",
    "unknown",
)
"""In small letters."""
_NOTHING = r"^[0\-. ]*$"
"""Zeros and what parts them, as an empty UUID has."""


def blocked(values: pa.Array, block: Sequence[str]) -> NDArray[np.bool_]:
    """Return which values identify nobody, whatever their capitals.

    Args:
        values: as text, without blanks around them.
        block: what the dataset names; what begins with `^` is a regular expression that is looked for.
    """
    small = pc.utf8_lower(values)
    plain = [word.lower() for word in block if not word.startswith("^")]
    out = pc.or_(pc.is_in(small, pa.array([*BLOCKED, *plain], pa.string())), pc.match_substring_regex(values, _NOTHING))
    found = to_numpy(out.cast(pa.uint8())).astype(np.bool_)
    patterns = [re.compile(word, re.IGNORECASE) for word in block if word.startswith("^")]
    if patterns:
        texts = values.to_pylist()
        found |= np.array([any(pattern.search(text) for pattern in patterns) for text in texts], np.bool_)
    return found
