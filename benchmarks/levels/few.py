"""Few: targets that are tried with few recipes, so that many origins can be replayed; all else is as in a training."""

from training.targets import Churn, Spend, Target
from training.targets.candidate import Candidate

CHEAP = frozenset({"rfm_logistic", "rfm_linear", "lightgbm"})
"""A regression of recency, frequency and money, and trees: what says little, and what says much of a customer."""


class FewChurn(Churn, frozen=True, forbid_unknown_fields=True, tag="few_churn", tag_field="kind"):
    """Churn by the cheap recipes."""

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return tuple(one for one in super().candidates() if one.recipe in CHEAP)


class FewSpend(Spend, frozen=True, forbid_unknown_fields=True, tag="few_spend", tag_field="kind"):
    """Spend by the cheap recipes."""

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        return tuple(one for one in super().candidates() if one.recipe in CHEAP)


def pair(horizon: int, active: int, every: bool) -> tuple[Target, ...]:
    """Return churn and spend over a horizon, of those active in so many days before; by every recipe or by few."""
    churn, spend = (Churn, Spend) if every else (FewChurn, FewSpend)
    return churn(f"churn_{horizon}d", horizon, active), spend(f"spend_{horizon}d", horizon, active)
