"""`python -m activation.experiments.claim`: what sample a published claim would need, as a worked example.

Segmented mail is said to be opened 14.3 % more often, and followed 101 % more often, than mail that is the same to
all.
"""

import math
from typing import Annotated

import typer

from activation.experiments.interval import ALPHA, EARLY
from activation.experiments.power import POWER, customers, of_shares
from features import command

CLAIMS = (("opens", 0.143), ("clicks", 1.01))
"""What is claimed, as a share of the base."""
Share = Annotated[float, typer.Option(min=0.0001, max=0.49)]


def main(opens: Share = 0.2, clicks: Share = 0.02) -> None:
    """Tell how many customers show the claim, and a tenth of it, if so many open and click without segments."""
    for (name, gain), base in zip(CLAIMS, (opens, clicks), strict=True):
        for part in (1.0, 0.1):
            typer.echo(line(name, base, gain * part))


def line(name: str, base: float, gain: float) -> str:
    """Return how many customers an effect needs.

    Args:
        name: what is counted.
        base: the share of customers without segments.
        gain: by how much more with them, as a share of the base.
    """
    high = base * (1 + gain)
    told = [
        math.ceil(customers(high - base, of_shares(base, high), alpha=alpha, power=POWER))
        for alpha in (ALPHA, ALPHA * (1 - EARLY))
    ]
    return (
        f"{name}: {base:.1%} against {high:.2%} ({gain:+.1%}): {told[0]:,} customers in two equal arms,"
        f" {told[1]:,} where it is looked at early (power {POWER:.0%}, alpha {ALPHA:g})"
    )


if __name__ == "__main__":
    command.run(main)
