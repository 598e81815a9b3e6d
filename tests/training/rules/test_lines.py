"""Lines: what is asked of purchases and their products equals a plain reading of the rows, however they are cut."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import clock
from features import dataset as datasets
from features.buckets import intake, memory
from features.clock import DAY
from features.dataset import Dataset
from features.log import log as logs
from features.log.log import Log
from features.log.products import Products
from tests.training.rules.conftest import with_rules
from training.rules.rules import Judged, Rules
from training.rules.truth import TRUE

FIRST, END = (clock.parse(day, ZoneInfo("UTC")) for day in ("2024-01-01", "2024-06-01"))
TOML = """
name = "things"
currency = "EUR"
end = 2024-06-01
[[sources]]
path = "orders.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at", amount = "total", order_id = "order", product_id = "sku", category = "type", channel = "via" }
[[sources]]
path = "views.csv"
event = "page_view"
columns = { customer_id = "client", occurred_at = "at", product_id = "sku" }
[[products]]
path = "prices.csv"
columns = { product_id = "sku", price = "price", brand = "brand", in_stock = "there", valid_from = "since" }
[[products]]
path = "sizes.csv"
columns = { product_id = "sku", size = "size", title = "name" }
"""  # noqa: E501
SAID = ("order_id", "product_id", "category", "channel")
"""What an event of a file or a request says beside who, when and how much."""
Facts = Mapping[str, Any]
Test = Callable[[Facts], bool | None]


def _compared(name: str, compare: Callable[[Any, Any], bool], value: Any) -> Test:
    return lambda facts: None if facts[name] is None else compare(facts[name], value)


def _every(*parts: Test) -> Test:
    def holds(facts: Facts) -> bool | None:
        found = [part(facts) for part in parts]
        return False if False in found else None if None in found else True

    return holds


def _not(part: Test) -> Test:
    return lambda facts: None if part(facts) is None else not part(facts)


def _some(*parts: Test) -> Test:
    return _not(_every(*map(_not, parts)))


BRAND, DEAR = _compared("brand", operator.eq, "Ä"), _compared("price", operator.gt, 2.35)
ASKED: dict[str, tuple[str, Test, int | None, int]] = {
    "brand": ("brand == 'Ä'", BRAND, None, 1),
    "others": ("brand != 'Ä'", _not(BRAND), 60, 2),
    "listed": ("brand in ('Ä', 'C')", _compared("brand", lambda a, b: a in b, ("Ä", "C")), 90, 2),
    "unlisted": ("not brand in ('Ä', 'C')", _not(_compared("brand", lambda a, b: a in b, ("Ä", "C"))), 90, 1),
    "product": ("product_id == '7'", _compared("product_id", operator.eq, "7"), 100, 1),
    "dear": ("price > 2.35", DEAR, 30, 1),
    "exact": ("price == 0.1", _compared("price", operator.eq, 0.1), None, 1),
    "between": (
        "0.1 <= price < 2.4",
        _every(_compared("price", operator.ge, 0.1), _compared("price", operator.lt, 2.4)),
        60,
        2,
    ),
    "there": ("in_stock", _compared("in_stock", operator.eq, True), 60, 2),
    "gone": ("in_stock == false and size >= 2", _every(
        _compared("in_stock", operator.eq, False), _compared("size", operator.ge, 2)), 60, 1),
    "mixed": (
        "category == 'Wine' and not (product.brand == 'Ä' or price > 2.35) and event.channel != 'web'",
        _every(
            _compared("category", operator.eq, "Wine"),
            _not(_some(BRAND, DEAR)),
            _not(_compared("channel", operator.eq, "web")),
        ),
        None,
        1,
    ),
    "unknown": ("missing(brand) or missing(size)", lambda of: of["brand"] is None or of["size"] is None, 60, 1),
    "own": ("title == brand", lambda of: None if None in (of["title"], of["brand"]) else of["title"] == of["brand"],
            None, 1),
}  # fmt: skip
"""Conditions, what a plain reading says of a line, in how many days, and in how many orders."""


@dataclass(frozen=True)
class Business:
    """A business of random rows."""

    dataset: Dataset
    lines: list[dict[str, Any]]
    """Every purchased line with what was known of it."""


PRODUCTS = [str(number) for number in range(12)]


def _drawn(seed: int, folder: Path) -> Business:
    rng = Random(seed)  # noqa: S311
    prices: list[dict[str, Any]] = [
        {"sku": one, "since": since, "price": rng.choice([None, 0.1, 2.35, 2.4, 10.0])}
        | {"brand": rng.choice([None, "Ä", "B", "C"]), "there": rng.choice([None, True, False])}
        for one in PRODUCTS[:10]
        for since in sorted({rng.choice([0, 40]), *rng.sample(range(1, 150), rng.randrange(4))})
    ]
    sizes = {one: (rng.choice([None, 1.5, 2.0, 3.0]), rng.choice([None, "Ä", "B"])) for one in PRODUCTS[2:]}
    lines = [_line(rng, prices, sizes) for _ in range(900)]
    dated = ([row["sku"], _day(row["since"]), row["price"], row["brand"], row["there"]] for row in prices)
    _written(folder / "prices.csv", "sku,since,price,brand,there", dated)
    _written(folder / "sizes.csv", "sku,size,name", ([one, *of] for one, of in sizes.items()))
    bought = ([of["client"], clock.iso(of["time"]), 1, *(of[name] for name in SAID)] for of in lines)
    _written(folder / "orders.csv", "client,at,total,order,sku,type,via", bought)
    views = ([f"c{rng.randrange(60)}", _day(rng.randrange(150)), "7"] for _ in range(50))
    _written(folder / "views.csv", "client,at,sku", views)
    (folder / "things.toml").write_text(TOML, encoding="utf-8")
    return Business(datasets.load(str(folder / "things.toml")), lines)


def _line(rng: Random, prices: list[dict[str, Any]], sizes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return a line; it often happens at the very moment from which its product is another."""
    sku = rng.choice([None, "never told", *PRODUCTS])
    moment = FIRST + rng.randrange(150) * DAY + rng.choice([0, rng.randrange(1, DAY)])
    size, title = sizes.get(sku or "", (None, None))
    return {
        "client": f"c{rng.randrange(60)}",
        "time": moment,
        "order_id": f"o{rng.randrange(300)}",
        "product_id": sku,
        "category": rng.choice([None, "Wine", "Beer"]),
        "channel": rng.choice([None, "web", "shop"]),
        **_known(prices, sku, moment),
        "size": size,
        "title": title,
    }


