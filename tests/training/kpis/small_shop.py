"""A shop so small that all its KPIs are counted by hand, with refunds, machines, and a customer of two traces."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from features.buckets import intake
from features.dataset import Dataset, load
from features.log.event import MONEY_UNITS
from features.log.log import Log
from training.kpis import job
from training.kpis.job import Kpis
from training.kpis.members import EVERYBODY, Ask, Members
from training.kpis.moments import OUTSIDE
from training.kpis.window import windows

UTC = ZoneInfo("UTC")
SEGMENTS = ("gold", "new", "lost")
BEGAN = {"ann": "gold", "bob": "gold", "cat": "new", "dan": "new"}
TODAY = {"ann": "gold", "bob": "lost", "cat": "gold", "dan": "new"}

HEAD = "user,mail,what,at,paid,units,order,product,topic,campaign,via,score,bot"
ROWS = """
ann,,purchase,2025-01-05,10,1,A0,,,,,,
ann,,purchase,2026-02-10,20,2,A1,p1,,,,,
bob,,purchase,2026-02-12,30,1,B1,,food,,,,
dan,,purchase,2026-02-20,8,1,D0,,,,,,
,d@x.de,purchase,2026-02-25,7,1,DX,,,,,,
ann,,mail_sent,2026-03-02T08:00,,,,,,c1,,,
ann,,mail_delivered,2026-03-02T08:01,,,,,,c1,,,
ann,,mail_open,2026-03-02T09:00,,,,,,c1,,,
ann,,mail_open,2026-03-02T10:00,,,,,,c1,,,
ann,,mail_click,2026-03-02T10:01,,,,,,c1,,,
bob,,mail_sent,2026-03-02T08:00,,,,,,c1,,,
bob,,mail_bounced,2026-03-02T08:01,,,,,,c1,,,
cat,,mail_sent,2026-03-02T08:00,,,,,,c1,,,
cat,,mail_delivered,2026-03-02T08:01,,,,,,c1,,,
cat,,mail_open,2026-03-02T08:02,,,,,,c1,,,1
cat,,mail_unsubscribed,2026-03-02T12:00,,,,,,c1,,,
ann,,purchase,2026-03-03,40,2,A2,p1,,,,,
bob,,contact,2026-03-04,,,,,,c2,post,,
cat,,purchase,2026-03-05,100,1,C1,,,,,,
,d@x.de,purchase,2026-03-06,15,1,D1,,,,,,
bob,,page_view,2026-03-07,,,,,,,,,
ann,,purchase,2026-03-10,10,1,A3,,,,,,
ann,,refund,2026-03-12,10,1,A3,,,,,,
ann,,survey_answered,2026-03-15,,,,,delivery,,,9,
ann,,survey_answered,2026-03-16,,,,,delivery,,,7,
cat,,survey_answered,2026-03-17,,,,,price,,,4,
cat,,purchase,2026-03-20,50,1,C2,,,,,,
dan,d@x.de,purchase,2026-03-25,5,1,D2,,,,,,
"""

COSTS = """day,amount,campaign,via,why
2026-02-03,30,,,won
2026-03-02,12,c1,,
2026-03-04,5,,post,
2026-03-05,24,,,won
2026-03-06,2,c9,,
2026-03-07,3,,,
"""

TOML = """
name = "small"
currency = "EUR"
end = 2026-04-01
[identity]
keys = ["user", "email"]
[profit]
cost = 1
margin = 0.3
margins = { food = 0.5 }
[[sources]]
path = "events.csv"
machine = "bot"
[sources.event]
column = "what"
[sources.event.values]
%s
[sources.columns]
user = "user"
email = "mail"
occurred_at = "at"
amount = "paid"
quantity = "units"
order_id = "order"
product_id = "product"
category = "topic"
campaign_id = "campaign"
channel = "via"
score = "score"
[[products]]
path = "products.csv"
columns = { product_id = "id", cost = "cost" }
[[costs]]
path = "costs.csv"
columns = { day = "day", amount = "amount", campaign_id = "campaign", channel = "via" }
acquisition = "why == 'won'"
"""
KINDS = (
    *("purchase", "refund", "contact", "page_view", "survey_answered", "mail_sent", "mail_delivered", "mail_open"),
    *("mail_click", "mail_bounced", "mail_unsubscribed", "mail_complained"),
)


def shop(folder: Path, rows: str = ROWS, kinds: Sequence[str] = KINDS, more: str = "", toml: str = TOML) -> Dataset:
    """Write the shop and load it; `more` stands in front of its tables."""
    (folder / "events.csv").write_text(HEAD + rows, encoding="utf-8")
    (folder / "products.csv").write_text("id,cost\np1,4\n", encoding="utf-8")
    (folder / "costs.csv").write_text(COSTS, encoding="utf-8")
    held = "\n".join(f'{kind} = "{kind}"' for kind in kinds)
    (folder / "small.toml").write_text(more + toml % held, encoding="utf-8")
    return load(str(folder / "small.toml"))


def ask(began: Mapping[str, str], today: Mapping[str, str], end: int, spend: float = 10.0) -> Ask:
    """Return what says of everybody what they began as, but at the end what they are today."""

    def asked(log: Log, moments: Sequence[int | None]) -> Members:
        ids = log.customers.to_pylist()
        places = np.full((len(ids), len(moments)), OUTSIDE)
        for number, moment in enumerate(moments):
            if moment is not None:
                held = today if moment == end else began
                places[:, number] = [SEGMENTS.index(held[one]) if one in held else OUTSIDE for one in ids]
        everybody = np.where(places == OUTSIDE, OUTSIDE, 0)
        return Members({"tier": places, EVERYBODY: everybody}, [np.full(len(ids), spend * MONEY_UNITS)] * len(moments))

    return asked


def found(
    dataset: Dataset,
    since: str = "2026-03-01",
    until: str = "2026-03-29",
    began: Mapping[str, str] = BEGAN,
    today: Mapping[str, str] = TODAY,
) -> Kpis:
    """Return the KPIs of a window, of who was in segments as is said."""
    start, end = clock.parse("2025-01-05", UTC), clock.parse("2026-04-01", UTC)
    spans = windows(since, until, start, end, UTC)
    with intake.opened(dataset, 1 << 30) as read:
        asked = job.Asked(spans, start, {"tier": SEGMENTS}, ask(began, today, clock.parse(until, UTC)), predicts=True)
        kpis = job.told(dataset, read.logs(), read.products, asked)
        read.aside()
    return kpis
