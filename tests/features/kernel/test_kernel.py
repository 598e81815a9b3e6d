"""The kernel against the references, to the bit, over the whole catalogue; and that no cache of it can be stale."""

import ast
import datetime
import math
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import clock
from features.catalogue import kind
from features.catalogue.catalogue import CATALOGUE, of_channel
from features.catalogue.feature import Aggregate
from features.clock import DAY
from features.kernel import kernel, scan
from features.kernel.kernel import Kernel
from features.log import log as logs
from features.log.event import KINDS
from features.log.log import Log
from tests.features import reference, shop

AS_OF = clock.to_us(datetime.datetime(2021, 3, 28, 9, 17, 3, 250_001, tzinfo=datetime.UTC))
KERNEL = Kernel(CATALOGUE)
AGGREGATES = [feature for feature in CATALOGUE if isinstance(feature, Aggregate)]
EDGES = sorted({one.lag for one in AGGREGATES} | {one.lag + (one.window or 400) for one in AGGREGATES})
"""Where windows begin and end, in days before the as-of."""
LARGEST = 10**16
"""A million millions of units of currency, in ten-thousandths."""
ZONES = ("UTC", "Europe/Paris", "America/New_York")

moments = st.one_of(
    st.builds(lambda days, us: AS_OF - days * DAY + us, st.sampled_from(EDGES), st.integers(-2, 2)),
    st.integers(AS_OF - 450 * DAY, AS_OF + 30 * DAY),
    st.sampled_from([AS_OF - n * DAY // 3 for n in range(90)]),
)
amounts = st.one_of(
    st.integers(-500, 5_000),
    st.integers(-50, 500).map(lambda cents: 100 * cents),
    st.integers(-LARGEST, LARGEST),
    st.sampled_from([-LARGEST, LARGEST]),
)
events = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b", "c"]),
        "occurred_at": moments,
        "kind": st.integers(0, len(KINDS) - 1),
        "amount": amounts,
        "quantity": amounts,
        "discount": st.one_of(st.just(0), st.integers(0, 1_000), st.integers(0, LARGEST)),
        "order_id": st.one_of(st.none(), st.integers(0, 4).map(str)),
        "product_id": st.one_of(st.none(), st.integers(0, 6).map(str)),
        "category": st.one_of(st.none(), st.integers(0, 3).map(str)),
        "store_id": st.one_of(st.none(), st.integers(0, 2).map(str)),
        "campaign_id": st.one_of(st.none(), st.integers(0, 3).map(str)),
        "channel": st.one_of(st.none(), st.sampled_from(["app", "web"])),
        "until": st.one_of(
            st.none(), st.integers(AS_OF - 400 * DAY, AS_OF + 400 * DAY), st.integers(0, 253_402_300_799_999_999)
        ),
    }
)


def log_of(rows: list[dict[str, Any]], zone: str = "UTC") -> Log:
    """Return the log of canonical events."""
    types = {"occurred_at": pa.int64(), "recorded_at": pa.int64(), "kind": pa.uint8()}
    numbers = dict.fromkeys(("amount", "quantity", "discount", "until"), pa.int64())
    return shop.log(
        pa.table(
            {name: pa.array([row[name] for row in rows], (types | numbers).get(name, pa.string())) for name in rows[0]}
        ),
        zone,
    )


def assert_equal_to_reference(found: Log, as_of: int) -> None:
    """Compare every feature of every customer with the reference, bit for bit, NaN included."""
    customers = np.arange(len(found.customers), dtype=np.int64)
    got = KERNEL.exact(found, customers, np.full(customers.size, as_of, np.int64))
    for customer in customers:
        expected = reference.values(CATALOGUE, found, int(customer), as_of)
        for name, value in zip(KERNEL.names, got[customer], strict=True):
            same = (math.isnan(value) and math.isnan(expected[name])) or value == expected[name]
            assert same, f"{name} of {found.customers[int(customer)]}: got {value!r}, expected {expected[name]!r}"


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=40), shift=moments, zone=st.sampled_from(ZONES))
def test_every_feature_equals_its_reference(rows: list[dict[str, Any]], shift: int, zone: str) -> None:
    found = log_of(rows, zone)
    for as_of in (AS_OF, shift):
        assert_equal_to_reference(found, as_of)


instants = st.sampled_from([AS_OF, AS_OF - 1, AS_OF - 28 * DAY, AS_OF - 28 * DAY - 1, AS_OF - 84 * DAY])


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.builds(lambda row, at: row | {"occurred_at": at}, events, instants), min_size=2, max_size=30))
def test_events_of_all_kinds_at_a_few_instants(rows: list[dict[str, Any]]) -> None:
    assert_equal_to_reference(log_of(rows), AS_OF)


