"""The catalogue: every feature, once. A row is: name, meaning, unit, then how it is computed; `{w}` is a window's days.

A window of w days ends at the as-of, or `lag` days before it. "Visits" are baskets where a dataset knows them by
`order_id`. Money is in cents, hundredths of the currency's unit, and a part of one is kept; quantity in thousandths.
"""

import re
from collections.abc import Iterable, Sequence

from features.catalogue.feature import Aggregate, Derived, Feature
from features.catalogue.slug import of_own
from features.log.event import CUSTOM, FORMERLY, KINDS

WINDOWS = (7, 14, 28, 56, 84, 182, 364)
YEAR = 364
"""Weeks of the year before are 52 weeks away, so that weekdays fall on weekdays."""


def _each(
    windows: Iterable[int], name: str, meaning: str, unit: str, kind: str, selection: str, column: str | None = None
) -> list[Feature]:
    return [Aggregate(name.format(w=w), meaning.format(w=w), unit, kind, selection, w, column) for w in windows]


def _derived(windows: Iterable[int], name: str, meaning: str, unit: str, formula: str, a: str, b: str) -> list[Feature]:
    return [
        Derived(name.format(w=w), meaning.format(w=w), unit, formula, a.format(w=w), b.format(w=w)) for w in windows
    ]


def _ever(
    name: str, meaning: str, unit: str, kind: str, selection: str = "purchase", column: str | None = None
) -> Feature:
    return Aggregate(name, meaning, unit, kind, selection, None, column)


_RECENCY = [
    _ever("purchase_recency", "days since the last purchase", "days", "silence"),
    _ever("purchase_tenure", "days since the first purchase", "days", "tenure"),
    _ever("activity_recency", "days since the customer last did anything", "days", "silence", "begun"),
    _ever("activity_tenure", "days since the customer first did anything", "days", "tenure", "begun"),
    _ever("contact_recency", "days since the last campaign contact", "days", "silence", "contact"),
    _ever("redemption_recency", "days since the last coupon redemption", "days", "silence", "redemption"),
    _ever("refund_recency", "days since the last refund or cancellation", "days", "silence", "refund"),
    _ever("page_view_recency", "days since the last page view", "days", "silence", "page_view"),
    _ever("page_view_tenure", "days since the first page view", "days", "tenure", "page_view"),
    _ever("cart_add_recency", "days since something was last put into the cart", "days", "silence", "cart_add"),
    _ever("cart_abandon_recency", "days since a cart was last abandoned", "days", "silence", "cart_abandon"),
    _ever("mail_sent_recency", "days since a mail was last sent", "days", "silence", "mail_sent"),
    _ever("mail_open_recency", "days since a mail was last opened", "days", "silence", "mail_open"),
    _ever("mail_click_recency", "days since a mail was last clicked", "days", "silence", "mail_click"),
    _ever("app_session_recency", "days since the last app session", "days", "silence", "app_session"),
    _ever("app_session_tenure", "days since the first app session", "days", "tenure", "app_session"),
    _ever("support_contact_recency", "days since support was last contacted", "days", "silence", "support_contact"),
]  # fmt: skip

_ACTIVITY = [
    *_each(WINDOWS, "purchase_days_{w}d", "days with a purchase in {w} days", "days", "days", "purchase"),
    *_each((7, 28, 84, 182, 364), "visits_{w}d", "visits in {w} days", "visits", "distinct", "purchase", "order"),
    *_each((28, 84, 182, 364), "lines_{w}d", "purchased lines in {w} days", "lines", "count", "purchase"),
    *_each((28, 84, 364), "units_{w}d", "units purchased in {w} days", "thousandths", "sum", "purchase", "quantity"),
    *_each((7, 28, 84), "active_days_{w}d", "days on which the customer did anything in {w} days", "days", "days", "begun"),
    _ever("purchase_activity", "days with a purchase, each half as much for every 28 days ago", "days", "decayed"),
]  # fmt: skip

