"""Known: what is known now of customers beside a table of scores: permission and erasures are of now."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.arrow import joined
from features.consent.consent import PROFILING
from features.consent.permissions import Permissions
from features.consent.suppression import CUSTOMER, Suppression
from features.dataset import Dataset, DatasetError
from features.sources import attributes as all_attributes
from features.sources import consents, erased
from features.sources.attributes import Attributes
from training.scored.table import SCORES


@dataclass(frozen=True)
class Known:
    """What is known now of customers, beside a table."""

    attributes: Attributes
    permissions: Permissions | None
    suppressed: Suppression
    notes: tuple[str, ...]

    def told(self, rows: pa.Table, now: int) -> pa.Table:
        """Return the rows of whom something may be told at all: not erased, and not refusing to be profiled."""
        ids = joined(rows[CUSTOMER])
        left = ~self.suppressed.holds(CUSTOMER, rows[CUSTOMER])
        if self.permissions is not None:
            left &= self.permissions.allowed(PROFILING, now, ids)
        return rows if left.all() else rows.filter(pa.array(left))


def known(dataset: Dataset, now: int) -> Known:
    """Read what is known of customers beside their events.

    Raises:
        DatasetError: it cannot be read, or needs events.
    """
    consent = dataset.consent
    needs = {
        "identity": bool(dataset.identity),
        "consent.gpc": bool(consent and consent.gpc),
        "consent.minimum_age": bool(consent and consent.minimum_age),
    }
    if found := [name for name, there in needs.items() if there]:
        raise DatasetError(f"dataset {dataset.name!r}: {SCORES}: events tell {' and '.join(found)}: leave it out.")
    suppressed = erased.read(dataset)
    attributes, _ = all_attributes.read(dataset, suppressed)
    asked, _ = consents.read(dataset, suppressed)
    if asked is None:
        return Known(attributes, None, suppressed, ())
    permissions = asked.permissions(pa.array([], pa.string()), attributes, now)
    notes = (*asked.said(), "who allowed profiling after the table was written is not in it")
    allows = partial(_allows, permissions, now)
    return Known(replace(attributes, allows=allows), permissions, suppressed, notes)


def _allows(permissions: Permissions, now: int, purpose: str, customers: pa.Array) -> NDArray[np.bool_]:
    if purpose not in permissions.consent.purposes:
        return np.zeros(len(customers), np.bool_)
    return permissions.allowed(purpose, now, customers)
