"""The job: everything that is read from one trial. It computes; it neither logs nor prints."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.uplift import verdict
from training.uplift.budget import Budget, budget
from training.uplift.chosen import Chosen, Costs, chosen
from training.uplift.judged import Judged, Scored, judged
from training.uplift.trial import Trial


@dataclass(frozen=True)
class Report:
    """What a trial says."""

    name: str
    arms: dict[str, int]
    """Customers by arm."""
    outcome: str
    judged: tuple[Judged, ...]
    """Each arm but the first."""
    chosen: Chosen
    budget: Budget | None
    """None where no action costs anything."""

    def verdict(self) -> Iterator[str]:
        """Yield it in sentences; the last says what is recommended."""
        for one in self.judged:
            yield from verdict.of_action(one)
        if self.budget is not None:
            yield verdict.of_budget(self.budget)
        yield verdict.of_ways(self.chosen)

    def lines(self) -> Iterator[str]:
        """Yield what is printed: its figures, then the verdict and the policy."""
        yield ", ".join(f"{arm} {size:,}" for arm, size in self.arms.items()) + f" customers; {self.outcome}"
        for one in self.judged:
            for method, area in one.area.items():
                qini = f", Qini coefficient {one.qini[method]:.4f}" if method in one.qini else ""
                best = one.curves[method].best
                yield f"  {one.action} by {method}: Qini area {verdict.told(area)}{qini}; best share {best:.0%}"
        for way, value in self.chosen.value.items():
            yield f"  {way}: {verdict.told(value)} per customer"
        yield from self.verdict()
        yield f"policy {self.chosen.policy.name} version {self.chosen.policy.version}"


def report(trial: Trial, costs: Costs, name: str, outcome: str, seed: int = 0) -> Report:
    """Read a trial.

    Args:
        trial: the customers.
        costs: what outcomes are worth and actions cost.
        name: of the policy that is made.
        outcome: what came after, in words.
        seed: what draws the parts.

    Raises:
        NoTrial: effects cannot be read from it.
    """
    scored = Scored.of(trial, seed)
    own = (costs.cost - costs.cost[0]) / costs.worth
    every = tuple(judged(scored, action, float(own[action])) for action in range(1, len(trial.arms)))
    sizes = {arm: int((trial.arm == place).sum()) for place, arm in enumerate(trial.arms)}
    return Report(name, sizes, outcome, every, chosen(scored, costs, name), budget(scored, costs))
