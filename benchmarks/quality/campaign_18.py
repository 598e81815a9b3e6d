"""`python -m benchmarks.quality.campaign_18`: who of the households contacted by campaign 18 redeems a coupon of it.

The Complete Journey; 1,133 households, 214 redeem. Features of before 2017-10-30, training on the campaigns that ended
before, recipe chosen on the newest of those: the settings of `make train`, with campaign 18 alone as the test.
"""

from dataclasses import replace
from zoneinfo import ZoneInfo

from features import clock, dataset
from features.buckets import intake
from features.catalogue.feature_set import feature_set
from features.kernel.kernel import Kernel
from training.choice.choice import Choice, choose
from training.choice.plan import plans
from training.choice.wanted import Wanted
from training.panel.enough import Enough
from training.panel.ground import Ground
from training.panel.panel import panel
from training.targets.declared import declared, with_needs

BEGIN = "2017-10-30"
TO_BEAT = {"roc_auc": 0.840, "average_precision": 0.601}


def measure() -> Choice:
    """Return what every recipe makes of campaign 18."""
    business = dataset.load("complete_journey")
    log = intake.take(business).log
    begin, ground = clock.parse(BEGIN, ZoneInfo(business.zone)), Ground.of(business, log)
    features, _ = feature_set(business, log, begin)
    wanted, _ = declared(business, log, begin)
    planned = plans([target for target in wanted if target.context], ground, season=False)
    (plan,), contexts = planned.labelled, planned.contexts(ground)
    assert plan.split is not None
    target, split = plan.target, replace(plan.split, test=(begin,))
    table, rows = contexts[target.context], target.rows()
    spine = rows.spine(ground, split.all(), table)
    found = panel(ground, Kernel(with_needs(features, [target])), spine, {target.name: rows}, table)
    return choose(target, split, found.examples(target.name), Wanted(Enough(), season=False))


def main() -> None:
    """Print each recipe's figures with 95 % intervals over resampled households."""
    found = measure()
    y = found.test.y
    print(f"{found.rows['refit']:,} contacts before, {y.size:,} of campaign 18, of whom {y.sum():.0f} redeem")
    for trial in found.trials:
        print(f"{trial.recipe.name}{' (chosen)' if trial is found.chosen else ''}")
        for name, estimate in trial.test.estimates().items():
            if name in TO_BEAT:
                interval = f"{estimate.lo:.4f} to {estimate.hi:.4f}"
                print(f"  {name} {estimate.value:.4f} ({interval}); to beat {TO_BEAT[name]:.3f}")


if __name__ == "__main__":
    main()
