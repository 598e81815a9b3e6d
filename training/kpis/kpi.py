"""KPIs: what each means and its exact formula, in one table. Numerators of shares are parts of their denominators.

All is of customers of a segment when the window began, and happened in the window, but where it says otherwise. Money
is net of what came back in the window. A share's numerator is its denominator with one more condition.
"""

from collections.abc import Collection
from dataclasses import dataclass

SHARE, MONEY, NUMBER, POINTS, TIMES, DAYS = "share", "money", "number", "points", "times", "days"
"""Units: a share of 1, money in the dataset's currency, how many for each, points of a score, times its cost, days."""

CONDITIONS = {
    "bought": "ordered",
    "lapsed": "did not order",
    "again": "ordered twice or more",
    "former": "ordered in as long a time before",
    "reached": "were reached by a contact or a mail that arrived",
    "converted": "ordered within 5 days of the newest contact that reached them",
    "engaged": "did something of themselves beside buying and giving back",
    "returned": "of which something came back after it was bought",
    "sent": "sent",
    "bounced": "that bounced",
    "arrived": "that arrived",
    "opened": "that a person opened",
    "clicked": "that a person clicked",
    "unsubscribed": "that the customer unsubscribed from",
    "complained": "that the customer complained about",
}
"""What each condition of a thing means."""

QUANTITIES = {
    "orders": "orders",
    "revenue": "net revenue",
    "margin": "margin of net revenue",
    "ever": "net revenue from the first order to the window's end",
    "earned": "margin from the first order to the window's end",
    "expected": "margin from the first order to the window's beginning, and the margin of the spend predicted then",
    "attributed": "margin of what was ordered within 5 days of the newest contact in the window",
    "score": "points",
}
"""What each quantity of a thing means."""

NAMES = {
    "customers": "customers",
    "orders": "orders",
    "mails": "mails",
    "contacts": "contacts and mails sent",
    "answers": "answers with a score",
}
"""What things are called."""

PROFIT, ACQUISITION, PREDICTED, HISTORY = (
    "[profit]",
    "[[costs]] with acquisition",
    "a prediction of spend in the bundle",
    "the whole history (consent.retention_days cuts it)",
)
RETURNS = "an order_id on refunds or cancellations, and on purchases"
SCORES = "a score on survey_answered"
MONEYED = "amount"


@dataclass(frozen=True)
class Part:
    """Things of which some conditions hold: how many, or how much they are."""

    thing: str
    conditions: tuple[str, ...] = ()
    quantity: str = ""

    @property
    def said(self) -> str:
        """In words."""
        who = " ".join([NAMES[self.thing], *([self._holding] if self.conditions else [])])
        return f"{QUANTITIES[self.quantity]} of {who}" if self.quantity else who

    @property
    def _holding(self) -> str:
        held = " and ".join(CONDITIONS[name] for name in self.conditions)
        return f"who {held}" if self.thing == "customers" else held


@dataclass(frozen=True)
class Kpi:
    """One figure of the customers of a segment."""

    name: str
    meaning: str
    unit: str
    denominator: Part
    needs: tuple[str, ...]
    """Kinds of events, columns and declarations; of those between `|` one will do."""
    that: tuple[str, ...] = ()
    """Of a share, what holds of the numerator beside all that holds of the denominator."""
    much: Part | None = None
    """The numerator where it is no part."""
    only_all: bool = False
    """Whether it can be told of all customers alone."""
    net_of_cost: bool = False
    """Whether the denominator is what those things cost, which is taken from the numerator, too."""

    @property
    def numerator(self) -> Part:
        """What is counted or summed."""
        if self.much is not None:
            return self.much
        return Part(self.denominator.thing, self.denominator.conditions + self.that)

    @property
    def formula(self) -> str:
        """Numerator and denominator in words."""
        cost = f"cost of {self.denominator.said}"
        if self.net_of_cost:
            return f"({self.numerator.said}, less {cost}) / {cost}"
        return f"{self.numerator.said} / {self.denominator.said}"


def _share(name: str, meaning: str, of: tuple[str, ...], that: str, *needs: str, thing: str = "customers") -> Kpi:
    return Kpi(name, meaning, SHARE, Part(thing, of), needs, (that,))


def _each(name: str, meaning: str, unit: str, quantity: str, *needs: str, of: str = "customers") -> Kpi:
    thing = "answers" if quantity == "score" else "customers"
    return Kpi(name, meaning, unit, Part(of), needs, much=Part(thing, (), quantity))


_REACH = "contact|mail_delivered|mail_sent"
_MAIL = "mail_delivered|mail_sent"
_M = "mails"

