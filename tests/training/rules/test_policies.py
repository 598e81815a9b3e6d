"""Policies in conditions: of each customer the action of the first rule that holds; what does not fit is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from features.log import log as logs
from features.log.log import Log
from features.log.spine import Spine
from serving import served
from tests.conftest import Trained
from training.bundle.bundle import Stored
from training.rules import policies
from training.rules.rules import Judged, Rules
from training.rules.unread import unread
from training.uplift.learned import Effect, Learned
from training.uplift.policy import Policy, Rule

ACTIONS = ("none", "mail", "call")
OWN = Policy(
    "win_back",
    ACTIONS,
    "none",
    (Rule(where="spend(45) > 100", action="call"), Rule(where="spend() > 0", action="mail")),
)
"""Of the shop's customers a spent most, b and c something, d nothing."""


def with_policy(dataset: Dataset, folder: Path, policy: Policy = OWN, /, **said: Any) -> Dataset:
    """Return a dataset with the policy `own`, in a file."""
    (folder / "own.json").write_bytes(msgspec.json.encode(policy))
    own = {"own": {"path": "own.json", "version": policy.version} | said}
    return msgspec.structs.replace(dataset, policies=own, folder=str(folder))


def ruled(dataset: Dataset, rules: Mapping[str, str], *args: Any) -> Rules:
    own = msgspec.structs.replace(dataset, rules={name: {"where": where} for name, where in rules.items()})
    return Rules.read(own, *(args or (None, "none")))


def inside(found: Judged, name: str) -> str:
    return "".join(one for one, own in zip("abcd", found.inside(name).tolist(), strict=True) if own)


def test_each_customer_has_the_action_of_the_first_rule_that_holds_of_them(
    shop: Dataset, taken: Intake, tmp_path: Path
) -> None:
    rules = {
        "called": "policy.own == 'call'",
        "mailed": "policy.own == 'mail'",
        "rest": "policy.own != 'mail' and not rule.called",
        "some": "policy.own in ('mail', 'none') and count('page_view') > 0",
        "nobody": "missing(policy.own)",
    }
    read = ruled(with_policy(shop, tmp_path), rules)
    assert taken.log.base is not None
    found = read.on(taken.log)(np.arange(4), np.full(4, taken.log.base.end))
    assert {name: inside(found, name) for name in rules} == {
        "called": "a", "mailed": "bc", "rest": "d", "some": "bd", "nobody": "",
    }  # fmt: skip
    assert found.because("mailed", 0).value == f"call by version {OWN.version}"


def test_what_is_unknown_of_a_customer_does_not_hold_and_they_have_an_action_all_the_same(
    shop: Dataset, taken: Intake, tmp_path: Path
) -> None:
    own = Policy("p", ACTIONS, "none", (Rule(where="purchase_recency > 30", action="mail"),))
    read = ruled(with_policy(shop, tmp_path, own), {"mailed": "policy.own == 'mail'", "left": "policy.own == 'none'"})
    assert taken.log.base is not None
    found = read.on(taken.log)(np.arange(4), np.full(4, taken.log.base.end))
    assert (inside(found, "mailed"), inside(found, "left")) == ("b", "acd")  # d never purchased


def test_learned_effects_tell_the_action_by_the_numbers_that_the_kernel_counts(
    shop: Dataset, taken: Intake, tmp_path: Path
) -> None:
    def effect(*weight: float, intercept: float = 0.0) -> Effect:
        return Effect((0, 0), (0.0, 9.0), (0.0, 0.0), (1.0, 1.0), weight, intercept)

    # A hundredth of spend in cents (none of who has none), and 5.00 for each day since the last purchase, 9 where none.
    learned = Learned(("spend_45d", "purchase_recency"), (effect(0.01, 0.0), effect(0.0, 5.0)), (0.0, 0.0, 1.0), 1.0)
    own = Policy("p", ACTIONS, "none", learned=learned)
    read = ruled(with_policy(shop, tmp_path, own), {one: f"policy.own == '{one}'" for one in ACTIONS})
    assert taken.log.base is not None
    found = read.on(taken.log)(np.arange(4), np.full(4, taken.log.base.end))
    assert {one: inside(found, one) for one in ACTIONS} == {"none": "", "mail": "a", "call": "bcd"}
    gone = Learned(("spend_45d", "recensy"), learned.effects, learned.cost, 1.0)
    with pytest.raises(DatasetError, match=r"learned\.features of version \w+: there is no feature 'recensy'"):
        ruled(with_policy(shop, tmp_path, Policy("p", ACTIONS, "none", learned=gone)), {"a": "policy.own == 'mail'"})


