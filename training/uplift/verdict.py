"""The verdict: what a trial says, in sentences that claim no more than it shows."""

from collections.abc import Iterator

from training.metrics.bootstrap import Estimate
from training.uplift.budget import Budget
from training.uplift.chosen import LEARNT, NOBODY, SAME, SEGMENT, Chosen
from training.uplift.judged import Judged
from training.uplift.method import LEARNED, RESPONSE
from training.uplift.method import SEGMENT as BY_SEGMENT


def told(one: Estimate) -> str:
    """Return a figure with its interval."""
    return f"{one.value:.4g} ({one.lo:.4g}, {one.hi:.4g})"


def of_action(judged: Judged) -> Iterator[str]:
    """Yield what is known of one action: its effect, whether customers differ in it, and whom to treat first."""
    yield f"{judged.action}: {told(judged.effect)} per customer over leaving them alone{_side(judged.effect)}."
    if not judged.any_signal:
        yield (
            f"{judged.action}: no signal that what was learned tells whom it helps more"
            f" (rank-weighted effect {told(judged.signal)}); targeting by response is as good."
        )
        return
    yield f"{judged.action}: customers differ in what it brings them (rank-weighted effect {told(judged.signal)})."
    ahead = judged.ahead[LEARNED.name, RESPONSE.name]
    if not judged.of_use:
        yield (
            f"{judged.action}: targeting by response is as good: the learned effect ranks no better"
            f" (Qini area {told(ahead)} above it)."
        )
        return
    yield f"{judged.action}: the learned effect ranks better than response (Qini area {told(ahead)} above it)."
    if judged.recommended != LEARNED.name:
        yield f"{judged.action}: yet {_BY[judged.recommended]} is plainer, and nothing is above it by more than chance."


_BY = {RESPONSE.name: "by response", BY_SEGMENT.name: "by segment", LEARNED.name: "by the learned effect"}


def _side(effect: Estimate) -> str:
    if effect.lo > 0:
        return ""
    return ": it harms" if effect.hi < 0 else ": no effect can be told from none"


def of_budget(budget: Budget) -> str:
    """Return which way is recommended from one budget to another."""
    said, begin = list[str](), 0
    ways = budget.recommended
    for place in range(1, len(ways) + 1):
        if place < len(ways) and ways[place] == ways[begin]:
            continue
        first, last = budget.budget[begin], budget.budget[place - 1]
        span = f"{first:.4g}" if begin == place - 1 else f"{first:.4g} to {last:.4g}"
        way = "leave everybody alone" if ways[begin] == NOBODY else ways[begin]
        said.append(f"{span}: {way}")
        begin = place
    return f"Recommended where so much per customer may be spent, net of costs: {'; '.join(said)}."


def of_ways(chosen: Chosen) -> str:
    """Return which way to act is recommended, and why."""
    way, value = chosen.recommended, told(chosen.value[chosen.recommended])
    if way == NOBODY:
        return f"Recommended: leave everybody alone ({value} per customer); nothing is above it by more than chance."
    if way == SAME:
        said = f"{chosen.policy.other!r} for everybody"
    elif way == SEGMENT:
        rules = ", ".join(f"{rule.segment}: {rule.action}" for rule in chosen.policy.rules)
        said = f"by segment ({rules or 'no exception'}; else {chosen.policy.other})"
    else:
        said = "by each customer's learned effects"
    ahead = "; ".join(
        f"{more} {told(one)} above it"
        for (more, less), one in chosen.over.items()
        if less == way and more in (SAME, SEGMENT, LEARNT)
    )
    return f"Recommended: {said} ({value} per customer), the plainest that nothing is above by more than chance" + (
        f" ({ahead})." if ahead else "."
    )
