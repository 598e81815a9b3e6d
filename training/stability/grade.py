"""The grade of segments: how much they are in the customers, and how much in the cut (Dolnicar & Leisch 2010)."""

from enum import StrEnum


class Grade(StrEnum):
    """What stable segments are. Stability alone is no structure: noise cut into four is stable, too."""

    NATURAL = "natural"
    """Groups that are there: more stable than those of customers who have none, and than fewer or more of them."""
    REPRODUCIBLE = "reproducible"
    """Others of the same kind would be cut alike, though there are no groups apart."""
    CONSTRUCTIVE = "constructive"
    """Cut by rule, since that is useful."""
