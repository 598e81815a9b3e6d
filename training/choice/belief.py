"""The belief: what is taken of the recipes of a target where no later period can choose between them."""

from collections.abc import Collection

BELIEVED = (
    "blend_btyd",
    "mean_btyd",
    "btyd",
    "shifted_beta_geometric",
    "blend",
    "logistic",
    "rfm_logistic",
    "rfm_linear",
)
"""Recipes that buy-till-you-die, which knows how purchases usually come, has a part in, or that know so of renewals;
else those that learn least."""


def believed(tried: Collection[str]) -> str:
    """Return the recipe that is believed in beforehand, of the names of those that were tried."""
    return next((name for name in BELIEVED if name in tried), next(iter(tried)))
