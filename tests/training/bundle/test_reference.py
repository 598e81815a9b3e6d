"""The reference's bins, by hand, and that it is kept as it is."""

from pathlib import Path

import numpy as np

from training.bundle.reference import BINS, MISSING, Reference, counted, edges


def test_bins_end_at_tenths_and_what_is_beyond_all_that_was_seen_has_its_own() -> None:
    values = np.arange(1.0, 101.0)[:, None]
    ends = edges(values)
    assert ends[0, 1:11].tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert np.isinf(ends[0, 11:]).all()
    counts = counted(np.array([[0.5], [1.0], [10.0], [10.5], [100.0], [101.0], [np.nan]]), ends)[0]
    assert counts.tolist() == [1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, *[0] * (MISSING - 12), 1]


def test_a_constant_has_a_bin_on_either_side_and_a_column_without_values_only_that_of_the_missing() -> None:
    values = np.array([[0.0, np.nan]] * 5)
    ends = edges(values)
    later = counted(np.array([[-1.0, 3.0], [0.0, np.nan], [2.0, np.nan]]), ends)
    assert later[0, :3].tolist() == [1, 1, 1]
    assert later[1, 0] == 1
    assert later[1, MISSING] == 2
    assert counted(values, ends).sum(axis=1).tolist() == [5, 5]


def test_it_is_read_as_it_was_saved_and_a_bundle_of_before_has_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    made = Reference(
        ("a", "p"),
        edges(rng.random((20, 2))),
        np.array([1, 2]),
        rng.integers(0, 9, (2, 2, BINS)),
        rng.integers(0, 9, (2, BINS)),
        77,
        np.array([0.5, np.nan]),
        np.array([28, 56]),
        rng.random((2, 2)),
        {"p": np.array([0.1, 0.7, 0.3, 0.1])},
    )
    assert Reference.load(tmp_path) is None
    made.save(tmp_path)
    found = Reference.load(tmp_path)
    assert found is not None
    assert found.names == made.names
    for name in ("edges", "moments", "counts", "live", "customers", "medians", "steps", "movement"):
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    np.testing.assert_array_equal(found.expected["p"], made.expected["p"])