_LIFE = [
    _ever("purchase_days", "days with a purchase since the first", "days", "days"),
    _ever("visits", "visits since the first", "visits", "distinct", "purchase", "order"),
    _ever("lines", "purchased lines since the first", "lines", "count"),
    _ever("spend", "net spend since the first", "cents", "sum", "net", "amount"),
    _ever("gap_mean", "mean days between purchase days since the first", "days", "gap_mean"),
    _ever("gap_spread", "spread of days between purchase days since the first", "days", "gap_spread"),
    _ever("gap_newest", "days between the last two purchase days", "days", "gap_newest"),
    _ever("gap_geometric", "geometric mean of days between purchase days since the first", "days", "gap_geometric"),
    Derived("purchase_rate", "purchase days per day since the first", "per day", "ratio", "purchase_days", "purchase_tenure"),
    Derived("overdue", "days since the last purchase over the mean days between purchase days", "ratio", "ratio", "purchase_recency", "gap_mean"),
    Derived("silent_share", "days since the last purchase over those since the first", "ratio", "ratio", "purchase_recency", "purchase_tenure"),
]  # fmt: skip

_MONEY = [
    *_each(WINDOWS, "spend_{w}d", "net spend in {w} days", "cents", "sum", "net", "amount"),
    *_each((84, 364), "largest_line_{w}d", "largest purchased line in {w} days", "cents", "largest", "purchase", "amount"),
    *_each((84, 364), "largest_day_{w}d", "largest sum of a purchase day in {w} days", "cents", "day_largest", "purchase", "amount"),
    *_each((84, 364), "day_spread_{w}d", "spread of the logarithm of purchase days' sums in {w} days", "log", "day_spread", "purchase", "amount"),
    *_derived((28, 84, 364), "spend_per_day_{w}d", "net spend per day with a purchase in {w} days", "cents", "ratio", "spend_{w}d", "purchase_days_{w}d"),
    Derived("spend_rate", "net spend per day since the first purchase", "cents", "ratio", "spend", "purchase_tenure"),
]  # fmt: skip

_BASKET = [
    *_derived((84, 364), "spend_per_visit_{w}d", "net spend per visit in {w} days", "cents", "ratio", "spend_{w}d", "visits_{w}d"),
    *_derived((84, 364), "lines_per_visit_{w}d", "lines per visit in {w} days", "lines", "ratio", "lines_{w}d", "visits_{w}d"),
    *_derived((84, 364), "units_per_line_{w}d", "units per line in {w} days", "thousandths", "ratio", "units_{w}d", "lines_{w}d"),
    *_derived((84,), "visits_per_day_{w}d", "visits per day with a purchase in {w} days", "visits", "ratio", "visits_{w}d", "purchase_days_{w}d"),
    *_derived((84, 364), "spend_per_line_{w}d", "net spend per line in {w} days", "cents", "ratio", "spend_{w}d", "lines_{w}d"),
]  # fmt: skip

_RHYTHM = [
    *_each((84, 182, 364), "gap_mean_{w}d", "mean days between purchase days in {w} days", "days", "gap_mean", "purchase"),
    *_each((84, 182, 364), "gap_spread_{w}d", "spread of days between purchase days in {w} days", "days", "gap_spread", "purchase"),
    *_each((84, 182, 364), "gap_longest_{w}d", "longest gap between purchase days in {w} days", "days", "gap_longest", "purchase"),
    *_derived((84, 364), "gap_variation_{w}d", "spread of the gaps between purchase days over their mean in {w} days", "ratio", "ratio", "gap_spread_{w}d", "gap_mean_{w}d"),
    *_derived((84, 182, 364), "overdue_{w}d", "days since the last purchase over the mean gap in {w} days", "ratio", "ratio", "purchase_recency", "gap_mean_{w}d"),
    *_derived((84, 364), "overdue_longest_{w}d", "days since the last purchase over the longest gap in {w} days", "ratio", "ratio", "purchase_recency", "gap_longest_{w}d"),
    *_each((56, 84, 182, 364), "weeks_{w}d", "weeks with a purchase in {w} days", "weeks", "weeks", "purchase"),
]  # fmt: skip


