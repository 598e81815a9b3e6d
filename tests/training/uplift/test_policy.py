"""Policies: a table that says one thing of everybody, with chances that add up, and their value from the log."""

import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest

from training.uplift.learned import Effect, Learned
from training.uplift.off_policy import TooFew, effective_sample, value
from training.uplift.policy import Policy, Rule, explored, parse
from training.uplift.ridge import ridge

WIN_BACK = Policy("win_back", ("none", "mail", "call"), "none", (Rule("lapsing", "mail"), Rule("lost", "call")))


def test_a_policy_says_an_action_of_everybody_and_its_version_is_what_it_says() -> None:
    assert WIN_BACK.wanted(["lost", "new", "lapsing"]).tolist() == [2, 0, 1]
    assert WIN_BACK.version == Policy("win_back", WIN_BACK.actions, "none", WIN_BACK.rules).version
    assert WIN_BACK.version != Policy("win_back", WIN_BACK.actions, "mail", WIN_BACK.rules).version


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"other": "fax"}, "policy.p.other: got 'fax'; allowed are none, mail"),
        ({"other": "none", "rules": (Rule("a", "mail"), Rule("a", "none"))}, "got 'a' twice"),
        ({"other": "none", "exploration": 1.0}, "exploration: got 1"),
        ({"other": "none", "rules": (Rule("a", "mail", "spend() > 1"),)}, r"rules\[0\]: got both"),
        ({"other": "none", "rules": (Rule(action="mail"),)}, r"rules\[0\]: got neither"),
    ],
)
def test_what_is_not_clear_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Policy("p", ("none", "mail"), **given)


def test_exploration_gives_every_action_the_same_chance_beside_the_policys_own() -> None:
    chances = explored(np.array([1, 0]), 3)
    assert chances == pytest.approx(np.array([[0.1 / 3, 0.9 + 0.1 / 3, 0.1 / 3], [0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3]]))
    assert explored(np.array([1]), 2, 0.0).tolist() == [[0.0, 1.0]]


def test_a_file_of_before_is_of_the_version_that_it_had() -> None:
    text = (
        b'{"name":"p","actions":["none","mail"],"other":"none","rules":[{"segment":"lost","action":"mail"}],'
        b'"exploration":0.1}'
    )
    assert parse(text).version == hashlib.sha256(text).hexdigest()[:12]
    assert parse(text.replace(b'"exploration"', b'"segmenter":"rfm","exploration"')).version != parse(text).version


def test_the_three_values_agree_with_the_truth() -> None:
    random = np.random.default_rng(0)
    n = 20_000
    probability = random.uniform(0.2, 0.8, n)
    arm = (random.uniform(size=n) < probability).astype(np.int64)
    y = arm * 2.0 + random.normal(size=n)
    logged = np.where(arm == 1, probability, 1 - probability)
    told = value(arm, logged, y, np.tile([0.0, 1.0], (n, 1)), np.tile([0.0, 2.0], (n, 1)))
    for one in (told.ips, told.snips, told.dr):
        assert one.lo < 2 < one.hi
    assert told.dr.hi - told.dr.lo < told.ips.hi - told.ips.lo
    assert 0 < told.effective < n


def test_too_small_an_effective_sample_is_refused() -> None:
    assert effective_sample(np.array([3.0, 3, 3, 0])) == pytest.approx(3)
    arm = np.repeat([0, 1], [990, 10])
    with pytest.raises(TooFew, match="effective sample of 10"):
        value(arm, np.full(1000, 0.5), np.zeros(1000), np.tile([0.0, 1.0], (1000, 1)), np.zeros((1000, 2)))


def test_a_learned_policy_says_the_same_after_a_file_and_of_one_row_as_of_many() -> None:
    random = np.random.default_rng(0)
    x = np.abs(random.normal(size=(500, 3))).astype(np.float32) * 3
    x[::7, 1] = np.nan
    y = x[:, 0].astype(np.float64)
    effects = (Effect.of(ridge(x, y - 2)), Effect.of(ridge(x, 2 - y)))
    policy = Policy(
        "p", ("none", "mail", "call"), "none", learned=Learned(("a", "b", "c"), effects, (0.0, 0.1, 30.0), 1.0)
    )
    read = msgspec.json.decode(msgspec.json.encode(policy), type=Policy)
    assert read == policy
    assert read.version == policy.version != WIN_BACK.version
    assert read.learned is not None
    wanted = read.learned.wanted(x[:, ::-1], ("c", "b", "a"))
    assert set(wanted.tolist()) == {0, 1}  # a call is too dear
    assert [int(read.learned.wanted(row[None], ("a", "b", "c"))[0]) for row in x] == wanted.tolist()
    with pytest.raises(ValueError, match="the features lack a, b"):
        read.learned.wanted(x[:, :1], ("c",))
    with pytest.raises(ValueError, match=r"policy\.p\.learned"):
        Policy("p", ("none", "mail"), "none", learned=policy.learned)
    with pytest.raises(ValueError, match="a list is not as long"):
        Learned(("a",), effects, (0.0, 0.1, 30.0), 1.0)
