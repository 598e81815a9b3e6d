"""Figures: what each metric is called, what it means, and how it is written."""

from dataclasses import dataclass

from training.charts import number


@dataclass(frozen=True)
class Figure:
    """A metric as the report shows it."""

    name: str
    """What MLflow calls it, without the part of the split."""
    title: str
    meaning: str
    in_unit: bool = False
    """Whether it is in the target's unit; else it has none."""
    lower_is_better: bool = False

    def text(self, value: float) -> str:
        """Return a value of it for people."""
        return number.amount(value) if self.in_unit else number.decimal(value)


FIGURES = {
    figure.name: figure
    for figure in (
        Figure(
            "roc_auc", "ROC AUC", "how often a customer with the outcome is ranked above one without; chance is 0.5"
        ),
        Figure("average_precision", "average precision", "mean precision over the ranking; chance is the base rate"),
        Figure("lift_at_10pct", "lift, first 10 %", "the outcome among the tenth ranked first, over that among all"),
        Figure(
            "ece", "ECE", "mean distance of probability and outcome, over ten bins of equal count", lower_is_better=True
        ),
        Figure("brier", "Brier score", "mean squared distance of probability and outcome", lower_is_better=True),
        Figure("log_loss", "log-loss", "mean surprise at the outcome, in nats", lower_is_better=True),
        Figure("spearman", "Spearman", "correlation of the ranks of prediction and outcome; chance is 0"),
        Figure("gini", "Gini", "how much of the value the ranking puts first; 1 is a perfect ranking"),
        Figure("mae", "MAE", "mean absolute error", in_unit=True, lower_is_better=True),
        Figure("rmse", "RMSE", "root of the mean squared error", in_unit=True, lower_is_better=True),
        Figure("total_ratio", "total ratio", "sum of the predictions over the sum of the outcomes; 1 is right"),
        Figure(
            "deviance", "Tweedie deviance", "of power 1.5; what a recipe for values is chosen by", lower_is_better=True
        ),
        Figure("c_index", "C-index", "how often the later of two times is predicted to be later; chance is 0.5"),
        Figure(
            "mae_returners",
            "MAE of returners",
            "mean absolute error for those who purchased within the horizon",
            in_unit=True,
            lower_is_better=True,
        ),
        Figure("share_early", "share early", "of those predicted within the horizon, who came earlier; 0.5 is right"),
        Figure(
            "pinball",
            "pinball loss",
            "half the mean absolute error, the horizon for whoever came later; what a recipe for times is chosen by",
            in_unit=True,
            lower_is_better=True,
        ),
    )
}

SHOWN = {
    "binary": ("roc_auc", "average_precision", "lift_at_10pct", "ece", "brier", "log_loss"),
    "value": ("total_ratio", "spearman", "gini", "mae", "rmse", "deviance"),
    "time": ("c_index", "mae_returners", "share_early", "pinball"),
}
"""The metrics of each task in the order of the table of recipes."""

LEVEL = {"binary": "ece", "value": "total_ratio", "time": "share_early"}
"""The metric of each task that says whether the predictions are of the right size."""

CHANCE = {"binary": 0.5, "value": 0.0, "time": 0.5}
"""What the headline metric of each task is where the ranking is random."""
