"""POST /recommend: the lists of a batch to the bit, one by one or together; an event counts at once; refusals."""

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.conftest import Trained, run_here
from tests.serving.conftest import Server, refusal

CUSTOMERS = 100


@pytest.fixture(scope="module")
def batch(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the lists of everybody, by customer and list."""
    out = tmp_path_factory.mktemp("offers") / "recommendations.parquet"
    done = run_here("serving.recommend", "--dataset", str(trained.toml), "--as-of", "own", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "of them the fall-back" in done.stdout
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in pq.read_table(out).to_pylist():
        own = found.setdefault(row["customer_id"], {}).setdefault(row["list"], [])
        assert row["place"] == len(own) + 1
        own.append(row)
    return found


def _asked(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    response = client.post("/recommend", json=asked)
    assert response.status_code == HTTPStatus.OK, response.text
    told: dict[str, Any] = response.json()
    return told


def test_it_is_the_batch_to_the_bit_one_by_one_or_together(
    client: httpx.Client, batch: dict[str, dict[str, list[dict[str, Any]]]]
) -> None:
    ids = list(batch)[:CUSTOMERS]
    together = _asked(client, customer_ids=ids)["customers"]
    assert together[:10] == [_asked(client, customer_ids=[one])["customers"][0] for one in ids[:10]]
    for customer in together:
        own = batch[customer["customer_id"]]
        for name, told in customer["lists"].items():
            rows = own.get(name, [])
            assert [(one["product_id"], one["score"], one["reason"]) for one in told["items"]] == [
                (row["product_id"], row["score"], row["reason"]) for row in rows
            ]
            assert {row["as_of"].isoformat()[:19] for row in rows} <= {customer["as_of"][:19]}
            assert bool(told.get("fewer")) == (len(rows) < 10)
    assert sum(len(own["lists"]["buy_again"]["items"]) for own in together) > 5 * CUSTOMERS


def test_lists_are_never_mixed(batch: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    for own in batch.values():
        again, new = ({row["product_id"] for row in own.get(name, [])} for name in ("buy_again", "new_to_you"))
        assert not again & new


def test_what_was_bought_counts_at_once(apart: Server) -> None:
    with apart.client() as client:
        before = _asked(client, customer_ids=["7"], lists=["new_to_you"])["customers"][0]
        product = before["lists"]["new_to_you"]["items"][0]["product_id"]
        event = {
            "customer_id": "7", "occurred_at": datetime.now(UTC).isoformat(), "event": "purchase", "event_id": "r1",
            "amount": 3.0, "quantity": 1, "product_id": product, "order_id": "r1",
        }  # fmt: skip
        assert client.post("/events", json=event).json()["events"][0]["verdict"] == "accepted"
        after = _asked(client, customer_ids=["7"], k=100)["customers"][0]
    assert after["why"] == "own event"
    assert product not in [one["product_id"] for one in after["lists"]["new_to_you"]["items"]]
    (again,) = [one for one in after["lists"]["buy_again"]["items"] if one["product_id"] == product]
    assert again["reason"] == "bought 0 days ago"


def test_somebody_unknown_gets_what_is_popular_and_is_told_so(client: httpx.Client) -> None:
    told = _asked(client, customer_ids=["nobody"], k=3, language="fr")
    (customer,) = told["customers"]
    assert customer["new"].startswith("rien n'est connu")
    assert customer["lists"].keys() == {"new_to_you"}
    assert all(item["popular"] for item in customer["lists"]["new_to_you"]["items"])
    assert told["fallback"] == 1.0


def test_who_only_looked_is_offered_what_is_popular_and_what_was_looked_at(
    apart: Server, batch: dict[str, dict[str, list[dict[str, Any]]]]
) -> None:
    product = batch["7"]["buy_again"][0]["product_id"]
    view = {"event": "page_view", "occurred_at": datetime.now(UTC).isoformat()}
    with apart.client() as client:
        for event in (
            {**view, "customer_id": "looks", "event_id": "v1"},
            {**view, "customer_id": "likes", "event_id": "v2", "product_id": product},
        ):
            assert client.post("/events", json=event).json()["events"][0]["verdict"] == "accepted"
        looks, likes = _asked(client, customer_ids=["looks", "likes"], k=5)["customers"]
    assert looks["why"] == likes["why"] == "own event"
    assert looks["lists"]["buy_again"]["items"] == looks["lists"]["looked_at"]["items"] == []
    assert looks["lists"]["buy_again"]["fewer"].startswith("0 of the 5 ")
    assert len(looks["lists"]["new_to_you"]["items"]) == 5
    for item in looks["lists"]["new_to_you"]["items"]:
        assert item["popular"]
        assert item["reason"].startswith(("nothing was bought yet: popular in the segment", "popular now"))
    (looked,) = likes["lists"]["looked_at"]["items"]
    assert looked["product_id"] == product
    assert looked["reason"] == "looked at 1 time, last 0 days ago"
    assert "Traceback" not in apart.complained


def test_who_and_what_is_named_again_is_answered_again(client: httpx.Client) -> None:
    told = _asked(client, customer_ids=["7", "nobody", "7"], products=["1082185", "1029743", "1082185"], k=3)
    assert [one["customer_id"] for one in told["customers"]] == ["7", "nobody", "7"]
    assert [one["product_id"] for one in told["products"]] == ["1082185", "1029743", "1082185"]
    for every in (told["customers"], told["products"]):
        assert every[0] == every[2]


def test_of_a_moment_of_the_past_what_came_later_is_not_offered(client: httpx.Client) -> None:
    asked: dict[str, Any] = {"customer_ids": ["7", "nobody"], "as_of": "2017-03-01", "k": 100}
    for customer in _asked(client, **asked)["customers"]:
        for own in customer["lists"].values():
            assert not any("-" in item["reason"] for item in own["items"])  # no days below zero


def test_what_goes_with_a_product(client: httpx.Client, batch: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    product = batch["7"]["buy_again"][0]["product_id"]
    (told,) = _asked(client, products=[product], k=5)["products"]
    assert told["product_id"] == product
    assert told["lists"].keys() == {"bought_together", "similar", "up_sell"}
    assert all(product != item["product_id"] for own in told["lists"].values() for item in own["items"])
    customers = _asked(client, customer_ids=["7"], context=[product])["customers"]
    assert product not in {item["product_id"] for own in customers[0]["lists"].values() for item in own["items"]}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "name customers, or products"),
        ({"customer_ids": ["7"], "lists": ["buy_agian"]}, "'buy_again'"),
        ({"products": ["no such"]}, "'no such'"),
        ({"customer_ids": ["7"], "context": ["no such"]}, "'no such'"),
        ({"customer_ids": ["7"], "k": 0}, "k"),
        ({"customer_ids": ["7"], "k": 101}, "k"),
        ({"customer_ids": ["7"], "language": "xx"}, "'xx'"),
        ({"customer_ids": ["7"], "as_of": "yesterday"}, "yesterday"),
        ({"customer_ids": ["7"], "more": 1}, "unknown field"),
    ],
)
def test_what_is_refused(client: httpx.Client, asked: dict[str, Any], said: str) -> None:
    assert said in refusal(client.post("/recommend", json=asked), HTTPStatus.UNPROCESSABLE_ENTITY)


def test_a_list_that_there_is_not_is_refused_by_the_batch(trained: Trained, tmp_path: Path) -> None:
    done = run_here(
        "serving.recommend", "--dataset", str(trained.toml), "--list", "buy_agian", "--out", str(tmp_path / "a.csv")
    )
    assert done.returncode == 2
    assert "'buy_again'" in done.stderr
    assert not (tmp_path / "a.csv").exists()


def test_a_batch_keeps_the_rules_and_refuses_those_of_what_is_nowhere(
    trained: Trained, tmp_path: Path, batch: dict[str, dict[str, list[dict[str, Any]]]]
) -> None:
    product, toml, out = batch["7"]["buy_again"][0]["product_id"], tmp_path / "part.toml", tmp_path / "a.parquet"
    text = trained.toml.read_text(encoding="utf-8").replace('root = "."', f'root = "{trained.toml.parent}"')
    before, after = text.split("[recommend]\n")
    head = f"{before}[recommend]\nexclude = "
    toml.write_text(f'{head}["{product}"]\nlists = ["buy_again"]\n{after}', encoding="utf-8")
    done = run_here("serving.recommend", "--dataset", str(toml), "--as-of", "own", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "1 products are not offered: exclude" in done.stdout
    rows = pq.read_table(out).to_pylist()
    assert {row["list"] for row in rows} == {"buy_again"}
    assert product not in {row["product_id"] for row in rows}
    toml.write_text(f'{head}["{product}x"]\n{after}', encoding="utf-8")
    done = run_here("serving.recommend", "--dataset", str(toml), "--out", str(tmp_path / "b.parquet"))
    assert done.returncode == 2
    assert f"recommend.exclude[0]: got '{product}x', and there is no such product" in done.stderr


def test_a_batch_of_a_dataset_that_wants_no_list_of_customers_says_so(trained: Trained, tmp_path: Path) -> None:
    toml = trained.toml.with_name("products_only.toml")
    text = trained.toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[recommend]\n", '[recommend]\nlists = ["similar"]\n'), encoding="utf-8")
    done = run_here("serving.recommend", "--dataset", str(toml), "--out", str(tmp_path / "a.csv"))
    assert done.returncode == 2
    assert done.stderr.startswith("error: [recommend] lists: got none of customers")
    assert not (tmp_path / "a.csv").exists()
