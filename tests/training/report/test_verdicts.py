"""Verdicts: whatever the gate can say of segments has French."""

import re

import pytest

from training.metrics.bootstrap import Estimate
from training.report.texts import reader
from training.stability.bootstrap import Stability
from training.stability.gate import KEPT, Verdict, lowers, too_little, unstable
from training.stability.grade import Grade
from training.stability.period import Tells

ENGLISH = (
    r"\b(the|of|is|needed|at least|with|by|mean|above|below|as good|pairs|customers|kept|natural|next|clusters|what)\b"
)
ENTRIES = (
    "nested 4 x 2",
    "k-means, 5 clusters",
    "bisecting k-means, 4 clusters",
    "k-means on RFM",
    "3 clusters by gap mean, lines per visit, repeat share",
)
GOOD = Stability(0.9, 0.8, (0.9, 0.8), (0.4, 0.6), 100, 2500)
BAD = Stability(0.5, 0.4, (0.3, 0.8), (0.01, 0.99), 100, 2500)


def _tells(lo: float, hi: float, *, crossed: bool = False) -> Tells:
    return Tells(0.8, 0.82, Estimate(-0.02, lo, hi), crossed)


def _french(verdict: Verdict) -> str:
    french = reader("fr")
    told = "; ".join(map(french.phrase, verdict.parts()))
    assert not re.search(ENGLISH, told), told
    assert re.findall(r"\d+", told.replace("\u202f", "")) == re.findall(r"\d+", verdict.said().replace(",", "")), told
    return told


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("grade", list(Grade))
@pytest.mark.parametrize("bounds", [(-0.03, 0.01), (0.01, 0.03), (-0.03, -0.01)])
def test_what_passes(entry: str, grade: Grade, bounds: tuple[float, float]) -> None:
    notes = (
        KEPT,
        "no natural groups",
        "ARI of 100 datasets without groups up to 0.812 (95th percentile)",
        "eta squared of the next basket 0.210 (0.190 to 0.230), the map's 0.100, by chance up to 0.012",
    )
    for crossed in (False, True):
        _french(Verdict(entry, GOOD, grade, _tells(*bounds, crossed=crossed), notes=notes))


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_refused(entry: str) -> None:
    worse = _tells(-0.03, -0.01)
    _french(Verdict(entry, BAD, Grade.CONSTRUCTIVE, None, unstable(BAD)))
    no_more = "of the next 84 days it tells no more than the RFM map: nothing"
    useless = (*too_little(worse), *lowers(worse), "there is no period after which to show that it is of use")
    told = _french(Verdict(entry, GOOD, Grade.REPRODUCIBLE, worse, (), useless))
    assert told.startswith("inutile")
    assert reader("fr").phrase(no_more) != no_more
