"""Plays: every named segment and state of ours has one that says all, and a dataset may say any field otherwise."""

import msgspec
import pytest

from features import dataset as datasets
from features.dataset import DatasetError
from tests.conftest import run_here
from training.actions.play import LEVELS, Play, declared, of_bundle, shipped
from training.bundle.bundle import Stored
from training.recommenders.lists import LISTS
from training.segmenters.lifecycle import STATES
from training.segmenters.rfm_map import SEGMENTS

_MAY_BE_EMPTY = {"destination"}


def test_every_named_segment_and_state_has_a_play_that_says_all() -> None:
    plays = shipped()
    assert set(plays["rfm"]) == {one.name for one in SEGMENTS}
    assert set(plays["lifecycle"]) == set(STATES)
    for own in plays.values():
        for name, play in own.items():
            said = msgspec.to_builtins(play)
            assert {field for field, value in said.items() if not value} <= _MAY_BE_EMPTY, name
            assert play.offer in LEVELS
            assert play.products in LISTS


def test_a_dataset_says_any_field_otherwise_and_the_rest_stays() -> None:
    dataset = msgspec.structs.replace(
        datasets.load("cdnow"), actions={"rfm": {"at_risk": {"channel": "sms"}}, "mine": {"x": {"action": "wave"}}}
    )
    plays = declared(dataset).plays
    assert plays["rfm"]["at_risk"] == msgspec.structs.replace(shipped()["rfm"]["at_risk"], channel="sms")
    assert plays["mine"] == {"x": Play(action="wave")}
    assert plays["lifecycle"] == shipped()["lifecycle"]


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ({"rfn": {"at_risk": {"channel": "sms"}}}, "there is no segmenter 'rfn'. Did you mean 'rfm'"),
        ({"rfm": {"at_rsk": {"channel": "sms"}}}, "actions.rfm: there is no segment 'at_rsk'. Did you mean 'at_risk'"),
        ({"order": ["rfn"]}, r"actions.order\[0\]: got 'rfn'. Did you mean 'rfm'"),
        ({"target": "churn"}, "actions.target: got 'churn'"),
    ],
)
def test_what_a_bundle_has_not_is_refused(stored: Stored, actions: dict[str, object], said: str) -> None:
    dataset = msgspec.structs.replace(datasets.load("cdnow"), actions=actions)
    with pytest.raises(DatasetError, match=said):
        of_bundle(dataset, stored.bundle)


def test_the_table_is_printed() -> None:
    done = run_here("training.actions.__main__", "cdnow")
    assert done.returncode == 0, done.stderr
    assert all(f"rfm.{one.name}" in done.stdout for one in SEGMENTS)
    assert "asked in this order: rfm, lifecycle, value" in done.stdout
