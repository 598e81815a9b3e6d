"""The goals: what is published of each benchmark, and what we mean to reach."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """One figure of one benchmark."""

    benchmark: str
    dataset: str
    target: str
    metric: str
    goal: float
    """What is to be reached; of a ratio, how far it may be from 1."""
    better: Literal["higher", "lower", "near 1"]

    def met(self, value: float) -> bool:
        """Return whether a figure reaches the goal."""
        match self.better:
            case "higher":
                return value >= self.goal
            case "lower":
                return value <= self.goal
            case "near 1":
                return abs(value - 1) <= self.goal


ONLINE, JOURNEY = "online_retail_ii", "complete_journey"

GOALS = (
    Goal("V1", "cdnow", "purchases_273d", "correlation", 0.630, "higher"),
    Goal("V1", "cdnow", "purchases_273d", "rmse", 1.603, "lower"),
    Goal("V1", "cdnow", "purchases_273d", "mae", 0.7545, "lower"),
    Goal("V2", ONLINE, "churn_90d", "roc_auc", 0.785, "higher"),
    Goal("V2", ONLINE, "spend_90d", "spearman", 0.53, "higher"),
    Goal("V2", ONLINE, "spend_90d", "gini", 0.80, "higher"),
    Goal("V2", ONLINE, "spend_90d", "total_ratio", 0.10, "near 1"),
    Goal("V3", JOURNEY, "spend_84d", "spearman", 0.828, "higher"),
    Goal("V3", JOURNEY, "spend_84d", "gini", 0.867, "higher"),
    Goal("V3", JOURNEY, "spend_84d", "mae", 165.0, "lower"),
    Goal("V3", JOURNEY, "spend_84d", "total_ratio", 0.05, "near 1"),
    Goal("V4", JOURNEY, "response", "roc_auc", 0.84, "higher"),
    Goal("V4", JOURNEY, "response", "average_precision", 0.60, "higher"),
    Goal("V5", JOURNEY, "churn_28d", "roc_auc", 0.863, "higher"),
    Goal("V5", JOURNEY, "churn_28d", "average_precision", 0.455, "higher"),
    Goal("V5", JOURNEY, "churn_28d", "ece", 0.018, "lower"),
    Goal("V6", JOURNEY, "decline_56d", "roc_auc", 0.72, "higher"),
    Goal("V6", JOURNEY, "decline_56d", "average_precision", 0.345, "higher"),
    Goal("next", JOURNEY, "next_purchase_56d", "c_index", 0.72, "higher"),
    Goal("next", JOURNEY, "next_purchase_56d", "mae_returners", 5.8, "lower"),
)
