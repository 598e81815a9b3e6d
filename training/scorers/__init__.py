"""Scorers: what a recipe's fit leaves behind, as plain arrays or text. Each family is one class in one file.

A scorer scores rows of features by the row loop, and is written to a folder and read back without pickle.
"""

from training.scorers.btyd import Btyd
from training.scorers.calibrated import Calibrated
from training.scorers.combined import Combined
from training.scorers.curve import Curve
from training.scorers.duration import Duration
from training.scorers.linear import Linear
from training.scorers.quantile import Quantile
from training.scorers.retention import Retention
from training.scorers.scorer import Scorer
from training.scorers.trees import Trees

__all__ = [
    "FAMILIES",
    "Btyd",
    "Calibrated",
    "Combined",
    "Curve",
    "Duration",
    "Linear",
    "Quantile",
    "Retention",
    "Scorer",
    "Trees",
]

FAMILIES: dict[str, type[Scorer]] = {
    family.family: family
    for family in (Btyd, Calibrated, Combined, Curve, Duration, Linear, Quantile, Retention, Trees)
}
