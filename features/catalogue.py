"""The catalogue: every feature, once. A row is: name, meaning, unit, then how it is computed.

A window of w days ends at the as-of, or `lag` days before it. "Visits" are baskets where a dataset knows them by
`order_id`. Money is in minor units (cents), quantity in thousandths.
"""

from features.feature import Aggregate, Derived, Feature

MONTHS = (28, 84, 364)
WINDOWS = (7, 14, 28, 56, 84, 182, 364)

_RECENCY: list[Feature] = [
    Aggregate("purchase_recency", "days since the last purchase", "days", "silence", "purchase"),
    Aggregate("purchase_tenure", "days since the first purchase", "days", "tenure", "purchase"),
    Aggregate("contact_recency", "days since the last campaign contact", "days", "silence", "contact"),
    Aggregate("redemption_recency", "days since the last coupon redemption", "days", "silence", "redemption"),
]

_ACTIVITY: list[Feature] = [
    *(
        Aggregate(f"purchase_days_{w}d", f"days with a purchase in {w} days", "days", "days", "purchase", w)
        for w in WINDOWS
    ),
    *(
        Aggregate(f"visits_{w}d", f"visits in {w} days", "visits", "distinct", "purchase", w, "order")
        for w in (28, 84, 364)
    ),
    *(Aggregate(f"lines_{w}d", f"purchased lines in {w} days", "lines", "count", "purchase", w) for w in MONTHS),
    *(
        Aggregate(f"units_{w}d", f"units purchased in {w} days", "thousandths", "sum", "purchase", w, "quantity")
        for w in MONTHS
    ),
]

_LIFE: list[Feature] = [
    Aggregate("purchase_days", "days with a purchase since the first", "days", "days", "purchase"),
    Aggregate("visits", "visits since the first", "visits", "distinct", "purchase", None, "order"),
    Aggregate("lines", "purchased lines since the first", "lines", "count", "purchase"),
    Aggregate("spend", "net spend since the first", "cents", "sum", "net", None, "amount"),
    Aggregate("gap_mean", "mean days between purchase days since the first", "days", "gap_mean", "purchase"),
    Aggregate("gap_spread", "spread of days between purchase days since the first", "days", "gap_spread", "purchase"),
    Derived(
        "purchase_rate", "purchase days per day since the first", "per day", "ratio", "purchase_days", "purchase_tenure"
    ),
    Derived("overdue", "silence over the mean gap since the first", "ratio", "ratio", "purchase_recency", "gap_mean"),
    Derived(
        "silent_share", "silence over the time since the first", "ratio", "ratio", "purchase_recency", "purchase_tenure"
    ),
]

_MONEY: list[Feature] = [
    *(Aggregate(f"spend_{w}d", f"net spend in {w} days", "cents", "sum", "net", w, "amount") for w in WINDOWS),
    Aggregate("largest_line_364d", "largest purchased line in 364 days", "cents", "largest", "purchase", 364, "amount"),
    *(Derived(f"spend_per_day_{w}d", f"net spend per day with a purchase in {w} days", "cents", "ratio",
              f"spend_{w}d", f"purchase_days_{w}d") for w in MONTHS),
]  # fmt: skip

_BASKET: list[Feature] = [
    Derived("spend_per_visit_84d", "net spend per visit in 84 days", "cents", "ratio", "spend_84d", "visits_84d"),
    Derived("lines_per_visit_84d", "lines per visit in 84 days", "lines", "ratio", "lines_84d", "visits_84d"),
    Derived(
        "visits_per_day_84d",
        "visits per day with a purchase in 84 days",
        "visits",
        "ratio",
        "visits_84d",
        "purchase_days_84d",
    ),
    Derived("spend_per_line_84d", "net spend per line in 84 days", "cents", "ratio", "spend_84d", "lines_84d"),
]

_RHYTHM: list[Feature] = [
    *(Aggregate(f"gap_mean_{w}d", f"mean days between purchase days in {w} days", "days", "gap_mean", "purchase", w) for w in (84, 364)),
    *(Aggregate(f"gap_spread_{w}d", f"spread of days between purchase days in {w} days", "days", "gap_spread", "purchase", w) for w in (84, 364)),
    *(Aggregate(f"gap_longest_{w}d", f"longest gap between purchase days in {w} days", "days", "gap_longest", "purchase", w) for w in (84, 364)),
    Derived("gap_variation_364d", "spread of the gaps over their mean in 364 days", "ratio", "ratio", "gap_spread_364d", "gap_mean_364d"),
    Derived("overdue_84d", "silence over the mean gap in 84 days", "ratio", "ratio", "purchase_recency", "gap_mean_84d"),
    Derived("overdue_364d", "silence over the mean gap in 364 days", "ratio", "ratio", "purchase_recency", "gap_mean_364d"),
    Derived("overdue_longest_364d", "silence over the longest gap in 364 days", "ratio", "ratio", "purchase_recency", "gap_longest_364d"),
    *(Aggregate(f"weeks_{w}d", f"weeks with a purchase in {w} days", "weeks", "weeks", "purchase", w) for w in (56, 84, 182, 364)),
]  # fmt: skip

