"""The features that all engines compute: names of the catalogue, by their windows."""

WINDOWS: dict[str, tuple[int, ...]] = {
    "lines": (28, 84, 182, 364),
    "page_views": (7, 28, 84, 364),
    "app_sessions": (7, 28, 84, 364),
    "contacts": (28, 84, 364),
    "mails_sent": (28, 84, 364),
    "mails_opened": (28, 84, 364),
    "spend": (7, 14, 28, 56, 84, 182, 364),
    "units": (28, 84, 364),
    "discount": (28, 84, 364),
    "largest_line": (84, 364),
    "purchase_days": (7, 14, 28, 56, 84, 182, 364),
    "visits": (7, 28, 84, 182, 364),
    "products": (28, 84, 364),
    "categories": (28, 84, 364),
    "stores": (84, 364),
    "gap_mean": (84, 182, 364),
    "gap_longest": (84, 182, 364),
    "spend_per_visit": (84, 364),
}

EVER = (
    "purchase_recency",
    "purchase_tenure",
    "refund_recency",
    "contact_recency",
    "page_view_recency",
    "page_view_tenure",
)

NAMES = (*(f"{name}_{window}d" for name, windows in WINDOWS.items() for window in windows), *EVER)

COUNTED = {
    "lines": "purchase",
    "page_views": "page_view",
    "app_sessions": "app_session",
    "contacts": "contact",
    "mails_sent": "mail_sent",
    "mails_opened": "mail_open",
}
"""Features that count the events of a kind."""

DISTINCT = {"visits": "order_id", "products": "product_id", "categories": "category", "stores": "store_id"}
"""Features that count the different values of a column among purchases."""
