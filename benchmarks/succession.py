"""`python -m benchmarks.succession`: six monthly retrains, and whether segments stay themselves.

Each segmenter is fitted at the end of a month and goes on through the six that follow, once as a training does it (the
one before is kept while it fits) and once fitted again each month. Who moved is told in three parts, of the customers
whom both months know.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from features import command

if TYPE_CHECKING:
    from features.dataset import Dataset
    from features.log.log import Log
    from training.bundle.bundle import Bundle
    from training.migration.months import Month
    from training.segmenters.declared import Fit
    from training.succession.kept import Fails, Succession

RETRAINS = 6
LIMIT = 0.10
"""As many customers at most may be put elsewhere by the model."""


@dataclass(frozen=True)
class Retrained:
    """One retraining of one segmenter."""

    month: str
    forced: bool
    came: "Succession"


def main(
    dataset: Annotated[list[str] | None, typer.Option(help="A dataset; may be given several times.")] = None,
) -> None:
    """Retrain monthly for six months, and say of each month what was kept and who moved because of what."""
    command.single_threaded()
    from rich.console import Console
    from rich.table import Table

    console = Console(width=140)
    for name in dataset or ["complete_journey", "online_retail_ii"]:
        columns = (
            "segmenter",
            "month",
            "",
            "names kept",
            "changed",
            "customers",
            "model",
            "both",
            "cancelled",
            "moved",
        )
        table = Table(*columns, title=f"\n{name}", title_justify="left")
        for one in retrained(name):
            table.add_row(*_row(one))
        console.print(table)


def retrained(name: str) -> Iterator[Retrained]:
    """Yield each retraining of each segmenter of a dataset."""
    from zoneinfo import ZoneInfo

    from features import dataset as datasets
    from features.buckets import intake
    from features.catalogue.feature_set import feature_set
    from features.kernel.kernel import Kernel
    from training.bundle.bundle import Bundle
    from training.migration.months import months
    from training.panel.ground import Ground
    from training.segmenters.declared import needs
    from training.targets.declared import with_needs

    business = datasets.load(name)
    log = intake.take(business).log
    ground = Ground.of(business, log)
    last = months(ground.begin, ground.end, ZoneInfo(business.zone), most=RETRAINS + 1)
    kernel = Kernel(with_needs(feature_set(business, log, last[0].as_of)[0], (), needs(business, ())))
    given = (business.name, business.zone, business.currency, last[0].as_of, "", kernel, (), ())
    for segmenter in ("rfm", "lifecycle", "value", "behaviour"):
        for forced in (False, True):
            yield from _retrained(Bundle(*given), business, log, last, segmenter, forced=forced)


def _retrained(
    bundle: "Bundle", dataset: "Dataset", log: "Log", last: "tuple[Month, ...]", name: str, *, forced: bool
) -> Iterator[Retrained]:
    from dataclasses import replace

    from features.log.spine import Spine
    from training.succession.kept import Former, Today, succeed
    from training.succession.moved import counted

    former: Former | None = None
    for month in last:
        known = log.known_before(month.as_of)
        facts = bundle.facts(bundle.features(log, Spine.of(known, month.as_of)))
        fits, fails = _fits(bundle, dataset)
        try:
            came = succeed(name, fits[name], facts, former, Today(month.name.replace("-", "") + "01", {}, fails))
        except (KeyError, ValueError) as error:
            typer.echo(f"{name} at the end of {month.name}{', forced' if forced else ''}: {error}")
            return
        now = replace(bundle, segmenters=(came.segmenter,), as_of=month.as_of)
        if former is not None:
            yield Retrained(month.name, forced, counted({name: came}, log, former, now)[name])
        former = Former(now, month.name, {}, refit=forced)


def _fits(bundle: "Bundle", dataset: "Dataset") -> "tuple[dict[str, Fit], dict[str, Fails]]":
    """Return what fits each segmenter, and what says of those with a gate that a former one no longer passes.

    What segments tell of the next period is left out of the gate: nothing is predicted here.
    """
    from training.choice.gated import among
    from training.choice.grouped import Words, of_groups
    from training.segmenters import behaviour
    from training.segmenters.declared import declared, settings
    from training.segmenters.entry import values
    from training.segmenters.nested import SPEND

    features = bundle.kernel.features
    words, by_groups = behaviour.words(features), behaviour.sets(features)
    told = Words(words, bundle.currency, SPEND)
    judges = {
        "value": among(values(settings(dataset).value, bundle.currency, "", words), None),
        "behaviour": of_groups(by_groups, None, lambda: None, told),
    }
    fits = declared(dataset) | {name: judge.fit for name, judge in judges.items()}
    return fits, {name: judge.fails for name, judge in judges.items()}


def _row(one: Retrained) -> list[str]:
    came = one.came
    assert came.parts is not None
    assert came.matching is not None
    shares = came.parts.shares()
    kept = f"{len(came.matching.kept())} of {len(came.old)}"
    order = ("changed", "by_customers", "by_model", "by_both", "cancelled", "moved")
    told = [f"{shares[part]:.1%}" for part in order]
    if shares["moved"] > LIMIT:
        told[-1] = f"[bold red]{told[-1]}[/]"
    how = f"{came.how}, forced" if one.forced else came.how
    return [came.segmenter.name, one.month, how, kept, *told]


if __name__ == "__main__":
    command.run(main)
