"""Late rows: a backfill changes no feature of the past, in the kernel and by the real command, and labels count it."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from features import clock, dataset
from features.buckets import intake
from features.catalogue.catalogue import CATALOGUE
from features.catalogue.feature import fitting
from features.clock import DAY
from features.kernel.kernel import Kernel
from features.log.event import COLUMNS, KINDS
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import run_here
from training.panel.everyone import labels
from training.targets import Churn, Purchases, Spend

NOW = clock.parse("2021-06-01", ZoneInfo("UTC"))
"""When the backfill arrived."""
CUSTOMERS = ("ann", "bob", "eve", "kim", "tom", "zoe")
KERNEL = Kernel(CATALOGUE)
PAST = (NOW, NOW - 1, NOW - DAY, NOW - 28 * DAY, NOW - 84 * DAY - 1, NOW - 300 * DAY)
COLUMN_NAMES = [column.name for column in COLUMNS]
KNOWN_AT_ONCE = 200
"""So many of the rows that came in time were known when they happened, the others within three days."""


def rows_of(seed: int, count: int, keys: str, recorded: Any) -> list[dict[str, str]]:
    """Return rows of a CSV file over 500 days: every column and kind, keys that begin with one of some letters."""
    generator = np.random.default_rng(seed)
    times = NOW - generator.integers(0, 500 * DAY // clock.HOUR, count) * clock.HOUR  # on the hour, so that some tie
    arrivals = recorded(generator, times)

    def key(name: str, values: int) -> list[str]:
        letters = generator.choice(list(keys), count)
        return [
            f"{letter}-{name}-{number}"
            for letter, number in zip(letters, generator.integers(0, values, count), strict=True)
        ]

    columns = {
        "customer_id": generator.choice(CUSTOMERS, count).tolist(),
        "occurred_at": [clock.iso(time) for time in times],
        "recorded_at": [clock.iso(time) for time in arrivals],
        "event": generator.choice([*KINDS, *["purchase"] * len(KINDS)], count).tolist(),
        "event_id": [f"{seed}-{place}" for place in range(count)],
        "amount": [f"{cents / 100:.2f}" for cents in generator.integers(1, 20_000, count)],
        "quantity": generator.integers(1, 9, count).astype(str).tolist(),
        "discount": generator.choice(["0", "0.50", "2.00"], count).tolist(),
        **{name: key(name, 5) for name in ("product_id", "category", "store_id", "channel", "campaign_id")},
        "order_id": key("order", 80),
        "score": generator.choice(["", "0", "9.5"], count).tolist(),
        "duration": generator.choice(["", "0", "90"], count).tolist(),
        "until": [clock.iso(time + DAY) for time in times],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def in_time(generator: np.random.Generator, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when rows arrive that are hardly late, all before the backfill."""
    delays = generator.integers(0, 3 * DAY, times.size)
    delays[:KNOWN_AT_ONCE] = 0
    arrivals: NDArray[np.int64] = np.minimum(times + delays, np.maximum(NOW - 1, times))
    return arrivals


