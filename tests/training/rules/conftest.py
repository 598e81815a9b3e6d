"""What the tests of rules share: a shop of four customers, whose numbers are told by hand."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from features import dataset as datasets
from features.buckets import intake
from features.buckets.intake import Intake
from features.dataset import Dataset
from features.sources.attributes import Attributes
from training.rules.rules import Judged, Rules

TOML = """
name = "ruled_shop"
currency = "EUR"
end = 2021-04-01
[[sources]]
path = "orders.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at", amount = "total", order_id = "order", category = "type", channel = "via" }
[[sources]]
path = "views.csv"
event = "page_view"
columns = { customer_id = "client", occurred_at = "at" }
[[attributes]]
path = "people.csv"
columns = { customer_id = "client", age = "age", country = "country", latitude = "lat", longitude = "lon", member = "member", belief = "belief", town = "town" }
[consent]
purposes = { profiling = "legitimate_interest", belief = "consent" }
sensitive = ["belief"]
"""  # noqa: E501
FILES = {
    "orders.csv": """\
client,at,total,order,type,via
a,2021-03-01 10:00,50,A1,Wine,web
a,2021-03-01 10:00,20,A1,Beer,web
a,2021-03-20 12:00,60.5,A2,Wine,shop
b,2021-01-05 09:00,10,,Beer,shop
c,2021-03-25 18:00,5.5,C1,,web
""",
    "views.csv": "client,at\na,2021-03-30 08:00\nb,2021-03-02 08:00\nd,2021-03-15 08:00\n",
    "people.csv": """\
client,age,country,lat,lon,member,belief,town
a,34,FR,48.85,2.35,true,none,Paris
b,17,CH,46.2,6.1,false,some,Genf
c,,,,,,,
""",
}
CUSTOMERS = ("a", "b", "c", "d")
Ruled = Callable[..., Judged]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return the dataset of the shop."""
    folder = tmp_path_factory.mktemp("ruled")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "shop.toml").write_text(TOML, encoding="utf-8")
    return datasets.load(str(folder / "shop.toml"))


@pytest.fixture(scope="session")
def taken(shop: Dataset) -> Intake:
    """Return the shop as it is read."""
    return intake.take(shop)


def with_rules(dataset: Dataset, **rules: str) -> Dataset:
    """Return a dataset with rules of such conditions."""
    return msgspec.structs.replace(dataset, rules={name: {"where": where} for name, where in rules.items()})


def read(dataset: Dataset, attributes: Attributes | str = "no attributes are at hand", **rules: str) -> Rules:
    """Return rules that are read without a bundle."""
    return Rules.read(with_rules(dataset, **rules), None, attributes)


@pytest.fixture(scope="session")
def judged(shop: Dataset, taken: Intake) -> Ruled:
    """Return what rules say of the four customers at the end of the data."""

    def judge(**rules: str) -> Judged:
        found = read(shop, taken.attributes, **rules)
        assert taken.log.base is not None
        customers = np.arange(len(taken.log.customers))
        assert taken.log.customers.to_pylist() == list(CUSTOMERS)
        return found.on(taken.log)(customers, np.full(customers.size, taken.log.base.end))

    return judge
