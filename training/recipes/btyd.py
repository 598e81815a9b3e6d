"""Buy till you die: what a customer's days with a purchase alone say of the next ones."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from features.catalogue.feature import Aggregate
from training.btyd import formulas
from training.btyd.gamma_gamma import GammaGamma
from training.btyd.mbg_cnbd import MbgCnbd
from training.btyd.pareto_nbd import ParetoNbd
from training.btyd.purchase_model import Floats, PurchaseModel
from training.panel.examples import Examples
from training.recipes.level import to_the_median, to_the_sum
from training.scorers import Btyd, Calibrated, Scorer

HISTORY = (
    Aggregate("purchase_days", "days with a purchase since the first", "days", "days", "purchase"),
    Aggregate("purchase_recency", "days since the last purchase", "days", "silence", "purchase"),
    Aggregate("purchase_tenure", "days since the first purchase", "days", "tenure", "purchase"),
)
"""The catalogue's features that the models look at."""
RHYTHM = Aggregate(
    "gap_geometric", "geometric mean of days between purchase days since the first", "days", "gap_geometric", "purchase"
)
SPEND = Aggregate("spend", "net spend since the first", "cents", "sum", "net", None, "amount")

_SMALLEST = 1e-6
_MINUTE = 1 / 1440
"""Of a day: two purchase days lie no closer."""


@dataclass(frozen=True)
class BuyTillYouDie:
    """Pareto/NBD, with Gamma-Gamma for a value, moved to the level of the outcomes; of regular buyers MBG/CNBD-k.

    BG/NBD is not used: for it every one-time buyer is alive for certain.
    """

    answer: int
    """NONE, ANY, PURCHASES, VALUE or MEDIAN of the row loop."""
    horizon_days: int
    scale: float = 1.0
    """What a value is divided by."""
    name: str = "btyd"
    baseline: bool = False
    regular: bool = False
    """Whether purchases may come like a clock: MBG/CNBD-k, whose k is 1 where the likelihood says that they do not."""

    @property
    def needs(self) -> tuple[Aggregate, ...]:
        """The features that it looks at; the last, the rhythm, in the fit alone."""
        return *HISTORY, *((SPEND,) if self.answer == formulas.VALUE else ()), *((RHYTHM,) if self.regular else ())

    def fit(self, examples: Examples) -> Scorer:
        """Fit the histories of everyone known, else of the newest examples; and the level to the examples' outcomes."""
        names = tuple(feature.name for feature in self.needs)
        columns = np.array([examples.names.index(name) for name in names], np.int32)
        known = examples.matrix(names, examples.everyone)
        scorer = self.of_histories(known, columns, float(examples.y.mean()))
        if self.answer in {formulas.PURCHASES, formulas.VALUE}:
            return to_the_sum(scorer, examples)
        if self.answer == formulas.MEDIAN:
            return to_the_median(scorer, examples, self.horizon_days)
        p = np.clip(examples.said(scorer.score), _SMALLEST, 1 - _SMALLEST)
        line = LogisticRegression(C=np.inf).fit(np.log(p / (1 - p))[:, None], examples.y, examples.weights)
        return Calibrated(scorer, binary=True, slope=float(line.coef_[0, 0]), shift=float(line.intercept_[0]))

    def of_histories(self, x: NDArray[np.float32], columns: NDArray[np.int32], missing: float) -> Btyd:
        """Fit one row for each customer, without any outcome.

        Args:
            x: the features of `needs`, shape (customers, needs).
            columns: where rows that are to be scored have them.
            missing: the answer for those who never purchased.
        """
        known = x[x[:, 0] > 0].astype(np.float64)
        days, silence, tenure = known[:, :3].T
        frequency = days - 1
        recency = np.where(frequency > 0, np.clip(tenure - silence, 0, tenure), 0)
        with warnings.catch_warnings():  # customers who leave alike are no fault of the fit
            warnings.simplefilter("ignore", ConvergenceWarning)
            if self.regular:
                purchases: PurchaseModel = MbgCnbd().fit(_timed(frequency, recency, tenure, known[:, -1]))
            else:
                purchases = ParetoNbd().fit(np.column_stack([frequency, recency, tenure]))
        value = np.ones(3)
        if self.answer == formulas.VALUE:
            spent = known[:, 3] / days
            value = GammaGamma().fit(np.column_stack([days, spent])[spent > 0]).parameters
        return Btyd(
            columns[: len(self.needs) - self.regular],
            purchases.model,
            purchases.parameters,
            value,
            self.answer,
            float(self.horizon_days),
            self.scale,
            missing,
        )


def _timed(frequency: Floats, recency: Floats, tenure: Floats, gap: Floats) -> Floats:
    """Return rows for a fit that knows the mean gap, shape (customers, 4).

    Gaps are between calendar days and the recency is a time, so that their mean may be too long for it by less than a
    day.
    """
    repeats = frequency > 0
    last = np.where(repeats, np.maximum(recency, frequency * _MINUTE), 0.0)
    mean = np.where(repeats, np.minimum(np.nan_to_num(gap, nan=1.0), last / np.maximum(frequency, 1.0)), 0.0)
    return np.column_stack([frequency, last, np.maximum(tenure, last), mean])
