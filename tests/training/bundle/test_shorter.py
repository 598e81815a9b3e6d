"""The shorter horizon: the check of a level in words, and as an earlier release kept it."""

import msgspec

from training.bundle.shorter import Moment, Shorter
from training.bundle.total import Total

OTHERS = (Moment(66, 0, 700, 20.0, 25.0), Moment(38, 0, 650, 12.0, 10.0))
TOTAL = Total(2_345, 1_234_567.8, 812_345.6, 1_876_543.2, 0.2, 0.07, 3)


def test_a_check_says_what_was_predicted_beside_what_happened() -> None:
    one = Shorter(94, 0, 800, 33.0, 30.0)
    assert one.said(binary=False) == "its level was checked on 94 days: 33.00 predicted, 30.00 happened (800 customers)"
    assert Shorter(94, 0, 800, 33.0, 30.0, -0.04, OTHERS).said(binary=False) == (
        "its level was checked on 94 days: 33.00 predicted, 30.00 happened (800 customers);"
        " at later moments 0.80 on 66, 1.20 on 38 days: times what happened, and carried over as a shift of -0.040"
    )


def test_a_total_says_its_interval_and_on_how_many_moments_it_stands() -> None:
    assert TOTAL.said(365, "EUR", binary=False) == (
        "the total of the next 365 days: 1,230,000 EUR from 2,345 customers, 95 % between 812,000 and 1,880,000,"
        " by 3 moments of the past"
    )
    assert TOTAL.said(365, "", binary=False).startswith(
        "the total of the next 365 days: 1,230,000 from 2,345 customers"
    )


def test_a_bundle_keeps_it_and_one_of_before_opens() -> None:
    whole = Shorter(94, 0, 800, 33.0, 30.0, -0.04, OTHERS, TOTAL)
    assert msgspec.convert(msgspec.to_builtins(whole), Shorter | None) == whole
    before = {"horizon_days": 94, "cut_off": 5, "rows": 800, "predicted": 0.3, "happened": 0.2, "shift": -0.1}
    opened = msgspec.convert(before, Shorter | None)
    assert opened == Shorter(94, 5, 800, 0.3, 0.2, -0.1)
    assert opened is not None
    assert (opened.others, opened.total) == ((), None)
