"""What is left out is counted by reason."""

from features.catalogue.left_out import told


def test_the_most_frequent_reason_comes_first_and_no_name_is_told() -> None:
    left_out = {"b": "no column amount", "a": "no column amount", "c": "no column discount", "d": "no column amount"}
    said = told(left_out, "the run's config.json")
    assert said == (
        "4 features left out: 3 for no column amount, 1 for no column discount; names in the run's config.json"
    )


def test_one_feature_is_not_many() -> None:
    assert told({"a": "no column amount"}, "x") == "1 feature left out: 1 for no column amount; names in x"