def _day(number: int) -> str:
    return clock.iso(FIRST + number * DAY)


def _known(prices: list[dict[str, Any]], sku: str | None, moment: int) -> dict[str, Any]:
    """Return what the newest row says that holds at a moment, from its very beginning on."""
    held = [row for row in prices if row["sku"] == sku and FIRST + row["since"] * DAY <= moment]
    newest = held[-1] if held else {"price": None, "brand": None, "there": None}
    return {"price": newest["price"], "brand": newest["brand"], "in_stock": newest["there"]}


def _written(path: Path, head: str, rows: Any) -> None:
    text = [",".join("" if one is None else str(one) for one in row) for row in rows]
    path.write_text("\n".join([head, *text, ""]), encoding="utf-8")


def _plainly(business: Business, name: str) -> set[str]:
    """Return who is in a rule by a plain reading of the lines."""
    _, test, days, times = ASKED[name]
    orders: dict[str, set[str]] = {}
    for of in business.lines:
        if test(of) is True and (days is None or of["time"] >= END - days * DAY):
            orders.setdefault(of["client"], set()).add(of["order_id"])
    return {client for client, own in orders.items() if len(own) >= times}


def _rules(dataset: Dataset, products: Products) -> Rules:
    quoted = {
        name: f'bought("{text}"{"" if days is None else f", days = {days}"}, times = {times})'
        for name, (text, _, days, times) in ASKED.items()
    }
    return Rules.read(with_rules(dataset, **quoted), None, "none", products)


def _judged(rules: Rules, log: Log) -> Judged:
    customers = np.arange(len(log.customers))
    return rules.on(log)(customers, np.full(customers.size, END))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("count", [1, 7])
def test_who_bought_such_lines_is_what_a_plain_reading_tells(
    seed: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "buckets", lambda *_: count)
    business = _drawn(seed, tmp_path)
    inside: dict[str, set[str]] = {name: set() for name in ASKED}
    with intake.opened(business.dataset, memory.LEAST) as read:
        assert read.parts == count
        rules = _rules(business.dataset, read.products)
        for log in read.logs():
            judged = _judged(rules, log)
            for name, own in judged.everyone():
                inside[name] |= {log.customers[place].as_py() for place in np.flatnonzero(own)}
            for place in range(0, len(log.customers), 7):
                alone = _judged(rules, logs.pick(log, [place]))
                for name, numbers in judged.seen.own.items():
                    assert numbers[place].tobytes() == alone.seen.own[name][0].tobytes()
                assert all(alone.truths[name][0] == judged.truths[name][place] for name in ASKED)
                assert alone.because("mixed", 0) == judged.because("mixed", place)
    for name in ASKED:
        assert inside[name] == _plainly(business, name), name
    assert sum(0 < len(own) < 60 for own in inside.values()) > len(ASKED) // 2  # the rules tell customers apart


def test_the_events_of_a_request_are_told_by_the_same_products(tmp_path: Path) -> None:
    business = _drawn(9, tmp_path)
    taken = intake.take(business.dataset)
    rules = _rules(business.dataset, taken.log.products)
    stored = _judged(rules, taken.log)
    for place, customer in enumerate(taken.log.customers.to_pylist()[:20]):
        own = [of for of in business.lines if of["client"] == customer]
        said = {name: [of[name] for of in own] for name in SAID}
        when = [clock.iso(of["time"]) for of in own]
        same = {"customer_id": [customer], "event": ["purchase"], "amount": [1.0]}
        repeated = {name: value * len(own) for name, value in same.items()}
        few = intake.of_rows({**repeated, **said, "occurred_at": when}, "UTC")
        assert few.log is not None
        posted = _judged(rules, few.log)
        assert all((posted.truths[name][0] == TRUE) == stored.inside(name)[place] for name in ASKED), customer


def test_events_without_any_product_are_of_unknown_ones(tmp_path: Path) -> None:
    business = _drawn(1, tmp_path)
    rules = _rules(business.dataset, intake.take(business.dataset).log.products)
    few = intake.of_rows(
        {"customer_id": ["x"], "occurred_at": ["2024-05-20"], "event": ["purchase"], "amount": [1.0]}, "UTC"
    )
    assert few.log is not None
    judged = _judged(rules, few.log)
    assert {name for name, own in judged.everyone() if own[0]} == {"unknown"}


def test_a_value_that_no_product_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    business = _drawn(2, tmp_path)
    log = intake.take(business.dataset).log
    asked = with_rules(
        business.dataset,
        a="bought(\"brand in ('Ä', 'Bb') and product_id in ('7', '77')\")",
        b="bought(\"product_id == '11' and title == 'Ä'\")",
    )
    rules = Rules.read(asked, None, "none", log.products)
    assert rules.strangers(log) == {
        ("brand", "Bb"): "no brand 'Bb' is known. Did you mean 'B'?",
        ("product_id", "77"): "no product_id '77' is known. Did you mean '7'?",
    }
