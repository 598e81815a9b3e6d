"""A target over a horizon: what all targets have in common whose rows are everyone at a cut-off."""

from typing import ClassVar, Self

import msgspec

from features.catalogue.feature import Aggregate, Feature
from features.log.log import Log
from training.panel.everyone import Everyone, Floats
from training.panel.reach import Reach
from training.targets.candidate import Candidate
from training.targets.cohort import Cohort, Days


class Horizon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number about what a customer does in the `horizon_days` from the as-of."""

    name: str
    horizon_days: Days

    task: ClassVar[str]
    """What kind of number it is: `binary`, `value` or `time`."""
    unit: ClassVar[str]
    context: ClassVar[str] = Everyone.context
    """The kind of context that a row has."""

    def spelled_out(self, log: Log, known_until: int) -> tuple[Self, ...]:  # noqa: ARG002
        """Return the targets that a declaration stands for, as the log before a moment tells: most for themselves."""
        return (self,)

    @property
    def meaning(self) -> str:
        """What is predicted, in words."""
        raise NotImplementedError

    def cohort(self) -> Cohort:
        """Return whom the target speaks of."""
        raise NotImplementedError

    def outcome(self) -> tuple[Aggregate, ...]:
        """Return what is measured over the horizon."""
        raise NotImplementedError

    def history(self) -> tuple[Aggregate, ...]:
        """Return what the outcome is compared with: for most targets nothing."""
        return ()

    def label(self, outcome: Floats, history: Floats) -> Floats:
        """Return the label of each row, shape (rows,).

        Args:
            outcome: the aggregates of `outcome`, shape (rows, aggregates).
            history: those of `history`, shape (rows, aggregates).
        """
        raise NotImplementedError

    def needs(self) -> tuple[Feature, ...]:
        """Return the features that the cohort and the recipes need, in the catalogue or not."""
        return self.cohort().features

    def seen(self) -> tuple[Feature, ...]:
        """Return the features that models see beside those of the catalogue."""
        return self.needs()

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the recipes that it is tried with, baselines first."""
        raise NotImplementedError

    def rows(self) -> Everyone:
        """Return what its rows are, how they are split, and what their labels are."""
        reach = Reach(self.horizon_days, self.cohort().look_back)
        return Everyone(reach, self.outcome(), self.label, self.history())
