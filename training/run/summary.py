"""The summary: what a person sees at the end of a training run."""

from collections.abc import Iterator, Mapping
from math import isfinite
from zoneinfo import ZoneInfo

import numpy as np
from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from features.catalogue import left_out
from features.catalogue.unit import digits
from features.clock import iso
from training.choice.choice import Choice
from training.choice.learn import Trained
from training.metrics.bootstrap import Estimate
from training.metrics.metrics import HEADLINE
from training.panel.rung import WORDS
from training.personas.flag import ENOUGH, Flag
from training.personas.people import Person
from training.segmenters.mark import Mark
from training.segmenters.profile import Profile
from training.segmenters.segment import NO_PURCHASE
from training.targets import Category
from training.tracking.registry import Registered

_SHOWN = {
    "binary": ("roc_auc", "average_precision", "lift_at_10pct", "ece"),
    "value": ("total_ratio", "spearman", "gini", "mae"),
    "time": ("c_index", "mae_returners", "share_early", "pinball"),
}
_LARGE = 10
_WIDE = 110
"""On so many columns what sets a segment apart has one of its own."""
_SIZES = ("small", "few")
_LETTERS = 40
"""As many of an attribute's value are shown."""


def show(console: Console, trained: Trained, registered: Registered, asked: str) -> None:
    """Print the targets, the segments, and where to look next; `asked` is how the user named the dataset."""
    categories = [choice for choice in trained.choices if isinstance(choice.target, Category)]
    for choice in trained.choices:
        if choice not in categories:
            console.print(_target(choice, trained.dataset.currency, ZoneInfo(trained.dataset.zone)))
    if categories:
        console.print(_categories(categories))
    for one in trained.unlabelled:
        title = f"\n[bold]{one.target.name}: {one.target.meaning}[/]"
        console.print(f"{title}\nby {one.predictor.recipe}; {one.said}", highlight=False)
    _show_segments(console, trained)
    for name, reason in trained.refused.items():
        console.print(f"[yellow]{name} was not trained:[/] {reason}")
    for reason, count in trained.rejects.items():
        console.print(f"[yellow]{count:,} rows were kept aside:[/] {reason}")
    if trained.left_out:
        console.print(left_out.told(trained.left_out, "the run's config.json"))
    console.print(
        f"\n[bold]{registered.model} version {registered.version}[/] is the {registered.alias}. Next:"
        f"\n  make report DATASET={asked}    read all of this on one page"
        f"\n  make serve DATASET={asked}    answer for one customer"
        f"\n  make score DATASET={asked}    score everyone into a Parquet or CSV file"
        f"\n  make promote DATASET={asked}    let it try to become the champion"
        "\n  make ui    compare the runs in MLflow",
        highlight=False,
    )


def _show_segments(console: Console, trained: Trained) -> None:
    """Print the segments of each segmenter, what speaks against them, and what cannot be right of the market."""
    for name, profiles in trained.profiles.items():
        console.print(_segments(name, profiles, trained, console.width))
        if empty := _empty(name, profiles, trained):
            console.print(f"{name}: nobody is in {escape(', '.join(empty))}", highlight=False)
        for title, flag in _flags(name, profiles, trained):
            console.print(f"[yellow]{name}, {escape(title)}:[/] {escape(flag)}", highlight=False)
    for note in dict.fromkeys(note for people in trained.people.values() for note in people.market.notes):
        console.print(f"[yellow]market:[/] {escape(note)}", highlight=False)


def _target(choice: Choice, currency: str, zone: ZoneInfo) -> Table:
    target, test = choice.target, choice.test
    binary = target.task == "binary"
    unit = currency if target.unit == "currency" else target.unit
    rate = f"base rate {choice.base_rate:.1%}" if binary else f"mean {choice.base_rate:,.{digits(unit)}f} {unit}"
    if target.task == "time":
        later = (choice.test.y >= target.horizon_days).mean()
        rate = f"half within {np.median(choice.test.y):.0f} {unit}, {later:.1%} not within {target.horizon_days}"
    cut_offs = " and ".join(iso(moment, zone)[:10] for moment in reversed(choice.split.test))
    headline, floored = HEADLINE[target.task], f"\n{choice.floored}" if choice.floored else ""
    table = Table(
        title=f"\n{target.name}: {target.meaning}\n"
        f"[not bold]cohort: {target.cohort().inside};"
        f" {len(test):,} rows at {cut_offs}; {rate}\n"
        f"{choice.rung}: {WORDS[choice.rung].stands}{floored}[/]",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        caption=f"on {WORDS[choice.rung].judged}; below each figure its 95 % interval, from resampled customers",
        caption_justify="left",
    )
    table.add_column("recipe", overflow="fold")
    for name in _SHOWN[target.task]:
        table.add_column(name.replace("_", " "), justify="right", min_width=11)
    table.add_column(f"{headline.replace('_', ' ')},\nchosen\nminus this", justify="right", min_width=13)
    for trial in sorted(choice.trials, key=lambda trial: trial is not choice.chosen):
        chosen = trial is choice.chosen
        estimates = trial.test.estimates()
        cells = [_interval(estimates[name]) for name in _SHOWN[target.task]]
        difference = "" if chosen else _interval(choice.against(trial)[headline], sign="+")
        name = f"[bold]{trial.recipe.name}[/]\nchosen" if chosen else trial.recipe.name
        table.add_row(name, *cells, difference)
    return table