_TREND: list[Feature] = [
    *(Aggregate(f"purchase_days_{w}d_before", f"days with a purchase in the {w} days before the last {w}", "days", "days", "purchase", w, lag=w) for w in (28, 84)),
    *(Aggregate(f"spend_{w}d_before", f"net spend in the {w} days before the last {w}", "cents", "sum", "net", w, "amount", lag=w) for w in (28, 84)),
    *(Derived(f"days_trend_{w}d", f"share of the last {w} days in the purchase days of {2 * w}", "share", "share",
              f"purchase_days_{w}d", f"purchase_days_{w}d_before") for w in (28, 84)),
    *(Derived(f"spend_trend_{w}d", f"share of the last {w} days in the net spend of {2 * w}", "share", "share",
              f"spend_{w}d", f"spend_{w}d_before") for w in (28, 84)),
]  # fmt: skip

_PRICE: list[Feature] = [
    *(Aggregate(f"discount_{w}d", f"discount received in {w} days", "cents", "sum", "purchase", w, "discount") for w in MONTHS),
    *(Derived(f"discount_share_{w}d", f"discount over discount and net spend in {w} days", "share", "share",
              f"discount_{w}d", f"spend_{w}d") for w in MONTHS),
    Aggregate("discounted_lines_84d", "lines bought at a discount in 84 days", "lines", "count", "discounted", 84),
    Derived("discounted_line_share_84d", "share of lines bought at a discount in 84 days", "share", "ratio", "discounted_lines_84d", "lines_84d"),
]  # fmt: skip

_VARIETY: list[Feature] = [
    *(Aggregate(f"products_{w}d", f"different products in {w} days", "products", "distinct", "purchase", w, "product") for w in (84, 364)),
    *(Aggregate(f"categories_{w}d", f"different categories in {w} days", "categories", "distinct", "purchase", w, "category") for w in (28, 84, 364)),
    *(Aggregate(f"stores_{w}d", f"different stores in {w} days", "stores", "distinct", "purchase", w, "store") for w in (84, 364)),
    *(Derived(f"repeat_share_{w}d", f"share of lines that repeat a product of the same {w} days", "share", "rest",
              f"products_{w}d", f"lines_{w}d") for w in (84, 364)),
]  # fmt: skip

_CAMPAIGN: list[Feature] = [
    *(
        Aggregate(f"contacts_{w}d", f"campaign contacts in {w} days", "contacts", "count", "contact", w)
        for w in (28, 84, 364)
    ),
    *(
        Aggregate(f"redemptions_{w}d", f"coupons redeemed in {w} days", "coupons", "count", "redemption", w)
        for w in (84, 364)
    ),
    Aggregate(
        "campaigns_364d",
        "campaigns that contacted the customer in 364 days",
        "campaigns",
        "distinct",
        "contact",
        364,
        "campaign",
    ),
    Aggregate(
        "campaigns_redeemed_364d",
        "campaigns with a redeemed coupon in 364 days",
        "campaigns",
        "distinct",
        "redemption",
        364,
        "campaign",
    ),
    Derived(
        "response_rate_364d",
        "campaigns redeemed per campaign contacted in 364 days",
        "ratio",
        "ratio",
        "campaigns_redeemed_364d",
        "campaigns_364d",
    ),
]

_RETURNS: list[Feature] = [
    Aggregate("refund_recency", "days since the last refund or cancellation", "days", "silence", "refund"),
    *(
        Aggregate(f"refunds_{w}d", f"refunded or cancelled lines in {w} days", "lines", "count", "refund", w)
        for w in (84, 364)
    ),
    Derived(
        "refund_share_364d",
        "refunded or cancelled lines over all lines in 364 days",
        "share",
        "share",
        "refunds_364d",
        "lines_364d",
    ),
]

CATALOGUE: tuple[Feature, ...] = tuple(
    feature
    for family in (_RECENCY, _ACTIVITY, _LIFE, _MONEY, _BASKET, _RHYTHM, _TREND, _PRICE, _VARIETY, _CAMPAIGN, _RETURNS)
    for feature in family
)
