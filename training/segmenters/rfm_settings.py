"""What a dataset file says of RFM: where scores begin, and which segment each cell is."""

from collections.abc import Mapping
from math import inf

import msgspec

from features.log.event import CENTS
from training.segmenters.rfm_map import GRID, LEVELS, SEGMENTS, Grid, named, of_ranges, of_rows
from training.segmenters.segment import Segment

Cuts = tuple[float, ...]
RECENCY, DAYS, SPEND = "purchase_recency", "purchase_days_364d", "spend_364d"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a segment is called, who is in it, and what is done for them; what is empty stays ours."""

    title: str = ""
    meaning: str = ""
    action: str = ""


class RfmSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[segments.rfm]`. Of a score without thresholds, quintiles of the customers are the cuts.

    Example:
        >>> RfmSettings(recency=(7, 28, 90, 180)).fixed
        {'purchase_recency': (7.0, 28.0, 90.0, 180.0)}
    """

    recency: Cuts = ()
    """Days since the last purchase, the best first: who has fewer than the first has the score of 5."""
    days: Cuts = ()
    """Days with a purchase in 364 days: who has more than the largest has the score of 5."""
    spend: Cuts = ()
    """Net spend in 364 days, in the currency."""
    map: tuple[tuple[str, ...], ...] = ()
    """Five rows of five names, R5 first."""
    rules: dict[str, tuple[str, ...]] = {}
    """In place of a map: by name, ranges of scores such as `R4-5 FM4-5`."""
    names: dict[str, Text] = {}
    """The texts of names, ours or not."""

    def __post_init__(self) -> None:
        """Refuse thresholds that are out of order, and a map that is no partition."""
        for name in ("recency", "days", "spend"):
            cuts = getattr(self, name)
            ordered = sorted(set(cuts))
            if not cuts:
                continue
            wrong = len(cuts) != LEVELS - 1 or list(cuts) not in (ordered, ordered[::-1])
            if wrong or not 0 <= ordered[0] <= ordered[-1] < inf:
                raise ValueError(f"{name}: got {list(cuts)}; {LEVELS - 1} different thresholds in order are needed.")
        if self.map and self.rules:
            raise ValueError("map: got rules, too; only one of both can say which segment a cell is.")
        _ = self.segments

    @property
    def fixed(self) -> dict[str, Cuts]:
        """The thresholds by feature, increasing, as features are counted: money in cents."""
        found = {RECENCY: self.recency, DAYS: self.days, SPEND: tuple(round(CENTS * cut, 6) for cut in self.spend)}
        return {name: tuple(map(float, sorted(cuts))) for name, cuts in found.items() if cuts}

    @property
    def grid(self) -> Grid:
        """The name of each cell, R1 first."""
        if self.map:
            return of_rows(self.map)
        return of_ranges(self.rules) if self.rules else GRID

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What customers are put in."""
        if not (self.map or self.rules or self.names):
            return SEGMENTS
        texts: Mapping[str, dict[str, str]] = {name: msgspec.to_builtins(text) for name, text in self.names.items()}
        return named(self.grid, texts)