def _trend(w: int, lag: int, suffix: str, when: str) -> list[Feature]:
    """Return what was bought in a window that ends `lag` days ago."""
    return [
        Aggregate(f"purchase_days_{w}d_{suffix}", f"days with a purchase in {when}", "days", "days", "purchase", w, None, lag),
        Aggregate(f"spend_{w}d_{suffix}", f"net spend in {when}", "cents", "sum", "net", w, "amount", lag),
    ]  # fmt: skip


_TREND = [
    *(one for w in (7, 14, 28, 56, 84, 182) for one in _trend(w, w, "before", f"the {w} days before the last {w}")),
    *_derived((7, 14, 28, 56, 84, 182), "days_trend_{w}d", "share of the last {w} days in the purchase days of those and the {w} before", "share", "share", "purchase_days_{w}d", "purchase_days_{w}d_before"),
    *_derived((7, 14, 28, 56, 84, 182), "spend_trend_{w}d", "share of the last {w} days in the net spend of those and the {w} before", "share", "share", "spend_{w}d", "spend_{w}d_before"),
    *(one for w in (28, 84) for one in _trend(w, YEAR, "year_ago", f"the same {w} days a year ago")),
    *_derived((28, 84), "days_year_on_year_{w}d", "share of the last {w} days in the purchase days of those and the same a year ago", "share", "share", "purchase_days_{w}d", "purchase_days_{w}d_year_ago"),
    *_derived((28, 84), "spend_year_on_year_{w}d", "share of the last {w} days in the net spend of those and the same a year ago", "share", "share", "spend_{w}d", "spend_{w}d_year_ago"),
    *(one for w in (28, 84) for one in _trend(w, YEAR - w, "next_year_ago", f"the {w} days that followed a year ago")),
]  # fmt: skip

_PRICE = [
    *_each((28, 84, 364), "discount_{w}d", "discount received in {w} days", "cents", "sum", "purchase", "discount"),
    *_derived((28, 84, 364), "discount_share_{w}d", "discount over discount and net spend in {w} days", "share", "share", "discount_{w}d", "spend_{w}d"),
    *_each((28, 84, 364), "discounted_lines_{w}d", "lines bought at a discount in {w} days", "lines", "count", "discounted"),
    *_derived((28, 84, 364), "discounted_line_share_{w}d", "share of lines bought at a discount in {w} days", "share", "ratio", "discounted_lines_{w}d", "lines_{w}d"),
    _ever("discounted_recency", "days since the last line bought at a discount", "days", "silence", "discounted"),
    *_derived((84, 364), "price_{w}d", "net spend per unit in {w} days", "cents per thousandth", "ratio", "spend_{w}d", "units_{w}d"),
]  # fmt: skip

_VARIETY = [
    *_each((28, 84, 364), "products_{w}d", "different products in {w} days", "products", "distinct", "purchase", "product"),
    *_each((28, 84, 364), "categories_{w}d", "different categories in {w} days", "categories", "distinct", "purchase", "category"),
    *_each((84, 364), "stores_{w}d", "different stores in {w} days", "stores", "distinct", "purchase", "store"),
    *_derived((84, 364), "repeat_share_{w}d", "share of lines that repeat a product of the same {w} days", "share", "rest", "products_{w}d", "lines_{w}d"),
    *_each((84, 364), "category_entropy_{w}d", "entropy of the lines' categories in {w} days", "nats", "entropy", "purchase", "category"),
    *_each((84, 364), "category_top_share_{w}d", "share of the favourite category in the lines of {w} days", "share", "top_share", "purchase", "category"),
    *_each((364,), "product_entropy_{w}d", "entropy of the lines' products in {w} days", "nats", "entropy", "purchase", "product"),
    *_each((364,), "store_top_share_{w}d", "share of the favourite store in the lines of {w} days", "share", "top_share", "purchase", "store"),
]  # fmt: skip

