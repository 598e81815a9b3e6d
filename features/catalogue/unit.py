"""Units: what a feature's number is computed in, and what people know it in: 9 units are not 9,000 thousandths."""

from dataclasses import dataclass
from math import isnan

from features.catalogue.feature import Aggregate, Declared, Derived
from features.log.event import CENTS, QUANTITY_UNITS

MONEY = "currency"
"""The place of a dataset's own, such as EUR, in a unit's name."""
SHARE = "share"
YES_OR_NO = "yes or no"
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
DIGITS = {code: digits for digits, codes in ((0, _NONE), (3, _THREE), (4, _FOUR)) for code in codes.split()}
"""The digits behind the point that ISO 4217 gives to a currency, where they are not 2. They say what is shown alone."""


@dataclass(frozen=True)
class Unit:
    """How a number is told."""

    known: str
    """The unit that people know."""
    scale: float
    """What a computed number is multiplied by."""
    decimals: int | None
    """None: of a count none; of any other number one, or two where it is below 1."""


_UNITS = {
    "days": Unit("days", 1.0, 0),
    "cents": Unit(MONEY, 1 / CENTS, 2),
    "thousandths": Unit("units", 1 / QUANTITY_UNITS, None),
    "cents per thousandth": Unit(f"{MONEY} per unit", QUANTITY_UNITS / CENTS, 2),
    "per day": Unit("per day", 1.0, 2),
}
_WEIGHED = "decayed"
"""The kind whose days are no whole ones."""
_FRACTIONS = ("ratio", "log", "nats")


def of(feature: Declared) -> Unit:
    """Return the unit in which a feature is told."""
    return _UNITS.get(feature.unit, Unit(feature.unit, 1.0, None))


def is_money(feature: Declared) -> bool:
    """Return whether a feature is an amount of money, of one thing or per thing."""
    return of(feature).known.startswith(MONEY)


def named(feature: Declared, currency: str = MONEY) -> str:
    """Return the unit that people know, and the one that files hold where it is another.

    Example:
        >>> named(Aggregate("units_28d", "", "thousandths", "sum", "purchase", 28, "quantity"))
        'units, in thousandths'
    """
    known = of(feature).known.replace(MONEY, currency)
    return known if known == feature.unit else f"{known}, in {feature.unit}"


def digits(currency: str) -> int:
    """Return how many digits behind the point amounts of a currency are shown with."""
    return DIGITS.get(currency.upper(), 2)


def written(feature: Declared, number: float, currency: str = "") -> str:
    """Return a computed number as it is told, without its unit; empty where there is none. Of a share the per cents."""
    if isnan(number):
        return ""
    if feature.unit == SHARE:
        return _digits(100 * number, 0)
    unit = of(feature)
    scaled = number * unit.scale
    decimals = digits(currency) if unit.known == MONEY else _decimals(feature, unit, scaled)
    return _digits(scaled, decimals)


def alike(feature: Declared, one: float, other: float) -> bool:
    """Return whether two numbers of a feature are the same to who is told them."""
    if feature.unit == YES_OR_NO:
        return isnan(one) == isnan(other) and bool(one) == bool(other)
    return written(feature, one) == written(feature, other)


def _decimals(feature: Declared, unit: Unit, scaled: float) -> int:
    weighed = isinstance(feature, Aggregate) and feature.kind == _WEIGHED
    whole = not isinstance(feature, Derived) and not weighed and feature.unit not in _FRACTIONS
    if unit.decimals is not None and (whole or feature.unit != "days"):
        return unit.decimals
    return 0 if whole else 1 + (abs(scaled) < 1)


def _digits(number: float, decimals: int) -> str:
    return f"{round(number, decimals) + 0.0:,.{decimals}f}"  # + 0.0: no minus before a zero
