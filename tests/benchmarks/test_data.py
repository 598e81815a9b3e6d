"""What the bench says of a dataset: its columns, its events and its cut-offs."""

from benchmarks.features import data


def test_the_scanned_columns_are_those_that_the_mapping_names() -> None:
    scanned = data.business("complete_journey").scanned()
    by_file = {path.rpartition("/")[2]: names for path, names in scanned.items()}
    sales = {"household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value"}
    sales |= {"retail_disc", "coupon_disc", "coupon_match_disc", "transaction_timestamp"}
    assert set(by_file["transactions.parquet"]) == sales
    assert set(by_file["products.parquet"]) == {"product_id", "department"}


def test_cut_offs_go_back_in_whole_weeks_from_the_end() -> None:
    assert data.business("complete_journey").cut_offs(3) == ["2017-12-31", "2017-12-03", "2017-11-05"]