_TIME = [
    *_each((364,), "weekend_lines_{w}d", "lines bought on a weekend in {w} days", "lines", "weekend", "purchase"),
    *_each((364,), "night_lines_{w}d", "lines bought from 0 to 6 o'clock in {w} days", "lines", "night", "purchase"),
    *_each((364,), "morning_lines_{w}d", "lines bought from 6 to 12 o'clock in {w} days", "lines", "morning", "purchase"),
    *_each((364,), "afternoon_lines_{w}d", "lines bought from 12 to 18 o'clock in {w} days", "lines", "afternoon", "purchase"),
    *_each((364,), "evening_lines_{w}d", "lines bought from 18 to 24 o'clock in {w} days", "lines", "evening", "purchase"),
    *_each((84, 364), "weekdays_{w}d", "different weekdays with a purchase in {w} days", "weekdays", "weekdays", "purchase"),
    *(Derived(f"{part}_share_364d", f"share of the lines bought {when} in 364 days", "share", "ratio", f"{part}_lines_364d", "lines_364d")
      for part, when in (("weekend", "on a weekend"), ("night", "from 0 to 6 o'clock"), ("morning", "from 6 to 12 o'clock"),
                         ("afternoon", "from 12 to 18 o'clock"), ("evening", "from 18 to 24 o'clock"))),
]  # fmt: skip

_CAMPAIGN = [
    *_each((28, 84, 364), "contacts_{w}d", "campaign contacts in {w} days", "contacts", "count", "contact"),
    *_each((84, 364), "redemptions_{w}d", "coupons redeemed in {w} days", "coupons", "count", "redemption"),
    *_each((364,), "campaigns_{w}d", "campaigns that contacted the customer in {w} days", "campaigns", "distinct", "contact", "campaign"),
    *_each((364,), "campaigns_redeemed_{w}d", "campaigns with a redeemed coupon in {w} days", "campaigns", "distinct", "redemption", "campaign"),
    *_derived((364,), "response_rate_{w}d", "campaigns redeemed per campaign contacted in {w} days", "ratio", "ratio", "campaigns_redeemed_{w}d", "campaigns_{w}d"),
    *_each((364,), "campaigns_answered_{w}d", "contacts that were followed by a redemption of the same campaign in {w} days", "contacts", "answered", "campaign", "campaign"),
    *_each((364,), "redemption_delay_{w}d", "mean days from a contact to the first redemption of the campaign in {w} days", "days", "answer_delay", "campaign", "campaign"),
]  # fmt: skip

_RETURNS = [
    *_each((84, 364), "refunds_{w}d", "refunded or cancelled lines in {w} days", "lines", "count", "refund"),
    *_derived((84, 364), "refund_share_{w}d", "refunded or cancelled lines over all lines in {w} days", "share", "share", "refunds_{w}d", "lines_{w}d"),
    *_each((364,), "refunded_{w}d", "amount refunded or cancelled in {w} days, negative", "cents", "sum", "refund", "amount"),
]  # fmt: skip

