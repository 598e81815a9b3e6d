"""Lineage: which bundles were trained before an erasure, and by when they are to be trained again.

A bundle holds no identifier, and a manifest tells only a digest of the data: whether somebody was learned from cannot
be told. So a bundle counts as one of before unless it is noted as trained when the list of erased people was so long.
The notes lie beside the bundles, whose own files are hashed and stay.
"""

from features import settings
from features.consent import suppression
from features.consent.suppression import Suppression

_FILE = "bundles"
_FIELDS = 2


def trained(dataset: str, bundle: str, known: int) -> None:
    """Note that a bundle was trained on data without those on the first lines of the list.

    Args:
        dataset: its name.
        bundle: the bundle's id.
        known: how many lines the list had when the data were read.
    """
    if known:
        suppression.append(settings.erased(dataset) / _FILE, f"{bundle} {known}\n")


def retrain_by(dataset: str, bundle: str, suppressed: Suppression) -> int | None:
    """Return by when a bundle is to be trained again, in microseconds UTC; None where nobody was erased since.

    Args:
        dataset: its name.
        bundle: the bundle's id.
        suppressed: who was erased.
    """
    later = suppressed.deadlines[_known(dataset).get(bundle, 0) :]
    return min(by for _, by in later) if later else None


def _known(dataset: str) -> dict[str, int]:
    file = settings.erased(dataset) / _FILE
    split = (line.split() for line in file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()
    known: dict[str, int] = {}
    for bundle, count in (line for line in split if len(line) == _FIELDS):
        known[bundle] = max(known.get(bundle, 0), int(count))
    return known
