"""The purchase models, fitted to simulated customers, with what they were simulated from."""

from functools import cache

import numpy as np

from tests.training.btyd import simulated
from training.btyd.bg_nbd import BgNbd
from training.btyd.mbg_cnbd import MbgCnbd
from training.btyd.mbg_nbd import MbgNbd
from training.btyd.pareto_nbd import ParetoNbd
from training.btyd.purchase_model import PurchaseModel

MODELS: tuple[type[PurchaseModel], ...] = (BgNbd, MbgNbd, ParetoNbd, MbgCnbd)
CUSTOMERS = 60_000


@cache
def _customers(name: str) -> simulated.Floats:
    if name == ParetoNbd.__name__:
        return simulated.pareto(CUSTOMERS)
    if name == MbgCnbd.__name__:
        return simulated.regular(CUSTOMERS)
    return simulated.beta_geometric(CUSTOMERS, name == MbgNbd.__name__)


@cache
def _fitted(name: str) -> PurchaseModel:
    (kind,) = (kind for kind in MODELS if kind.__name__ == name)
    return kind().fit(_customers(name))


def customers(kind: type[PurchaseModel]) -> simulated.Floats:
    """Return what the model asks of its customers, in days: frequency, recency, age and, if it asks, the mean gap."""
    return _customers(kind.__name__)


def fitted(kind: type[PurchaseModel]) -> PurchaseModel:
    """Return the model, fitted to its customers."""
    return _fitted(kind.__name__)


def truth(kind: type[PurchaseModel]) -> simulated.Floats:
    """Return the parameters that the customers were simulated from."""
    if kind is MbgCnbd:
        return np.array([simulated.R, simulated.ALPHA / simulated.K, simulated.A, simulated.B, simulated.K])
    leaving = (simulated.S, simulated.BETA) if kind is ParetoNbd else (simulated.A, simulated.B)
    return np.array([simulated.R, simulated.ALPHA, *leaving])


def own(kind: type[PurchaseModel], rows: simulated.Floats) -> simulated.Floats:
    """Return rows of frequency, recency and age with what else the model asks for: gaps nine tenths of even ones."""
    if kind is not MbgCnbd:
        return rows
    return np.column_stack([rows, 0.9 * rows[:, 1] / np.maximum(rows[:, 0], 1)])
