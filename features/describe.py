"""`python -m features.describe`: every feature's name, meaning, unit, window and needs, by family."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from features import command
from features.catalogue import unit
from features.catalogue.catalogue import of_category, of_channel
from features.catalogue.feature import Aggregate, Derived, Feature, fitting, needs
from features.catalogue.feature_set import LARGEST_CATEGORIES, LARGEST_CHANNELS
from features.catalogue.windows import families as families_of
from features.dataset import Dataset, DatasetError, load
from features.log.event import KINDS, Selection, selection
from features.nearest import nearest

PAGE = "docs/catalogue.md"
COMMAND = f"python -m features.describe --markdown > {PAGE}"
"""Writes the page of the documentation."""

HEADINGS = ("feature", "meaning", "unit", "window", "columns", "events")

_PER_VALUE = {
    "largest categories": of_category("{category}", "{category}"),
    "largest channels": of_channel("{channel}", "{channel}"),
}
"""The features that a dataset has once for each of its largest values, with a placeholder for the value."""
_VALUES = {"largest categories": LARGEST_CATEGORIES, "largest channels": LARGEST_CHANNELS}
"""How many values those are, at most."""


@dataclass(frozen=True)
class Row:
    """What there is to say of one feature."""

    name: str
    meaning: str
    unit: str
    window: str
    columns: str
    events: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts under HEADINGS."""
        return self.name, self.meaning, self.unit, self.window, self.columns, self.events


@dataclass(frozen=True)
class Catalogue:
    """Families of features that are described together, and why others are left out."""

    families: dict[str, tuple[Row, ...]]
    left_out: dict[str, list[str]]
    """Names, by reason."""


def described(dataset: Dataset | None = None, family: str | None = None) -> Catalogue:
    """Return the whole catalogue, or what a dataset declares the columns and events for, or one family of either.

    Raises:
        ValueError: there is no such family; the message names the nearest.
    """
    every = families_of(*((dataset.features.windows, dataset.kinds) if dataset else ())) | _PER_VALUE
    families = every
    if family is not None:
        if family not in families:
            allowed = ", ".join(families)
            raise ValueError(f"family: got {family!r}; {allowed} are allowed.{nearest(family, families)}")
        families = {family: families[family]}
    currency = (dataset.currency if dataset else "") or unit.MONEY
    declared = tuple(feature for features in every.values() for feature in features)
    left_out = fitting(declared, dataset.columns, dataset.kinds)[1] if dataset else {}
    by_name = {feature.name: feature for feature in declared}
    rows = {
        name: tuple(_row(feature, by_name, currency) for feature in features if feature.name not in left_out)
        for name, features in families.items()
    }
    reasons: dict[str, list[str]] = {}
    for feature in (feature for features in families.values() for feature in features):
        if feature.name in left_out:
            reasons.setdefault(left_out[feature.name], []).append(feature.name)
    return Catalogue({name: found for name, found in rows.items() if found}, reasons)


def _row(feature: Feature, by_name: dict[str, Feature], currency: str) -> Row:
    aggregates = list(_aggregates(feature, by_name))
    windows = sorted({(one.lag, one.window or sys.maxsize) for one in aggregates})
    columns = sorted(needs(feature, by_name)[0])
    return Row(
        feature.name,
        feature.meaning,
        unit.named(feature, currency),
        "; ".join(_window(days, lag) for lag, days in windows),
        ", ".join(columns),
        "; ".join(_events(selection(one.selection) for one in aggregates)),
    )


def _aggregates(feature: Feature, by_name: dict[str, Feature]) -> Iterator[Aggregate]:
    """Yield what a feature is made of."""
    if isinstance(feature, Derived):
        yield from _aggregates(by_name[feature.a], by_name)
        yield from _aggregates(by_name[feature.b], by_name)
    else:
        yield feature


def _window(days: int, lag: int) -> str:
    length = "all" if days == sys.maxsize else f"{days} d"
    return f"{length} until {lag} d ago" if lag else length


def _events(selections: Iterable[Selection]) -> list[str]:
    """Return what events must be there; a need that follows from another is not said."""
    asked = {(frozenset(one.kinds), one.at_least): one for one in selections}
    return [
        _kinds(one)
        for (kinds, at_least), one in asked.items()
        if not any(other < kinds and least >= at_least for other, least in asked)
    ]