@pytest.mark.parametrize(
    ("said", "policy", "text"),
    [
        ({"version": ""}, OWN, f"policies.own.version: got nothing, and own.json is '{OWN.version}'"),
        ({"version": "0" * 12}, OWN, f"policies.own.version: got '000000000000', and own.json is '{OWN.version}'"),
        ({"path": "gone.json"}, OWN, "policies.own.path: gone.json cannot be read: No such file"),
        ({"path": "s3://b/own.json"}, OWN, "got 's3://b/own.json'; a file of this machine is allowed"),
        ({"versoin": "x"}, OWN, "policies.own: unknown key 'versoin'. Did you mean 'version'?"),
        (
            {"actions": {"none": "", "mail": "spring"}},
            OWN,
            "policies.own.actions: the policy gives 'call', which is not declared. Allowed: mail, none.",
        ),
        (
            {"actions": {"none": "", "mail": "", "call": "", "fax": ""}},
            OWN,
            "policies.own.actions: got 'fax', which the policy never gives.",
        ),
        (
            {},
            Policy("p", ACTIONS, "none", (Rule(where="spnd_45d > 1", action="mail"),)),
            "there is no feature 'spnd_45d'.",
        ),
        (
            {},
            Policy("p", ACTIONS, "none", (Rule(where="rule.a", action="mail"),)),
            "rule.a is not allowed in a policy: its version would not tell what that rule says",
        ),
        (
            {},
            Policy("p", ACTIONS, "none", (Rule(where="policy.own == 'mail'", action="mail"),)),
            "'policy.own == 'mail'' is not allowed in a policy",
        ),
        ({}, Policy("p", ACTIONS, "none", (Rule("lost", "mail"),)), "does not say whose segments its rules name"),
        (
            {"segmenter": "rfm"},
            Policy("p", ACTIONS, "none", (Rule("lost", "mail"),), segmenter="value"),
            "policies.own.segmenter: got 'rfm', and own.json is of the segments of 'value'",
        ),
    ],
)
def test_a_policy_that_does_not_fit_is_refused_in_one_line(
    shop: Dataset, tmp_path: Path, said: dict[str, Any], policy: Policy, text: str
) -> None:
    dataset = with_policy(shop, tmp_path, policy, **said)
    with pytest.raises(DatasetError) as caught:
        ruled(dataset, {"a": "policy.own == 'mail'"})
    assert text.replace("'policy.own == 'mail''", "'policy.own'") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy.won == 'mail'", "there is no policy 'won'. Did you mean 'own'?"),
        ("policy.own == 'male'", "policy.own is never 'male'. Did you mean 'mail'?"),
        ("policy.own > 'mail'", "text is compared by ==, != and in"),
        ("own == 'mail'", "'own' is no feature: write policy.own"),
    ],
)
def test_what_is_asked_of_a_policy_is_checked(shop: Dataset, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DatasetError) as caught:
        ruled(with_policy(shop, tmp_path), {"a": text})
    assert said in str(caught.value)


def test_a_damaged_file_is_refused_and_a_policy_is_told_in_a_line(shop: Dataset, tmp_path: Path) -> None:
    dataset = with_policy(shop, tmp_path)
    said = f"policy own version {OWN.version}: spend(45) > 100: call, spend() > 0: mail; else none; exploration 10%"
    assert list(policies.told(dataset)) == [said]
    for text in ("{", '{"name": "p"}', '{"name": "p", "actions": ["a"], "other": "b"}'):
        (tmp_path / "own.json").write_text(text)
        with pytest.raises(DatasetError, match=r"policies\.own\.path: own\.json: "):
            list(policies.told(dataset))


def test_segments_are_those_of_the_bundle_and_the_same_alone_as_in_a_batch(
    trained: Trained, stored: Stored, log: Log, tmp_path: Path
) -> None:
    own = Policy("p", ACTIONS, "mail", (Rule("champions", "none"), Rule("lost", "call")), segmenter="rfm")
    text = {"mailed": "policy.own == 'mail'", "by_hand": "not (segment.rfm == 'champions' or segment.rfm == 'lost')"}
    dataset = with_policy(trained.dataset, tmp_path, own)
    assert set(ruled(dataset, text).left_out) == {"mailed", "by_hand"}  # without a bundle
    rules, bundle, moment = ruled(dataset, text, stored.bundle, "none"), stored.bundle, stored.bundle.as_of
    places = np.flatnonzero(log.known(moment))
    spine = Spine.of(places, moment)
    batch = rules.on(log)(places, spine.as_of, bundle.score(log, spine))
    assert 0 < batch.inside("mailed").sum() < places.size
    assert (batch.inside("mailed") == batch.inside("by_hand")).all()
    for row in range(0, places.size, 499):
        few, one = logs.pick(log, [int(places[row])]), Spine.of(np.zeros(1, np.int64), moment)
        alone = rules.on(few)(one.customers, one.as_of, bundle.score(few, one))
        assert alone.truths["mailed"][0] == batch.truths["mailed"][row]
    other = with_policy(
        trained.dataset, tmp_path, Policy("p", ACTIONS, "mail", (Rule("lots", "none"),)), segmenter="rfm"
    )
    said = "segment.rfm is never 'lots'. Did you mean 'lost'?"
    with pytest.raises(DatasetError, match=said):
        ruled(other, text, stored.bundle, "none")
    broken = msgspec.structs.replace(other, rules={"mailed": {"where": text["mailed"]}})
    assert said in unread(broken, stored.bundle, "none")["rule.mailed"]  # by which it is not promoted


def test_its_file_goes_along_with_the_dataset_file(shop: Dataset, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    dataset = with_policy(shop, tmp_path, path="policies/own.json")
    (tmp_path / "own.json").rename(tmp_path / "policies" / "own.json")
    (tmp_path / "shop.toml").write_text("name = 'shop'")
    (tmp_path / "packed").mkdir()
    files = policies.beside(dataset)
    served.pack(served.Served(tmp_path, "1", "champion"), "shop", tmp_path / "packed", f"{tmp_path}/shop.toml", files)
    packed = msgspec.structs.replace(dataset, folder=str(tmp_path / "packed"))
    assert policies.read(packed, "own").policy == OWN
    for path in (str(tmp_path / "policies" / "own.json"), "policies/../policies/own.json"):
        with pytest.raises(DatasetError, match="stands beside the dataset file"):
            policies.beside(with_policy(shop, tmp_path, path=path))