_WEB = [
    *_each((7, 28, 84, 364), "page_views_{w}d", "page views in {w} days", "views", "count", "page_view"),
    *_each((7, 28, 84), "page_view_days_{w}d", "days with a page view in {w} days", "days", "days", "page_view"),
    *_each((28, 84), "products_viewed_{w}d", "different products viewed in {w} days", "products", "distinct", "page_view", "product"),
    _ever("page_view_activity", "days with a page view, each half as much for every 28 days ago", "days", "decayed", "page_view"),
    *_derived((28, 84), "view_to_buy_{w}d", "purchase days per day with a page view in {w} days", "ratio", "ratio", "purchase_days_{w}d", "page_view_days_{w}d"),
    *_each((28, 84, 364), "cart_adds_{w}d", "products put into the cart in {w} days", "products", "count", "cart_add"),
    *_each((28, 84, 364), "cart_abandons_{w}d", "carts abandoned in {w} days", "carts", "count", "cart_abandon"),
    *_derived((28, 84, 364), "abandon_rate_{w}d", "carts abandoned per product put into the cart in {w} days", "ratio", "ratio", "cart_abandons_{w}d", "cart_adds_{w}d"),
    *_derived((28, 84), "view_to_cart_{w}d", "products put into the cart per page view in {w} days", "ratio", "ratio", "cart_adds_{w}d", "page_views_{w}d"),
    Aggregate("page_view_days_28d_before", "days with a page view in the 28 days before the last 28", "days", "days", "page_view", 28, None, 28),
    *_derived((28,), "page_view_trend_{w}d", "share of the last {w} days in the page view days of those and the {w} before", "share", "share", "page_view_days_{w}d", "page_view_days_{w}d_before"),
]  # fmt: skip

_MAIL = [
    *_each((28, 84, 364), "mails_sent_{w}d", "mails sent in {w} days", "mails", "count", "mail_sent"),
    *_each((28, 84, 364), "mails_opened_{w}d", "mails opened in {w} days", "mails", "count", "mail_open"),
    *_each((28, 84, 364), "mails_clicked_{w}d", "mails clicked in {w} days", "mails", "count", "mail_click"),
    *_derived((28, 84, 364), "open_rate_{w}d", "mails opened per mail sent in {w} days", "ratio", "ratio", "mails_opened_{w}d", "mails_sent_{w}d"),
    *_derived((28, 84, 364), "click_rate_{w}d", "mails clicked per mail sent in {w} days", "ratio", "ratio", "mails_clicked_{w}d", "mails_sent_{w}d"),
    *_derived((84, 364), "click_to_open_{w}d", "mails clicked per mail opened in {w} days", "ratio", "ratio", "mails_clicked_{w}d", "mails_opened_{w}d"),
    *_each((364,), "open_delay_{w}d", "mean days from a mail to its first opening in {w} days", "days", "answer_delay", "mailing", "campaign"),
]  # fmt: skip

_APP = [
    *_each((7, 28, 84, 364), "app_sessions_{w}d", "app sessions in {w} days", "sessions", "count", "app_session"),
    *_each((28, 84), "app_days_{w}d", "days with an app session in {w} days", "days", "days", "app_session"),
    Aggregate("app_days_28d_before", "days with an app session in the 28 days before the last 28", "days", "days", "app_session", 28, None, 28),
    *_derived((28,), "app_trend_{w}d", "share of the last {w} days in the app days of those and the {w} before", "share", "share", "app_days_{w}d", "app_days_{w}d_before"),
]  # fmt: skip

_SERVICE = [
    *_each((28, 84, 364), "support_contacts_{w}d", "contacts with support in {w} days", "contacts", "count", "support_contact"),
    *_each((364,), "channels_{w}d", "different channels of what the customer did in {w} days", "channels", "distinct", "begun", "channel"),
]  # fmt: skip

_SUBSCRIPTION = [
    _ever("subscription_days_left", "days until the paid-until date of a subscription that is not ended", "days", "paid_left", "subscription", "until"),
    _ever("subscription_periods", "periods paid for since the start of a subscription that is not ended", "periods", "periods", "subscription"),
    _ever("subscription_period_days", "days from the newest payment of a subscription to its paid-until date", "days", "paid_length", "subscription_period", "until"),
]  # fmt: skip

