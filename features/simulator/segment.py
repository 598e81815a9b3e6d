"""Latent segments: what customers of one kind have in common. No source says who belongs to which."""

from dataclasses import dataclass

CATEGORIES = (
    "bakery",
    "beauty",
    "books",
    "clothing",
    "electronics",
    "garden",
    "grocery",
    "home",
    "pets",
    "sports",
    "toys",
    "wine",
)

CHANNELS = ("web", "app", "store", "mail")
"""How a customer buys; `mail` is a click in a mailing."""


@dataclass(frozen=True)
class Segment:
    """The distributions that a segment's customers are drawn from."""

    name: str
    share: float
    """Of all customers."""
    purchases_per_day: float
    """Mean of the customers' purchase rates, which are gamma distributed, at the season's mean."""
    shape: float
    """Shape of that gamma distribution: the larger, the more alike are the customers."""
    lifetime_days: float
    """Mean of the exponential time from a customer's first day to the last."""
    conversion: float
    """Mean share of the visits that end in a purchase."""
    basket: float
    """Median of the log-normal value of a basket, in units of currency."""
    discount: float
    """Mean share of the lines that are bought at a discount."""
    mail: float
    """Mean share of the other visits that begin in a mailing."""
    channels: tuple[float, float, float, float]
    """Mean shares of CHANNELS in the purchases."""
    favourites: tuple[str, ...]
    """The categories which are liked best."""
    age: float
    """Mean age in years."""


SEGMENTS = (
    Segment("loyal", 0.22, 0.16, 2.0, 1000, 0.45, 48, 0.15, 0.2, (0.3, 0.1, 0.5, 0.1), ("grocery", "home", "wine"), 52),
    Segment(
        "bargain", 0.2, 0.085, 1.3, 450, 0.25, 22, 0.6, 0.4, (0.4, 0.1, 0.2, 0.3), ("clothing", "toys", "home"), 41
    ),
    Segment("mobile", 0.2, 0.1, 1.3, 350, 0.25, 30, 0.25, 0.1, (0.2, 0.7, 0.05, 0.05), ("electronics", "sports"), 28),
    Segment("occasional", 0.23, 0.035, 1.5, 700, 0.3, 75, 0.1, 0.2, (0.4, 0.1, 0.4, 0.1), ("books", "garden"), 58),
    Segment("passing", 0.15, 0.07, 1.3, 80, 0.25, 35, 0.35, 0.15, (0.6, 0.2, 0.1, 0.1), ("beauty", "pets"), 35),
)
"""The segments of a simulation; their shares sum to 1."""

EVERYONE = Segment("everyone", 1.0, 0.09, 1.2, 500, 0.3, 38, 0.25, 0.2, (0.4, 0.25, 0.25, 0.1), (), 44)
"""The one population of a simulation without segments."""