KPIS = (
    _share("conversion", "reached customers who ordered soon after", ("reached",), "converted", _REACH, "purchase"),
    _share(
        "delivered", "mails that arrived", ("sent",), "arrived", "mail_sent", "mail_delivered|mail_bounced", thing=_M
    ),
    _share("bounce", "mails that bounced", ("sent",), "bounced", "mail_sent", "mail_bounced", thing=_M),
    _share("open", "mails that a person opened", ("arrived",), "opened", _MAIL, "mail_open", thing=_M),
    _share("click", "mails that a person clicked", ("arrived",), "clicked", _MAIL, "mail_click", thing=_M),
    _share(
        "click_to_open",
        "opened mails that were clicked, too",
        ("arrived", "opened"),
        "clicked",
        _MAIL,
        "mail_open",
        "mail_click",
        thing=_M,
    ),
    _share(
        "unsubscribe", "mails unsubscribed from", ("arrived",), "unsubscribed", _MAIL, "mail_unsubscribed", thing=_M
    ),
    _share("complaint", "mails complained about", ("arrived",), "complained", _MAIL, "mail_complained", thing=_M),
    Kpi(
        "roi",
        "what was earned soon after contacts, for each unit of their cost: an association, no effect",
        TIMES,
        Part("contacts"),
        (_REACH, "purchase", MONEYED, PROFIT),
        much=Part("customers", (), "attributed"),
        net_of_cost=True,
    ),
    _share("buyers", "customers who ordered", (), "bought", "purchase"),
    _share("retention", "buyers of before who ordered again", ("former",), "bought", "purchase"),
    _share("churn", "buyers of before who did not order again", ("former",), "lapsed", "purchase"),
    _share("repeat", "buyers who ordered more than once", ("bought",), "again", "purchase"),
    _each("average_order", "net revenue of an order", MONEY, "revenue", "purchase", MONEYED, of="orders"),
    _each("frequency", "orders of a customer", NUMBER, "orders", "purchase"),
    _each("revenue", "net revenue of a customer", MONEY, "revenue", "purchase", MONEYED),
    _each("margin", "what a customer earned us", MONEY, "margin", "purchase", MONEYED, PROFIT),
    _each("ltv_past", "net revenue of a customer so far", MONEY, "ever", "purchase", MONEYED, HISTORY),
    _each("ltv_margin", "what a customer earned us so far", MONEY, "earned", "purchase", MONEYED, PROFIT, HISTORY),
    _each(
        "ltv_predicted",
        "what a customer had earned us when the window began, and is predicted to earn: 0 where nothing is",
        MONEY,
        "expected",
        "purchase",
        MONEYED,
        PROFIT,
        HISTORY,
        PREDICTED,
    ),
    _share("engagement", "customers who did something beside buying", (), "engaged", "a sign of life beside buying"),
    _each("satisfaction", "the mean score of surveys", POINTS, "score", "survey_answered", SCORES, of="answers"),
    _share("refund", "orders of which something came back", (), "returned", "purchase", RETURNS, thing="orders"),
)
"""Those that are told of each segment."""

LOOKS_BACK = 364
"""Days of data before a window by which who orders first in it is new: of fewer, most may have bought before them."""
TOO_NEW = f"missing: {LOOKS_BACK} days of data before the window, without which old customers pass for new ones"

CAC, PAYBACK, RETURNING = "cac", "payback", "returning"
ACQUIRING = (
    (
        RETURNING,
        "buyers who had bought before",
        SHARE,
        "customers who ordered and had ordered before",
        "customers who ordered, known when the window began or not",
    ),
    (CAC, "what a new customer cost", MONEY, "spend for acquisition", "customers whose first order is in the window"),
    (
        PAYBACK,
        "days until a customer has earned what a new one cost",
        DAYS,
        "the first day n, from the first order on, by which the mean margin of customers observed so long reaches cac",
        "",
    ),
)
"""Those that are told of all customers alone: name, meaning, unit, numerator, denominator."""
ACQUIRING_NEEDS = {
    RETURNING: ("purchase", HISTORY),
    CAC: ("purchase", ACQUISITION, HISTORY),
    PAYBACK: ("purchase", MONEYED, PROFIT, ACQUISITION, HISTORY),
}

LESS_IS_BETTER = frozenset({"bounce", "unsubscribe", "complaint", "churn", "refund", CAC, PAYBACK})
"""Of all others more is wanted."""
STEADY = frozenset(
    {"delivered", "bounce", "open", "click", "click_to_open", "unsubscribe", "complaint", "roi", "average_order"}
) | {"ltv_predicted", "satisfaction", CAC, PAYBACK}
"""Those that a longer window does not make larger or smaller of itself; the others are compared at equal lengths."""


def lacking(needs: Collection[str], have: Collection[str]) -> tuple[str, ...]:
    """Return what is missing for a figure, by what there is; empty where it can be measured.

    Example:
        >>> lacking(("purchase", "mail_sent|mail_delivered"), {"purchase"})
        ('mail_sent or mail_delivered',)
    """
    return tuple(one.replace("|", " or ") for one in needs if not set(one.split("|")) & set(have))
