"""The belief: who is taken where no period can choose."""

import pytest

from training.choice.belief import believed
from training.targets import Churn, Renewal, Target


@pytest.mark.parametrize(
    ("target", "recipe"),
    [(Churn("churn_28d", 28, 56), "blend_btyd"), (Renewal("renewal_28d", 28), "shifted_beta_geometric")],
)
def test_the_recipe_that_knows_most_beforehand_is_believed(target: Target, recipe: str) -> None:
    names = [candidate.recipe for candidate in target.candidates()]
    assert believed(names) == believed(names[::-1]) == recipe
    assert believed(["recency_rule", "other"]) == "recency_rule"
