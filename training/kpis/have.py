"""Have: what a dataset and its bundle bring that KPIs need."""

from features.dataset import Dataset
from features.log.event import GIVES_BACK
from training.kpis import kpi
from training.kpis.measure import ENGAGING


def have(dataset: Dataset, *, predicts: bool, acquired: bool) -> frozenset[str]:
    """Return the kinds of events, the columns and the declarations that there are.

    Args:
        dataset: the declaration.
        predicts: whether spend is predicted.
        acquired: whether some cost is for acquisition.
    """
    sources = dataset.sources

    def with_column(column: str, *kinds: str) -> bool:
        return any(column in dataset.filled(one) and one.kinds & set(kinds) for one in sources)

    told = {
        kpi.PROFIT: dataset.profit is not None,
        kpi.ACQUISITION: acquired,
        kpi.PREDICTED: predicts,
        kpi.HISTORY: dataset.retention is None,
        kpi.RETURNS: with_column("order_id", *GIVES_BACK) and with_column("order_id", "purchase"),
        kpi.SCORES: with_column("score", "survey_answered"),
        kpi.MONEYED: with_column("amount", "purchase"),
        "a sign of life beside buying": bool(dataset.kinds & set(ENGAGING)),
    }
    return dataset.kinds | {name for name, there in told.items() if there}