def _kinds(one: Selection) -> str:
    if one.at_least == len(one.kinds):
        return " and ".join(one.kinds)
    others = [kind for kind in KINDS if kind not in one.kinds]
    if len(others) < len(one.kinds):
        count = f"{one.at_least} kinds" if one.at_least > 1 else "one kind"
        return f"any {count}{' but ' * bool(others)}{' and '.join(others)}"
    return " or ".join(one.kinds)


def summary(catalogue: Catalogue, dataset: Dataset | None) -> Iterator[str]:
    """Yield how many features there are and what is left out, a line each."""
    once = sum(len(rows) for name, rows in catalogue.families.items() if name not in _PER_VALUE)
    counts = [f"{once} features"] if once else []
    for name, values in _VALUES.items():
        if name in catalogue.families:
            counts.append(f"{len(catalogue.families[name])} for each of the {values} {name}")
    yield ", ".join(counts) or "no features"
    for reason, names in catalogue.left_out.items():
        yield f"left out for {reason}: {', '.join(names)}"
    if dataset is not None:
        yield "a training also leaves out windows that end longer ago than half of the history"


def plain(catalogue: Catalogue) -> Iterator[str]:
    """Yield the features as text in columns, a line each, the meaning last."""
    order = (0, 2, 3, 4, 5, 1)
    every = [HEADINGS, *(row.cells for rows in catalogue.families.values() for row in rows)]
    widths = [max(len(cells[place]) for cells in every) for place in order]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(cells[place].ljust(width) for place, width in zip(order, widths, strict=True)).rstrip()

    for family, rows in catalogue.families.items():
        yield f"# {family}"
        yield line(HEADINGS)
        yield from (line(row.cells) for row in rows)
        yield ""


def markdown(catalogue: Catalogue, dataset: Dataset | None) -> Iterator[str]:
    """Yield the lines of a page: a table for each family."""
    yield "# The catalogue" + (f" of {dataset.name}" if dataset else "")
    yield ""
    yield f"Written by `{COMMAND}`; a test keeps it true. [Features](features.md) says how they are computed."
    yield ""
    yield "A window ends at the as-of: `28 d` is the 28 times 24 hours before it, `all` is all of the history, and"
    yield "`28 d until 364 d ago` ends 364 days earlier. `columns` and `events` are what a dataset must have; of events"
    yield "between semicolons, each. Visits are counted by `order_id` where it is there. A unit is what people know it"
    yield "in, and after `in` what files hold where that is another: cents are hundredths of the dataset's currency."
    yield "A name with braces stands for one feature per value."
    yield ""
    for line in summary(catalogue, dataset):
        yield f"- {line}"
    for family, rows in catalogue.families.items():
        yield from ("", f"## {family.capitalize()}", "")
        yield f"| {' | '.join(HEADINGS)} |"
        yield f"|{'---|' * len(HEADINGS)}"
        for row in rows:
            yield f"| `{row.name}` | {' | '.join(row.cells[1:])} |"


def _show(catalogue: Catalogue) -> None:
    """Print tables as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for family, rows in catalogue.families.items():
        table = Table(title=family, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        for heading in HEADINGS:
            table.add_column(heading, overflow="fold", ratio=3 if heading in {"feature", "meaning"} else None)
        for row in rows:
            table.add_row(*map(Text, row.cells))
        console.print(table)


def main(
    dataset: Annotated[
        str | None,
        typer.Option(help="Only what this dataset allows: a shipped name, or the path of a TOML file."),
    ] = None,
    family: Annotated[str | None, typer.Option(help="Only this family, such as money.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help=f"As the page {PAGE}.")] = False,
) -> None:
    """Describe every feature: name, meaning, unit, window, and the columns and events that it needs."""
    with command.told(DatasetError, ValueError):
        business = load(dataset) if dataset else None
        catalogue = described(business, family)
    if as_markdown:
        lines: Iterable[str] = markdown(catalogue, business)
    elif sys.stdout.isatty():
        _show(catalogue)
        lines = summary(catalogue, business)
    else:
        lines = (*plain(catalogue), *summary(catalogue, business))
    typer.echo("\n".join(lines))


if __name__ == "__main__":
    command.run(main)
