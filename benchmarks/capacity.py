"""`python -m benchmarks.capacity`: what a large business needs, worked out from what the benches measured.

Nothing is measured here. `capacity.toml` says where each figure stands; where it is not there, it was not measured.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features import command

FIGURES, PAGE = Path(__file__).with_suffix(".toml"), Path(__file__).with_name("README.md")
AMOUNTS = ("events", "customers", "answers")
"""What work is done of, in the order of columns."""
THOUSAND, MILLION, HOUR = 1_000, 1_000_000, 3_600
NOT_MEASURED, NOT_READ = "not measured", "measured, but capacity.toml has no pattern that reads it"


class Unread(ValueError):
    """A figure does not stand where it is said to."""


@dataclass(frozen=True)
class Cost:
    """What some work took."""

    cpu: float
    """Seconds, of all cores together."""
    amounts: Mapping[str, float]
    """How much work that was, by one or more of AMOUNTS."""
    peak: float | None
    """GB at most; None where that was not measured."""

    def million(self, amount: str) -> float | None:
        """Return the CPU seconds of a million, were they all that cost; None where it was not of these."""
        return self.cpu / self.amounts[amount] * MILLION if amount in self.amounts else None

    def needed(self, need: Mapping[str, float]) -> tuple[float, float]:
        """Return the least and the most CPU seconds of a need, where each amount costs in proportion.

        One measurement does not tell what is due to events and what to customers: all may be due to either.
        """
        every = [self.cpu * need[name] / amount for name, amount in self.amounts.items()]
        return min(every), max(every)


def number(text: str) -> float:
    """Return a number as pages have it, such as 1,806 or 55.4M."""
    return float(text.rstrip("M").replace(",", "")) * (MILLION if text.endswith("M") else 1)


def section(page: str, heading: str) -> str | None:
    """Return the text below a heading, up to the next of its level; None where there is none.

    Raises:
        Unread: there are several.
    """
    found = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    own = [text for text in found if text.partition("\n")[0].strip() == heading]
    if len(own) > 1:
        raise Unread(f"the page has {len(own)} sections {heading!r}; one is allowed")
    return own[0] if own else None


def cost(figure: Mapping[str, Any], page: str) -> Cost | str:
    """Return what work took, or why that is not known.

    Args:
        figure: a row of `capacity.toml`.
        page: the text of the page where it stands.

    Raises:
        Unread: its section is there, but one of its numbers is not, or is there more than once.
    """
    text = section(page, figure["section"])
    if text is None or "cpu" not in figure:
        return NOT_MEASURED if text is None else NOT_READ

    def told(name: str) -> float:
        pattern = figure[name]
        if not isinstance(pattern, str):
            return float(pattern)
        found = re.findall(pattern, text, re.MULTILINE)
        if len(found) != 1:
            where = f"{figure['work']} ({figure['engine']}): {name}"
            raise Unread(f"{where}: got {len(found)} matches of {pattern!r} below {figure['section']!r}; one is needed")
        return number(found[0])

    amounts = {name: told(name) for name in AMOUNTS if name in figure}
    return Cost(told("cpu") * figure.get("unit", 1), amounts, told("peak") if "peak" in figure else None)


def table(declared: Mapping[str, Any], page: str) -> Iterator[str]:
    """Yield the lines of a table of Markdown: each work's cost by million, and what the business needs of it."""
    need = declared["need"]
    each = " | ".join(f"CPU s a million {name}" for name in AMOUNTS)
    yield f"| work | engine | {each} | peak GB | needed | by |"
    yield "|" + "---|" * (len(AMOUNTS) + 5)
    for figure in declared["figures"]:
        found = cost(figure, page)
        cells = [found, *[""] * (len(AMOUNTS) + 1)] if isinstance(found, str) else _measured(found, need)
        if figure.get("sample") and isinstance(found, Cost):
            cells[-1] += ", or less: what is learned from is a sample"
        yield f"| {figure['work']} | {figure['engine']} | {' | '.join(cells)} | `{figure['command']}` |"


def _measured(found: Cost, need: Mapping[str, float]) -> list[str]:
    each = [found.million(name) for name in AMOUNTS]
    cells = ["" if one is None else f"{one:.3g}" if one < THOUSAND else f"{one:,.0f}" for one in each]
    least, most = found.needed(need)
    if "answers" in found.amounts:
        wanted = f"{most:.1f} cores"
    else:
        low, high = f"{least / HOUR:,.1f}", f"{most / HOUR:,.1f}"
        wanted = f"{high} core hours" if low == high else f"{low} to {high} core hours"
    return [*cells, "" if found.peak is None else f"{found.peak:.2f}", wanted]


def main() -> None:
    """Print what the business of `capacity.toml` needs, a row for each kind of work and engine."""
    declared = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    with command.told(Unread):
        lines = list(table(declared, PAGE.read_text(encoding="utf-8")))
    for line in lines:
        print(line)


if __name__ == "__main__":
    command.run(main)