delays = st.one_of(st.integers(0, 40 * DAY), st.just(-1))
"""How late a row is recorded; -1 is at the as-of."""


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(events, delays), min_size=1, max_size=30), sooner=st.integers(0, 1))
def test_a_row_that_arrived_late_is_not_known_before(rows: list[tuple[dict[str, Any], int]], sooner: int) -> None:
    late = [row | {"recorded_at": AS_OF - sooner if delay < 0 else row["occurred_at"] + delay} for row, delay in rows]
    assert_equal_to_reference(log_of(late), AS_OF)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=30), order=st.randoms(use_true_random=False))
def test_no_feature_depends_on_the_order_of_rows(rows: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    first, second = log_of(rows), log_of(shuffled)
    customers = np.arange(len(first.customers), dtype=np.int64)
    as_of = np.full(customers.size, AS_OF, np.int64)
    np.testing.assert_array_equal(
        KERNEL.exact(first, customers, as_of), KERNEL.exact(second, customers, as_of), strict=True
    )


def test_one_customer_alone_in_a_batch_and_on_a_thread_gets_the_same_bits(log: Log) -> None:
    customers = np.tile(np.arange(len(log.customers), dtype=np.int64), 20)
    as_of = np.repeat(clock.parse("2017-12-01T13:37:11", ZoneInfo("UTC")) - np.arange(20) * 9 * DAY, len(log.customers))
    whole = KERNEL(log, customers, as_of)
    assert customers.size > 2 * kernel.ROWS_PER_BLOCK
    for row in range(0, customers.size, 997):
        alone = logs.pick(log, [int(customers[row])])
        got = KERNEL(alone, np.zeros(1, np.int64), as_of[row : row + 1])
        np.testing.assert_array_equal(got[0].view(np.int32), whole[row].view(np.int32))


def one_event(customer: str, occurred_at: int, kind: int) -> dict[str, Any]:
    """Return an event that has every column."""
    row = {"customer_id": customer, "occurred_at": occurred_at, "kind": kind, "amount": 5, "quantity": 1, "discount": 1}
    row["until"] = occurred_at + 30 * DAY
    return row | dict.fromkeys(("order_id", "product_id", "category", "store_id", "campaign_id", "channel"), "1")


def test_the_names_that_were_looked_at_last_are_known_still() -> None:
    own, values = Kernel(()), ("web",)
    arrays = [pa.array([str(number), "web"]) for number in range(kernel._MET + 1)]
    first = own._slots(arrays[0], values)
    for array in arrays[1:]:
        assert own._slots(array, values).tolist() == [-1, 0, -1]
        assert own._slots(arrays[0], values) is first
    assert len(own._met) == kernel._MET


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_one_event_of_each_kind_at_each_edge_of_the_windows(away: int) -> None:
    rows = [
        one_event(f"{edge} {code}", AS_OF - edge * DAY + away, code) for edge in EDGES for code in range(len(KINDS))
    ]
    assert_equal_to_reference(log_of(rows), AS_OF)


def test_a_row_recorded_at_the_as_of_is_not_known_and_one_a_microsecond_sooner_is() -> None:
    rows = [
        one_event(f"{sooner} {code}", AS_OF - 2 * DAY, code) | {"recorded_at": AS_OF - sooner}
        for sooner in (0, 1)
        for code in range(len(KINDS))
    ]
    assert_equal_to_reference(log_of(rows), AS_OF)


@pytest.mark.parametrize("days", [500, 1, 0])
def test_a_hundred_thousand_events_of_one_customer(days: int) -> None:
    generator = np.random.default_rng(5)
    n = 100_000
    occurred_at = AS_OF - 1 - generator.integers(0, max(days * DAY, 1), n)
    rows = {
        "customer_id": pa.array(["x"] * n),
        "occurred_at": pa.array(occurred_at),
        "recorded_at": pa.array(occurred_at + (generator.random(n) < 0.1) * generator.integers(0, 30 * DAY, n)),
        "kind": pa.array(generator.integers(0, len(KINDS), n).astype(np.uint8)),
        "amount": pa.array(generator.integers(-LARGEST, LARGEST, n)),
        "quantity": pa.array(generator.integers(0, 10**6, n)),
        "discount": pa.array(generator.integers(0, 100, n)),
        "product_id": pa.array(generator.integers(0, 3_000, n)),
        "order_id": pa.array(generator.integers(0, 9_000, n)),
        "category": pa.array(generator.integers(0, 30, n)),
        "store_id": pa.array(generator.integers(0, 30, n)),
        "campaign_id": pa.array(generator.integers(0, 30, n)),
        "channel": pa.array(generator.integers(0, 3, n)),
        "until": pa.array(occurred_at + generator.integers(0, 400 * DAY, n), mask=generator.random(n) < 0.1),
    }
    assert_equal_to_reference(shop.log(pa.table(rows), "UTC"), AS_OF)


def test_a_customer_without_events_has_counts_of_zero_and_nothing_else() -> None:
    found = log_of([one_event("a", AS_OF, 0)])
    assert_equal_to_reference(found, AS_OF)
    values = dict(zip(KERNEL.names, KERNEL.exact(found, np.zeros(1, np.int64), np.full(1, AS_OF))[0], strict=True))
    assert (values["lines"], values["spend"], values["purchase_days_28d"]) == (0, 0, 0)
    assert math.isnan(values["purchase_recency"])


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(events, min_size=1, max_size=30))
def test_features_of_a_channel_see_only_what_was_bought_by_it(rows: list[dict[str, Any]]) -> None:
    by_name = {feature.name: feature for feature in CATALOGUE}
    plain = (by_name["purchase_recency"], by_name["lines_364d"])
    found = log_of(rows)
    one = Kernel((*plain, *of_channel("app", "app")))
    customers = np.arange(len(found.customers), dtype=np.int64)
    got = one.exact(found, customers, np.full(customers.size, AS_OF, np.int64))
    other = KINDS.index("page_view")
    alone = log_of([row if row["channel"] == "app" else row | {"kind": other} for row in rows])
    for customer in customers:
        whole = reference.values(plain, found, int(customer), AS_OF)
        own = reference.values(plain, alone, int(customer), AS_OF)
        recency, lines = own["purchase_recency"], own["lines_364d"]
        expected = [
            *whole.values(),
            recency,
            float(recency == whole["purchase_recency"]),
            lines,
            lines / whole["lines_364d"] if whole["lines_364d"] else math.nan,
        ]
        np.testing.assert_array_equal(got[customer], expected)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HABITUS_KERNELS", str(tmp_path))
    return tmp_path


