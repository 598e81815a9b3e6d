"""The model as MLflow loads and serves it: the bundle's numbers, JSON that is JSON, errors without a row's values."""

import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import mlflow
import pandas as pd
import pytest
from mlflow.pyfunc import PyFuncModel, scoring_server

from tests.conftest import Trained
from tests.serving.conftest import Client
from training.tracking import registry

PRIVATE = "secret-4711"
GOOD = {
    "customer_id": "ann",
    "event": "purchase",
    "occurred_at": "2017-12-20T10:30:00Z",
    "amount": 12.5,
    "order_id": "1",
}
OTHER = {"customer_id": "bob", "event": "purchase", "occurred_at": "2017-03-01T00:00:00.000001+01:00", "amount": 3}


@pytest.fixture(scope="module")
def model(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> PyFuncModel:
    folder = tmp_path_factory.mktemp("model") / "model"
    registry.save(folder, trained.bundle)
    return mlflow.pyfunc.load_model(str(folder))


@pytest.fixture(scope="module")
def server(model: PyFuncModel) -> Iterator[Client]:
    """Return MLflow's own server of the model; it says in the environment that it serves."""
    before = dict(os.environ)
    yield Client(scoring_server.init(model))
    for name in os.environ.keys() - before.keys():
        del os.environ[name]


def _asked(server: Client, *records: dict[str, Any], **params: Any) -> tuple[int, str]:
    given = {"dataframe_records": list(records)} | ({"params": params} if params else {})
    answer = server.post("/invocations", json=given)
    return answer.status_code, answer.text


def _rows(server: Client, *records: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    status, text = _asked(server, *records, **params)
    assert status == HTTPStatus.OK, text

    def refused(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    found: list[dict[str, Any]] = json.loads(text, parse_constant=refused)["predictions"]
    return found


def test_its_server_answers_as_the_model_does_in_process(server: Client, model: PyFuncModel) -> None:
    rows = _rows(server, GOOD, OTHER)
    assert [row["customer_id"] for row in rows] == ["ann", "bob"]
    frame = pd.DataFrame([GOOD, OTHER])
    frame["occurred_at"] = [pd.Timestamp("2017-12-20T10:30:00"), pd.Timestamp("2017-02-28T23:00:00.000001")]
    here = model.predict(frame).drop(columns="as_of").to_dict("records")
    assert [{name: value for name, value in row.items() if name != "as_of"} for row in rows] == here
    assert rows[0]["churn_28d"] > 0


def test_what_is_missing_is_null_in_any_column(server: Client) -> None:
    (bob,) = _rows(server, OTHER)
    assert bob["churn_28d"] is None
    assert "no purchase" in bob["churn_28d_reason"]
    (ann,) = _rows(server, GOOD)
    assert ann["churn_28d_reason"] is None


@pytest.mark.parametrize(
    "when", ["2017-12-20T10:30:00", "2017-12-20T10:30:00+00:00", "2017-12-20 11:30:00+01:00", 1513765800, 1513765800000]
)
def test_times_are_read_as_the_service_reads_them(server: Client, when: object) -> None:
    assert _rows(server, {**GOOD, "occurred_at": when}) == _rows(server, GOOD)


def test_the_as_of_may_have_a_zone(server: Client) -> None:
    (row,) = _rows(server, GOOD, as_of="2017-12-25T00:00:00Z")
    assert row["as_of"].startswith("2017-12-25T00:00:00")
    assert (row["churn_28d"], row) != (_rows(server, GOOD)[0]["churn_28d"], row)


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in {**GOOD, "customer_id": PRIVATE}.items() if key != name}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([{**GOOD, "amount": PRIVATE}], "events that cannot be used"),
        ([{**GOOD, "event": PRIVATE}], "event is not a known kind"),
        ([{**GOOD, "occurred_at": PRIVATE}], "events that cannot be used"),
        ([{**GOOD, "amount": [PRIVATE]}], "events that cannot be used"),
        ([{**GOOD, "amount": PRIVATE}, {**GOOD, "amount": 5}], "'amount' holds values of several types"),
        ([{**GOOD, "customer_id": PRIVATE}, {**GOOD, "customer_id": 5}], "'customer_id' holds values of several types"),
        (
            [{**GOOD, "order_id": 2**60 + 1, "customer_id": PRIVATE}, _without("order_id")],
            "'order_id' has a number that lost",
        ),
        ([_without("occurred_at")], "the column 'occurred_at' is required"),
        ([_without("event")], "the column 'event' is required"),
        ([{"other": PRIVATE}], "the column 'event' is required"),
        ([{**GOOD, "customer_id": "", "order_id": PRIVATE}], "events that cannot be used"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason_and_without_a_value(
    server: Client, records: list[dict[str, Any]], said: str
) -> None:
    status, text = _asked(server, *records)
    assert status == HTTPStatus.BAD_REQUEST
    assert said in text
    assert PRIVATE not in text


def test_a_table_without_rows_is_refused(server: Client) -> None:
    answer = server.post("/invocations", json={"dataframe_split": {"columns": list(GOOD), "data": []}})
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_table_with_the_types_of_pandas_is_read_in_process(model: PyFuncModel) -> None:
    frame = pd.DataFrame([GOOD, OTHER])
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601")
    found = model.predict(frame, params={"as_of": "2018-01-01"})
    assert found["customer_id"].tolist() == ["ann", "bob"]
    assert found["churn_28d"].isna().tolist() == [False, True]


def test_csv_whose_ids_would_become_numbers_is_refused_and_not_repeated(server: Client) -> None:
    text = f"customer_id,event,occurred_at,amount\n007,purchase,2017-12-20,1\n{PRIVATE},purchase,2017-12-20,1\n"
    answer = server.post("/invocations", content=text, headers={"Content-Type": "text/csv"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert PRIVATE not in answer.text