def _categories(choices: list[Choice]) -> Table:
    """Return the targets of categories, which are many and alike, a row each."""
    cohort = choices[0].target.cohort().inside
    rungs = "; ".join(f"{rung}: {WORDS[rung].stands}" for rung in dict.fromkeys(choice.rung for choice in choices))
    table = Table(
        title=f"\npurchases by category, next {choices[0].target.horizon_days} days\n"
        f"[not bold]cohort: {cohort}\n{rungs}[/]",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("target: chosen recipe", no_wrap=True)
    table.add_column("base rate", justify="right")
    table.add_column("roc auc", justify="right", no_wrap=True)
    table.add_column("ece", justify="right")
    table.add_column("minus the better baseline", justify="right", no_wrap=True)
    for choice in choices:
        baselines = [trial for trial in choice.trials if trial.recipe.baseline and trial is not choice.chosen]
        better = max(baselines, key=lambda trial: trial.test.value["roc_auc"])
        estimates = choice.chosen.test.estimates()
        table.add_row(
            f"[bold]{choice.target.name}[/]\n{choice.chosen.recipe.name}",
            f"{choice.base_rate:.1%}",
            _interval(estimates["roc_auc"]),
            f"{estimates['ece'].value:.3f}",
            _interval(choice.against(better)["roc_auc"], sign="+"),
        )
    return table


def _interval(estimate: Estimate, sign: str = "") -> str:
    if not isfinite(estimate.value):
        return "-"
    form = f"{sign}.1f" if abs(estimate.value) >= _LARGE else f"{sign}.3f"
    return f"{estimate.value:{form}}\n[dim]{estimate.lo:{form}} {estimate.hi:{form}}[/]"


def _segments(name: str, profiles: tuple[Profile, ...], trained: Trained, width: int) -> Table:
    """Return a row for each segment; on a narrow screen what sets it apart stands below its name."""
    customers = sum(profile.size for profile in profiles)
    when, wide = iso(trained.end, ZoneInfo(trained.dataset.zone))[:10], width >= _WIDE
    apart = "what sets it apart: its median; usual is that of all"
    table = Table(
        title=f"\n{name}: {customers:,} customers on {when}, each in one segment",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=wide,
        caption="next: the mean outcome of the segment's cohort at the newest test cut-off",
        caption_justify="left",
    )
    table.add_column("segment" if wide else f"segment, and {apart}", no_wrap=wide)
    table.add_column("customers", justify="right", no_wrap=True)
    if wide:
        table.add_column(apart)
    told = _told(trained.choices)
    for choice in told:
        table.add_column(f"next\n{choice.target.name}", justify="right", no_wrap=True)
    for profile in profiles:
        title, traits = f"[bold]{profile.segment.title}[/]", "\n".join(_traits(profile, trained))
        size = f"{profile.size:,}\n[dim]{profile.share:.1%}[/]"
        nexts = [_next(profile, choice) for choice in told]
        if wide:
            table.add_row(title, size, traits, *nexts)
        else:
            table.add_row(Group(title, Padding.indent(traits, 2)), size, *nexts)
    return table


def _empty(name: str, profiles: tuple[Profile, ...], trained: Trained) -> list[str]:
    """Return the titles of a segmenter's segments that nobody is in, those of who is outside all left out."""
    if trained.dataset.smallest_group > 1:  # then small segments are told together, which says nothing of empty ones
        return []
    (own,) = (one for one in trained.bundle.segmenters if one.name == name)
    there = {profile.segment.name for profile in profiles}
    return [one.title for one in own.segments if one.name not in there and one.name != NO_PURCHASE.name]


def _flags(name: str, profiles: tuple[Profile, ...], trained: Trained) -> Iterator[tuple[str, str]]:
    """Yield the titles of the segments that something speaks against, and what; of small ones all in one line."""
    told = trained.people[name].segments if name in trained.people else {}
    small = [one.segment.title for one in profiles for flag in _of(one, told) if flag.key in _SIZES]
    if small and len(small) == len(profiles):
        yield "all", f"fewer than {ENOUGH:,} customers each: what is told of them is uncertain"
    elif small:
        yield ", ".join(small), f"fewer than {ENOUGH:,} customers: what is told of them is uncertain"
    for profile in profiles:
        yield from ((profile.segment.title, flag.text) for flag in _of(profile, told) if flag.key not in _SIZES)


def _of(profile: Profile, told: Mapping[str, Person]) -> tuple[Flag, ...]:
    return told[profile.segment.name].flags if profile.segment.name in told else ()


def _traits(profile: Profile, trained: Trained) -> list[str]:
    """Return what sets a segment apart, a line each."""
    explainer = trained.bundle.explainer
    lines = [escape(explainer.compared(one.feature, one.inside, one.overall)) for one in profile.traits]
    return [*lines, _mark(profile.mark)] if profile.mark else lines


def _told(choices: tuple[Choice, ...]) -> list[Choice]:
    """Return the first probability and the first value: they say most of what a segment did next."""
    first = {choice.target.task: choice for choice in reversed(choices) if choice.target.task in {"binary", "value"}}
    return [choice for choice in choices if choice in first.values()]


def _next(profile: Profile, choice: Choice) -> str:
    if choice.target.name not in profile.next:
        return "-"
    mean = profile.next[choice.target.name]
    return f"{mean:.1%}" if choice.target.task == "binary" else f"{mean:,.0f}"


def _mark(mark: Mark) -> str:
    name = mark.attribute.replace("_", " ")
    if mark.value is None:
        return f"{name}: {_number(mark.inside)}; usual {_number(mark.overall)}"
    value = escape(mark.value if len(mark.value) <= _LETTERS else f"{mark.value[:_LETTERS]}...")
    return f"{name} {value}: {mark.inside:.0%}; usual {mark.overall:.0%}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _LARGE or value.is_integer() else f"{value:.2g}"
