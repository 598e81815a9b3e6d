"""Suspects: ids that may stand for nobody, and customers who may not count, each with the lines that say so.

Nothing is left out for looking like one: these are proposals.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.consent.groups import said
from features.dataset import Dataset
from features.identity.links import FOREVER
from features.log.busy import most_orders
from features.log.log import Log

_STAND_INS = {"", "null", "nan", "none", "nil", "n/a", "na", "undefined", "unknown", "anonymous", "guest", "test", "0"}
_STAND_INS |= {"-1", "-", "?", "x", "00000000-0000-0000-0000-000000000000", "(not set)", "not set"}
# fmt: off
_PUBLIC = {
    "163", "alice", "aol", "arcor", "att", "bigpond", "bluewin", "bol", "btinternet", "centrum", "comcast", "cox",
    "email", "free", "freenet", "gmail", "gmx", "googlemail", "hotmail", "icloud", "inbox", "interia", "kpnmail",
    "laposte", "libero", "live", "mac", "mail", "me", "msn", "naver", "neuf", "numericable", "o2", "onet", "orange",
    "outlook", "planet", "pm", "posteo", "proton", "protonmail", "qq", "rambler", "rocketmail", "sapo", "sbcglobal",
    "seznam", "sfr", "sky", "skynet", "t-online", "talktalk", "telefonica", "telenet", "terra", "tim", "tiscali",
    "uol", "verizon", "virgilio", "virginmedia", "wanadoo", "web", "wp", "xs4all", "yahoo", "yandex", "ymail",
    "ziggo", "zoho",
}
# fmt: on
"""Providers of mail for everybody: the first word of their domains."""
ORDERS_A_DAY = 100
"""More than that on one day is hardly a person's."""
_OF_A_COMPANY = 0.02
"""The share of the customers with mail addresses from which on one domain is worth a look."""
_ONE_HIT = 0.5
"""The share of the events from which on customers with a single event are worth a look."""
_SHOWN = 3


def report(dataset: Dataset, log: Log) -> Iterator[str]:
    """Yield a line for each kind of suspect that there is."""
    today = log.absorbed == FOREVER if log.absorbed.size else np.ones(len(log.customers), np.bool_)
    events = np.diff(log.offsets)[today]
    names: list[str] = log.customers.filter(pa.array(today)).to_pylist()
    yield from _stand_ins(names, events)
    yield from _busy(log, dataset.smallest_group)
    yield from _of_a_company(names, dataset.smallest_group)
    single = int((events == 1).sum())
    if single > _ONE_HIT * events.sum():
        yield (
            f"customers with one event only: {said(single, dataset.smallest_group)}, {single / events.sum():.0%} of all"
            f" events: is {dataset.name}'s customer_id what tells customers apart, or a visit's?"
        )


def _stand_ins(names: list[str], events: NDArray[np.int64]) -> Iterator[str]:
    found = {name: int(events[place]) for place, name in enumerate(names) if name.lower() in _STAND_INS}
    if found:
        counted = ", ".join(f"{name!r} ({count:,} events)" for name, count in found.items())
        listed = ", ".join(f'"{name}"' for name in found)
        yield f"ids that may stand for nobody: {counted}; if so, in their sources: missing_ids = [{listed}]"


def _busy(log: Log, smallest: int) -> Iterator[str]:
    most: Counter[str] = Counter()
    for begin, piece in log.pieces():
        orders = most_orders(piece)
        for place in np.flatnonzero(orders > ORDERS_A_DAY).tolist():
            most[log.customers[begin + place].as_py()] = int(orders[place])
    if most:
        such = ", ".join(f"{name} ({count:,})" for name, count in most.most_common(_SHOWN))
        such = "" if smallest > 1 else f", such as {such}"
        yield (
            f"customers with more than {ORDERS_A_DAY} orders on one day: {said(len(most), smallest)}{such}; if they are"
            f" no people: [exclude] orders_a_day = {ORDERS_A_DAY}"
        )


def _of_a_company(names: list[str], smallest: int) -> Iterator[str]:
    domains = Counter(name.lower().rpartition("@")[2] for name in names if "@" in name)
    total = sum(domains.values())
    for domain, count in domains.most_common(_SHOWN):
        if count > max(2, _OF_A_COMPANY * total, smallest - 1) and domain.partition(".")[0] not in _PUBLIC:
            yield (
                f"customers of one company: {count:,} of {total:,} mail addresses are at {domain}; if they are staff:"
                f' [exclude] mail_domains = ["{domain}"]'
            )