FAMILIES: dict[str, list[Feature]] = {
    "recency and tenure": _RECENCY,
    "activity": _ACTIVITY,
    "life": _LIFE,
    "money": _MONEY,
    "baskets": _BASKET,
    "rhythm": _RHYTHM,
    "trend": _TREND,
    "price and discount": _PRICE,
    "variety": _VARIETY,
    "time of day and week": _TIME,
    "campaigns": _CAMPAIGN,
    "returns": _RETURNS,
    "web": _WEB,
    "mail": _MAIL,
    "app": _APP,
    "support and channels": _SERVICE,
    "subscriptions": _SUBSCRIPTION,
}

CATALOGUE: tuple[Feature, ...] = tuple(feature for family in FAMILIES.values() for feature in family)


PER_VALUE = ("category_share_364d_", "last_channel_", "channel_share_364d_")
"""How the features begin that a model sees of the largest categories and channels; what they are made of, it does not."""


def of_category(category: str, slug: str) -> tuple[Feature, ...]:
    """Return the features of one of the largest categories; which those are, a dataset's history says."""
    lines = f"lines_364d_{slug}"
    return (
        Aggregate(lines, f"purchased lines of {category} in 364 days", "lines", "count", "purchase", 364, only=("category", category)),
        Derived(f"category_share_364d_{slug}", f"share of {category} in the lines of 364 days", "share", "ratio", lines, "lines_364d"),
    )  # fmt: skip


def of_channel(channel: str, slug: str) -> tuple[Feature, ...]:
    """Return the features of one of the largest channels."""
    recency = f"purchase_recency_{slug}"
    return (
        Aggregate(recency, f"days since the last purchase by {channel}", "days", "silence", "purchase", only=("channel", channel)),
        Derived(f"last_channel_{slug}", f"whether the last purchase was by {channel}", "yes or no", "same", recency, "purchase_recency"),
        Aggregate(f"lines_364d_by_{slug}", f"lines bought by {channel} in 364 days", "lines", "count", "purchase", 364, only=("channel", channel)),
        Derived(f"channel_share_364d_{slug}", f"share of the lines bought by {channel} in 364 days", "share", "ratio", f"lines_364d_by_{slug}", "lines_364d"),
    )  # fmt: skip


GENERIC_WINDOWS = (28, 84, 364)
_GENERIC = re.compile(rf"({CUSTOM.rstrip(':')}_.+|{'|'.join(KINDS[len(FORMERLY) :])})_(recency|(count|days)_\d+d)")


def event(kind: str) -> str:
    """Return a kind of event in words.

    Example:
        >>> event("custom:quote_asked")
        'quote asked'
    """
    return kind.removeprefix(CUSTOM).replace("_", " ")


def of_kind(kind: str, windows: Sequence[int] = GENERIC_WINDOWS) -> tuple[Feature, ...]:
    """Return the features of a kind of event that no family has: how long ago, how often and on how many days."""
    name, words = of_own(kind), event(kind)
    plain = words.replace("{", "{{").replace("}", "}}")  # a format is made of it
    return (
        _ever(f"{name}_recency", f"days since the last {words}", "days", "silence", kind),
        *_each(windows, f"{name}_count_{{w}}d", f"times of {plain} in {{w}} days", "times", "count", kind),
        *_each(windows, f"{name}_days_{{w}}d", f"days with a {plain} in {{w}} days", "days", "days", kind),
    )


def of_kinds(kinds: Iterable[str], windows: Sequence[int] = ()) -> tuple[Feature, ...]:
    """Return the features of those kinds that no family has, in the order of their codes.

    Args:
        kinds: those of a dataset.
        windows: days of windows that it wants beside the catalogue's.
    """
    there = frozenset(kinds) - frozenset(FORMERLY)
    own = sorted(kind for kind in there if kind.startswith(CUSTOM))
    wanted = tuple(dict.fromkeys((*GENERIC_WINDOWS, *windows)))
    return tuple(one for kind in (*KINDS, *own) if kind in there for one in of_kind(kind, wanted))


def is_of_kind(name: str) -> bool:
    """Return whether a feature's name is one that `of_kinds` gives."""
    return _GENERIC.fullmatch(name) is not None