def test_an_edited_kind_is_compiled_anew(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (Aggregate("lines", "lines", "lines", "count", "purchase"),)
    found = log_of([{"customer_id": "a", "occurred_at": AS_OF - 1, "kind": 0}])
    one = np.zeros(1, np.int64), np.full(1, AS_OF, np.int64)
    assert Kernel(lines).exact(found, *one)[0, 0] == 1
    before = Kernel(lines).fingerprint
    monkeypatch.setitem(kind.KINDS, "count", replace(kind.KINDS["count"], step="{x} += 2"))
    assert Kernel(lines).exact(found, *one)[0, 0] == 2
    assert Kernel(lines).fingerprint != before
    assert len(list(own_cache.iterdir())) == 2


ROOT = Path(__file__).parents[3]
COMPUTE = """
import numpy as np
from features.catalogue import catalogue
from features.kernel import kernel
from features import clock
from features.buckets import intake
names = ("purchase_activity", "gap_spread_84d")
found = kernel.Kernel(tuple(feature for feature in catalogue.CATALOGUE if feature.name in names))
time = np.array([1, 8, 21, 50, 51], np.int64) * 24 * 3600 * 10**6
times = [clock.iso(one) for one in time]
rows = {"customer_id": ["a"] * 5, "occurred_at": times, "event": ["purchase"] * 5}
events = intake.of_rows(rows, "UTC").log
values = found.exact(events, np.zeros(1, np.int64), time[-1:] + 1)[0]
print(dict(zip(found.names, values.tolist(), strict=True)))
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package, to be edited."""
    shutil.copytree(ROOT / "features", tmp_path / "features", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def computed(folder: Path) -> dict[str, float]:
    """Return what a copy of the package computes in a process of its own, with the cache that the last one left."""
    environment = os.environ | {
        "HABITUS_KERNELS": str(folder / "kernels"),
        "PYTHONDONTWRITEBYTECODE": "1",  # Python's own cache does not see two edits of one second
    }
    done = subprocess.run(
        [sys.executable, "-c", COMPUTE], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = ast.literal_eval(done.stdout)
    return found


@pytest.mark.long
def test_an_edited_callee_is_compiled_anew_and_so_is_a_constant_of_another_file(copied: Path) -> None:
    before = computed(copied)
    for file, text, edit in (
        ("catalogue/kind.py", "HALF_LIFE = 28", "HALF_LIFE = 14"),
        ("kernel/scan.py", "np.sqrt(n * squares", "np.sqrt(9 * squares"),
    ):
        path = copied / "features" / file
        original = path.read_text(encoding="utf-8")
        assert text in original
        path.write_text(original.replace(text, edit), encoding="utf-8")
    after = computed(copied)
    assert before.keys() == after.keys() == {"purchase_activity", "gap_spread_84d"}
    assert all(after[name] != before[name] for name in before)


OURS = {"features", "training", "serving"}
FIXED = {("features.clock", name) for name in ("SECOND", "HOUR", "DAY", "WEEK", "FIRST", "LAST")}
"""What of another file may be compiled in: units of time, and the range of those that are believed."""


def borrowed(text: str) -> tuple[int, set[str]]:
    """Return how many functions a module compiles into Numba's cache, and what of our other files is in them.

    Numba compares the time and size of the file that a function is in, of no other: what it takes from there would stay
    as it was when it was compiled.
    """
    tree = ast.parse(text)
    imported = {
        alias.asname or alias.name.partition(".")[0]: ".".join(filter(None, (module, alias.name)))
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in [node.module if isinstance(node, ast.ImportFrom) else None]
        for alias in node.names
        if (module or alias.name).partition(".")[0] in OURS and (module, alias.name) not in FIXED
    }
    constants = {
        target.id: _names(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for one in node.targets
        for target in ast.walk(one)
        if isinstance(target, ast.Name)
    }
    compiled = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(_names(decorator) & {"njit", "jit", "compiled", "vectorize"} for decorator in node.decorator_list)
    ]
    used = {name for function in compiled for statement in function.body for name in _names(statement)}
    while more := {name for known in used for name in constants.get(known, ())} - used:
        used |= more
    return len(compiled), {imported[name] for name in used & imported.keys()}


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_no_cached_function_holds_anything_of_another_file() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): borrowed(path.read_text(encoding="utf-8"))
        for package in sorted(OURS)
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    assert {path: names for path, (_, names) in found.items() if names} == {}
    counts = {path: count for path, (count, _) in found.items() if count}
    assert counts["features/buckets/packing.py"] >= 4
    assert counts["training/scorers/row_loop.py"] >= 5


def test_the_generated_module_imports_nothing_of_ours() -> None:
    count, names = borrowed(scan.source(CATALOGUE))
    assert (count > 3, names) == (True, set())
    imports = [line for line in scan.source(CATALOGUE).splitlines() if line.startswith(("import", "from"))]
    assert imports == ["import math", "import numpy as np", "from numba import njit"]


@pytest.mark.parametrize(
    ("imports", "body", "names"),
    [
        ("from features.log.ordering import group", "group(x)", {"features.log.ordering.group"}),
        ("from features.log import ordering", "ordering.group(x)", {"features.log.ordering"}),
        (
            "from training.scorers.row_loop import LOG\nMINE = LOG + 1\nOURS = MINE",
            "x + OURS",
            {"training.scorers.row_loop.LOG"},
        ),
        ("from features.clock import DAY\nimport numpy as np", "np.log(DAY)", set()),
        ("from features.log.ordering import group\ngroup(1)", "x", set()),
    ],
)
def test_what_a_cached_function_borrows_is_found(imports: str, body: str, names: set[str]) -> None:
    text = f"{imports}\n@njit(cache=True)\ndef one(x):\n    return {body}\n"
    assert borrowed(text) == (1, names)


def test_money_is_told_in_cents_and_a_part_of_one_is_kept() -> None:
    of_money = [
        Aggregate("total", "", "cents", "sum", "purchase", None, "amount"),
        Aggregate("best", "", "cents", "largest", "purchase", None, "amount"),
        Aggregate("units", "", "thousandths", "sum", "purchase", None, "quantity"),
    ]
    log = shop.made(amount=[12.5, 1.255], quantity=[2, 1])
    found = Kernel(tuple(of_money)).exact(log, np.zeros(1, np.int64), np.array([clock.LAST], np.int64))
    assert found.tolist() == [[1375.5, 1250.0, 3000.0]]


def test_a_new_scan_may_be_asked_for_by_threads_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABITUS_KERNELS", str(tmp_path))
    for number in range(40):
        start = threading.Barrier(8)

        def asked(number: int = number, start: threading.Barrier = start) -> int:
            start.wait()
            told: int = kernel.load(f"told = {number}").told
            return told

        with ThreadPoolExecutor(8) as pool:
            assert [one.result() for one in [pool.submit(asked) for _ in range(8)]] == [number] * 8
    assert not list(tmp_path.rglob("*.draft"))
