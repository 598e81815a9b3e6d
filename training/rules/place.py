"""Places: how far two are from each other, and which countries are in the European Union."""

import math

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

COUNTRY = 2
"""Letters of a country's code."""
EARTH = 6371.0088
"""The mean radius of the earth in km."""

EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
"""The member states since 2020 by ISO 3166, and EL, which the Union's own tables write for Greece."""


@compiled
def kilometres(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], to_latitude: float, to_longitude: float
) -> NDArray[np.float64]:
    """Return the distance of places to one, in km along the surface of a sphere; NaN where a coordinate is missing.

    A latitude beyond 90 degrees or a longitude beyond 180 is no place: its distance is NaN, too. One row after the
    other, so that a batch and a single customer get the same to the bit.

    Args:
        latitude: in degrees, shape (rows,).
        longitude: in degrees, shape (rows,).
        to_latitude: of the one place.
        to_longitude: of the one place.
    """
    out = np.empty(latitude.size)
    there = math.radians(to_latitude)
    for i in range(latitude.size):
        if not (abs(latitude[i]) <= 90.0 and abs(longitude[i]) <= 180.0):  # noqa: PLR2004
            out[i] = np.nan
            continue
        here = math.radians(latitude[i])
        down = math.sin((there - here) / 2)
        across = math.sin(math.radians(to_longitude - longitude[i]) / 2)
        part = down * down + math.cos(here) * math.cos(there) * across * across
        out[i] = 2 * EARTH * math.asin(math.sqrt(min(part, 1.0)))
    return out
