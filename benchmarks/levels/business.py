"""The businesses: what is replayed. Simulated shops, whose season is known, and two data sets of real ones."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.levels.few import pair
from benchmarks.shop import SOURCES
from training.targets import Target

SIMULATED = "simulated"
SEEDS = 5
CUSTOMERS = 3000
TOML = """
name = "levels"
[simulation]
customers = {customers}
days = {days}
seed = {seed}
season = {season}
"""
DAYS, SEASON = 3 * 365 + 1, 0.3


@dataclass(frozen=True)
class Business:
    """One business, and what is asked of it."""

    group: str
    """What its rows are told under: all simulated shops are one."""
    dataset: str
    """A shipped dataset, or a file."""
    targets: tuple[Target, ...]
    seed: int = 0
    from_day: int = 0
    """Origins lie at least so many days behind its first day."""


def shop(folder: Path, seed: int, customers: int, every: bool, days: int = DAYS) -> Business:
    """Return a simulated shop; its dataset file is written."""
    path = folder / f"levels-{seed}.toml"
    head = TOML.format(customers=customers, days=days, seed=seed, season=SEASON)
    path.write_text(head + SOURCES, encoding="utf-8")
    return Business(SIMULATED, str(path), pair(28, 56, every), seed, 365)


def businesses(folder: Path, customers: int, seeds: int, every: bool) -> list[Business]:
    """Return all of them, the longest work first."""
    shops = [shop(folder, seed, customers, every) for seed in range(1, seeds + 1)]
    online = Business("online_retail_ii", "online_retail_ii", pair(90, 365, every))
    return [*shops, online, Business("complete_journey", "complete_journey", pair(28, 56, every))]
