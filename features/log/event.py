"""The canonical event: one thing that one customer did at one time, and how it is packed for the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = (
    "purchase",
    "refund",
    "cancellation",
    "contact",
    "redemption",
    "page_view",
    "cart_add",
    "cart_abandon",
    "mail_sent",
    "mail_open",
    "mail_click",
    "app_session",
    "support_contact",
    "coupon",
    "survey_answered",
    "web_session",
    "feature_use",
    "content_download",
    "webinar",
    "comment",
    "social_activity",
    "sign_up",
    "demo_request",
    "support_solved",
    "dispute",
    "payment_failed",
    "mail_delivered",
    "mail_bounced",
    "mail_unsubscribed",
    "mail_complained",
    "subscription_started",
    "subscription_renewed",
    "subscription_ended",
)
"""Every kind of event that is known. The position is the code, so a new kind goes at the end."""

FORMERLY = KINDS[:14]
"""The kinds that release 0.1.0 knew: its bundles mean no others, and they have features of their own."""

CUSTOM = "custom:"
"""How the name of a kind begins that a dataset brings itself."""

MONEY_UNITS = 10_000
"""So many units of money make up one of the currency: room for the digits of every currency, and for rates."""
CENTS = 100
"""Features tell money in hundredths of the currency's unit, whatever the currency: so many make up one."""
MONEY = ("amount", "discount")
"""The columns that are money."""
QUANTITY_UNITS = 1000
"""So many units of quantity make up one."""
SCORE_UNITS = 1_000_000
"""So many units of a score make up one."""
DURATION_UNITS = 1_000_000
"""Microseconds of a second."""

MOST_KINDS = 127
"""As many as there is room for, those of a dataset's own among them."""
GIVES_BACK = ("refund", "cancellation")
"""Kinds whose amount flows back to the customer: stored negative, whatever sign the source uses."""

SENT = (
    "contact",
    "mail_sent",
    "support_solved",
    "payment_failed",
    "mail_delivered",
    "mail_bounced",
    "subscription_renewed",
    "subscription_ended",
)
"""Kinds that the business, or the calendar, begins."""

BEGUN = tuple(kind for kind in KINDS if kind not in SENT)
"""Kinds that the customer begins: signs of life."""

RESPONSES = ("redemption", "mail_open", "mail_click")
"""Kinds by which a customer answers a campaign."""

SUBSCRIPTION = ("subscription_started", "subscription_renewed", "subscription_ended")
"""The kinds of a subscription's life, in the order of `STARTED`, `RENEWED` and `ENDED`."""
STARTED, RENEWED, ENDED = 1, 2, 3
"""How the kernel tells them apart; 0 is any other kind."""
PAYING = SUBSCRIPTION[:2]
"""Kinds by which a period begins that is paid up to `until`."""

DELIVERING = ("mail_sent", "mail_delivered")
"""Kinds that say when a mail was on its way or arrived."""
FOLLOWING = ("mail_open", "mail_click")
"""Kinds that a person makes with a mail, or a machine that looks at it."""

DISCOUNTED = MOST_KINDS + 1
"""Set in the packed code of an event whose discount is above zero; the bits below hold the kind."""

CODES = DISCOUNTED << 1
"""How many packed codes there are."""

NO_SELECTION = MOST_KINDS
"""The code of a kind that whoever asks does not know: no selection holds it."""


@dataclass(frozen=True)
class Column:
    """One column of the canonical event."""

    name: str
    sql: str
    """The DuckDB type that a source's value is cast to."""
    meaning: str
    required: bool = False


COLUMNS = (
    Column("customer_id", "VARCHAR", "who did it", required=True),
    Column("occurred_at", "TIMESTAMP", "when it happened; a naive time is in the dataset's zone", required=True),
    Column("event_id", "VARCHAR", "the source's own key of the row"),
    Column("amount", "DOUBLE", "what the customer paid for the line, in units of currency"),
    Column("quantity", "DOUBLE", "units on the line"),
    Column("discount", "DOUBLE", "what was taken off the price, in units of currency, not negative"),
    Column("order_id", "VARCHAR", "the basket or invoice that the line belongs to"),
    Column("product_id", "VARCHAR", "the product"),
    Column("category", "VARCHAR", "the product's category or department"),
    Column("store_id", "VARCHAR", "the shop, site or app"),
    Column("channel", "VARCHAR", "how the customer was reached, or bought"),
    Column("campaign_id", "VARCHAR", "the campaign that the event belongs to"),
    Column("recorded_at", "TIMESTAMP", "when the row became known to the business"),
    Column("score", "DOUBLE", "what the customer answered or gave: a rating, a point of NPS"),
    Column("duration", "DOUBLE", "how long it lasted, in seconds, not negative"),
    Column("until", "TIMESTAMP", "up to when it holds, such as the end of a paid period"),
)
"""The canonical columns; `event`, the kind, comes from the source's declaration."""


@dataclass(frozen=True)
class Selection:
    """Which events an aggregate looks at: those of some kinds, all of them or only the discounted."""

    name: str
    kinds: tuple[str, ...]
    discounted_only: bool = False
    at_least: int = 1
    """How many of the kinds a dataset must have for the selection to say anything of its own."""

    def codes(self, kinds: Sequence[str] = KINDS, discounted: int = DISCOUNTED) -> NDArray[np.bool_]:
        """Return which of the packed codes belong to the selection.

        Args:
            kinds: what each code means; a kind that is not among them has none.
            discounted: the bit of the code of what was discounted.

        Returns:
            shape (2 * discounted,), as a rule (CODES,).
        """
        code = np.arange(2 * discounted)
        wanted = np.isin(code % discounted, [kinds.index(kind) for kind in self.kinds if kind in kinds])
        return wanted & (code >= discounted) if self.discounted_only else wanted


SELECTIONS = {
    selection.name: selection
    for selection in (
        Selection("purchase", ("purchase",)),
        Selection("discounted", ("purchase",), discounted_only=True),
        Selection("net", ("purchase", "refund", "cancellation")),
        Selection("refund", GIVES_BACK),
        *(Selection(kind, (kind,)) for kind in FORMERLY[3:]),
        Selection("campaign", ("contact", "redemption"), at_least=2),
        Selection("mailing", ("mail_sent", "mail_open"), at_least=2),
        Selection("begun", BEGUN, at_least=2),
        Selection("subscription", SUBSCRIPTION),
        Selection("subscription_period", PAYING),
    )
}
"""Those of the catalogue."""


def selection(name: str) -> Selection:
    """Return a selection of the catalogue, or that of a kind by the kind's name.

    Raises:
        KeyError: there is neither.
    """
    if name in SELECTIONS:
        return SELECTIONS[name]
    if name in KINDS or name.startswith(CUSTOM):
        return Selection(name, (name,))
    raise KeyError(name)