def afterwards(generator: np.random.Generator, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when the rows of the backfill arrive: from its moment on."""
    return NOW + generator.integers(0, 2, times.size) * clock.HOUR


HISTORY = rows_of(1, 900, "ab", in_time)
BACKFILL = rows_of(2, 600, "abc", afterwards)


@dataclass(frozen=True)
class Shop:
    """A dataset file, and what it holds."""

    toml: Path
    log: Log


def shop(folder: Path, rows: list[dict[str, str]]) -> Shop:
    """Write a dataset of one CSV file, and read it as the commands do."""
    folder.mkdir()
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    toml = folder / "shop.toml"
    kinds = ", ".join(f'{kind} = "{kind}"' for kind in KINDS)
    columns = ", ".join(f'{name} = "{name}"' for name in COLUMN_NAMES)
    toml.write_text(
        f'name = "late_{folder.name}"\n[[sources]]\npath = "events.csv"\n'
        f'event = {{ column = "event", values = {{ {kinds} }} }}\ncolumns = {{ {columns} }}\n',
        encoding="utf-8",
    )
    business = dataset.load(str(toml))
    assert fitting(CATALOGUE, business.columns, business.kinds) == (CATALOGUE, {})
    taken = intake.take(business)
    assert taken.rejects == {}
    return Shop(toml, taken.log)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop as it was until the backfill."""
    return shop(tmp_path_factory.mktemp("late") / "before", HISTORY)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with the backfill, some of whose rows stand before older ones in the file."""
    return shop(tmp_path_factory.mktemp("late") / "after", [*BACKFILL[:300], *HISTORY, *BACKFILL[300:]])


def values(log: Log, as_of: int) -> NDArray[np.float64]:
    """Return the whole catalogue for everybody."""
    assert log.customers.to_pylist() == list(CUSTOMERS)
    everybody = np.arange(len(CUSTOMERS), dtype=np.int64)
    return KERNEL.exact(log, everybody, np.full(everybody.size, as_of, np.int64))


def happened_to(
    log: Log, targets: tuple[Churn | Spend | Purchases, ...], as_of: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Return every target's label for everybody."""
    spine = Spine.of(np.arange(len(CUSTOMERS), dtype=np.int64), as_of)
    return labels(log, {target.name: target.rows() for target in targets}, spine)


@pytest.mark.parametrize("as_of", PAST)
def test_a_backfill_changes_no_feature_of_the_past(before: Shop, after: Shop, as_of: int) -> None:
    assert len(after.log) == len(before.log) + len(BACKFILL)
    expected = values(before.log, as_of)
    np.testing.assert_array_equal(values(after.log, as_of), expected, strict=True)
    assert (expected > 0).any(axis=0).mean() > 0.5


def test_from_its_arrival_on_a_backfill_counts(before: Shop, after: Shop) -> None:
    later = NOW + 2 * clock.HOUR
    old, new = values(before.log, later), values(after.log, later)
    changed = ((old != new) & ~(np.isnan(old) & np.isnan(new))).any(axis=0)
    assert changed.mean() > 0.8
    lines = KERNEL.position["lines"]
    assert (new[:, lines] > old[:, lines]).all()
    one_microsecond_in = values(after.log, NOW + 1)
    assert (one_microsecond_in[:, lines] > old[:, lines]).all()
    assert (one_microsecond_in[:, lines] < new[:, lines]).all()  # a part of it came an hour later


def test_the_command_writes_the_same_past_with_a_backfill_and_without(before: Shop, after: Shop) -> None:
    moments = ",".join(clock.iso(as_of) for as_of in PAST)
    tables = []
    for one in (before, after):
        out = one.toml.parent / "features.parquet"
        done = run_here("features.build", "--dataset", str(one.toml), "--as-of", moments, "--out", str(out))
        assert done.returncode == 0, done.stderr
        tables.append(pq.read_table(out))
    assert tables[0].num_rows == len(CUSTOMERS) * len(PAST)
    assert tables[0].equals(tables[1])


def test_labels_count_what_happened_in_the_horizon_however_late_it_arrived(before: Shop, after: Shop) -> None:
    targets = (Churn("churn", 28, 56), Spend("spend", 28, 56), Purchases("purchases", 28, 56))
    everybody = np.arange(len(CUSTOMERS), dtype=np.int64)
    as_of = np.full(everybody.size, NOW - 100 * DAY)  # its horizon ended long before the backfill
    old, new = (happened_to(one.log, targets, as_of) for one in (before, after))
    happened = [
        row
        for row in BACKFILL
        if row["event"] == "purchase" and 0 <= clock.parse(row["occurred_at"], ZoneInfo("UTC")) - as_of[0] < 28 * DAY
    ]
    late = {row["customer_id"] for row in happened}
    assert len(late) > 0
    for place, customer in enumerate(CUSTOMERS):
        assert (new["purchases"][place] > old["purchases"][place]) <= (customer in late)
        assert new["churn"][place] == 0 or customer not in late
    assert new["purchases"].sum() > old["purchases"].sum()
    assert (new["spend"] != old["spend"]).any()


def test_a_label_is_that_of_a_log_whose_rows_all_came_in_time(after: Shop) -> None:
    targets = (Churn("churn", 28, 56), Spend("spend", 28, 56), Purchases("purchases", 28, 56))
    everybody = np.arange(len(CUSTOMERS), dtype=np.int64)
    prompt = after.log.all_known()
    for days in (29, 100, 300):
        as_of = np.full(everybody.size, NOW - days * DAY)
        found, expected = (happened_to(log, targets, as_of) for log in (after.log, prompt))
        for name in found:
            np.testing.assert_array_equal(found[name], expected[name])
