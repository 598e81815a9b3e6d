"""A simulated shop as benches read it: purchases, refunds and page views alone, so that all have the same features."""

SOURCES = """
[[sources]]
path = "events"
[sources.event]
column = "event"
[sources.event.values]
purchase = "purchase"
refund = "refund"
page_view = "page_view"
[sources.columns]
customer_id = "customer_id"
occurred_at = "occurred_at"
event_id = "event_id"
amount = "amount"
order_id = "order_id"
"""
"""The part of its dataset file that maps them."""
