"""`make audience` on a trained shop: who is in it, with what, why not others, frozen, shown again; one person told."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from activation import ledger
from activation.assignment import kept
from activation.audiences import frozen
from activation.audiences.candidates import actions
from activation.experiments import started
from activation.experiments.assigned import of_ledger
from activation.experiments.declared import experiment
from activation.policies.logged import of_ledger as of_ledger_of_policy
from features import clock
from features import dataset as datasets
from features.consent import secret, suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.log.log import Log
from features.log.spine import Spine
from tests.conftest import Trained, run_here
from training.actions.play import of_bundle
from training.actions.suggest import suggest
from training.bundle.bundle import Stored
from training.offers.offer import offer
from training.uplift.policy import Policy, Rule

MORE = """
[messages.hello]
subject = { en = "Hello {customer_id}" }
body = { en = "Your {products|favourites} wait." }
[actions.rfm.at_risk]
channel = "sms"
[audiences]
priority = ["best", "back"]
[audiences.best]
where = "segment.rfm == 'champions'"
limit = 7
[audiences.back]
where = "segment.rfm in ('champions', 'at_risk', 'loyal') and predicted.churn_28d > 1%"
order = "feature.spend_84d desc"
message = "hello"
holdout = 0.2
[audiences.cared]
where = "policy.care != 'call' or segment.rfm == 'loyal'"
policy = "care"
exploration = 0.5
[policies.care]
path = "audience_care.json"
version = "VERSION"
segmenter = "rfm"
actions = { none = "", mail = "hello", call = { action = "call them" } }
[audiences.wrong]
where = "segment.rfm == 'champion'"
"""
CARE = Policy("care", ("none", "mail", "call"), "mail", (Rule("champions", "none"), Rule("loyal", "call")))


@pytest.fixture(scope="module")
def toml(trained: Trained) -> Path:
    """Return the trained dataset with audiences of which one is wrong, and one without that."""
    trained.toml.with_name("audience_care.json").write_bytes(msgspec.json.encode(CARE))
    text = trained.toml.read_text(encoding="utf-8") + MORE.replace("VERSION", CARE.version)
    wrong = trained.toml.with_name("audience_wrong.toml")
    wrong.write_text(text, encoding="utf-8")
    good = trained.toml.with_name("audience.toml")
    good.write_text(text[: text.index("[audiences.wrong]")], encoding="utf-8")
    return good


@pytest.fixture(scope="module")
def chosen(toml: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Choose an audience once: what is said, and the file."""
    out = tmp_path_factory.mktemp("audience") / "back.parquet"
    done = run_here("activation.audience", "--dataset", str(toml), "--name", "back", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return done.stdout, out


def _steps(said: str) -> list[tuple[int, str]]:
    return [
        (int(count.replace(",", "")), name)
        for count, name in re.findall(r"^ +([\d,]+)  ([a-z ]+?)(?:  .*)?$", said, re.MULTILINE)
    ]


def test_it_holds_those_of_the_rule_less_each_step_and_says_the_same_as_the_service(
    chosen: tuple[str, Path], toml: Path, stored: Stored, log: Log
) -> None:
    said, out = chosen
    table = pq.read_table(out)
    business, bundle, own = datasets.load(str(toml)), stored.bundle, stored.bundle.looks_at(log)
    assert own.base is not None
    everyone = np.arange(len(own.customers))
    moments = np.maximum(own.own, own.base.end)
    scores = bundle.score(own, Spine.of(everyone, moments))
    rfm, places = next(one for one in scores.segments if one[0].name == "rfm")
    named = np.array([rfm.segments[place].name for place in places])
    churn = next(numbers for one, numbers in scores.predictions if one.target.name == "churn_28d")
    inside = np.isin(named, ["champions", "at_risk", "loyal"]) & (churn > 0.01)
    best = inside & (named == "champions")
    counts = _steps(said)
    assert counts[0] == (int(inside.sum()), "in the rule")
    assert (int((inside & ~best).sum()), "outside exclusions") in counts
    assert counts[-1][0] == len(table) == table["customer_id"].to_numpy(zero_copy_only=False).size
    assert [count for count, _ in counts] == sorted((count for count, _ in counts), reverse=True)
    assert f"  {int(best.sum())} of them are in best, too" in said

    where = {name: place for place, name in enumerate(own.customers.to_pylist())}
    rows = np.array([where[one] for one in table["customer_id"].to_pylist()])
    assert set(rows) <= set(np.flatnonzero(inside & ~best))
    spend = scores.x[rows, bundle.kernel.position["spend_84d"]]
    assert np.all(np.diff(spend) <= 0)
    found = offer(bundle, business, log.products, log.names["product"], own.base.end)
    live = bundle.score(own, Spine.of(rows, moments[rows]))
    for name, column in actions(list(suggest(of_bundle(business, bundle), own, rows, live, found))).items():
        assert table[name].to_pylist() == column.to_pylist(), name
    np.testing.assert_array_equal(np.array(table["churn_28d"].to_pylist()), churn[rows])
    assert table["subject"].to_pylist()[0] == f"Hello {table['customer_id'][0].as_py()}"
    assert table["priority"].to_pylist() == [2] * len(table)


def _business(toml: Path) -> Dataset:
    return datasets.load(str(toml))


def test_it_is_shown_again_to_the_row_less_those_erased_since(
    chosen: tuple[str, Path], toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, out = chosen
    id_ = re.findall(r"frozen as (\S+)", said)[0]
    again = tmp_path / "again.parquet"
    arguments = ("--dataset", str(toml), "--name", "back", "--id", id_)
    done = run_here("activation.audience", *arguments, "--out", str(again))
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == out.read_bytes()
    told = frozen.load(_business(toml), "back", id_)
    assert told.members.schema.names[:2] == [CUSTOMER, "identifier"]
    assert "churn_28d" not in told.members.schema.names
    who = told.members[CUSTOMER][0].as_py()
    monkeypatch.setenv(secret.KEY, "a key of the tests that is long")
    monkeypatch.setattr(suppression, "load", lambda _: suppression.Suppression(listed=frozenset({(CUSTOMER, who)})))
    done = run_here("activation.audience", *arguments, "--preview", "1")
    assert f"{len(told.members) - 1} members" in done.stdout
    assert f"1 of {len(told.members)} were erased since" in done.stdout
    assert f"{who} (" not in done.stdout


def test_one_person_is_told_where_they_fall_out(toml: Path, chosen: tuple[str, Path]) -> None:
    before = frozen.ids(_business(toml).name, "back")
    member = pq.read_table(chosen[1])["customer_id"][0].as_py()
    done = run_here("activation.audience", "--dataset", str(toml), "--name", "back", "--why", member, "--preview", "0")
    assert f"{member}: they are a member" in done.stdout, done.stderr
    done = run_here("activation.audience", "--dataset", str(toml), "--name", "best", "--preview", "2")
    assert "in the rule of" not in done.stdout
    assert done.stdout.count("action  ") == 2
    assert frozen.ids(_business(toml).name, "back") == before
    assert frozen.ids(_business(toml).name, "best") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "bak"), "NAME: got 'bak'. Did you mean 'back'"),
        (("--name", "back", "--out", "a.xlsx"), "OUT: got 'a.xlsx'; a name that ends in .csv or .parquet is allowed"),
        (("--name", "back", "--out", "a.csv", "--preview", "3"), "OUT: PREVIEW and WHY only look"),
        (("--name", "back", "--id", "x"), "audience 'back': got the id 'x'"),
        (("--name", "never", "--id", "newest"), "audience 'never' of 'part' was never frozen"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(
    toml: Path, chosen: tuple[str, Path], arguments: tuple[str, ...], said: str
) -> None:
    assert chosen
    done = run_here("activation.audience", "--dataset", str(toml), *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_a_wrong_condition_or_order_is_refused_before_anything_is_read(toml: Path) -> None:
    done = run_here("activation.audience", "--dataset", str(toml.with_name("audience_wrong.toml")), "--name", "back")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "audiences.wrong.where: " in done.stderr
    assert "segment.rfm is never 'champion'. Did you mean 'champions'" in done.stderr
    text = toml.read_text(encoding="utf-8").replace("feature.spend_84d desc", "feature.spent_84d desc")
    other = toml.with_name("audience_order.toml")
    other.write_text(text, encoding="utf-8")
    done = run_here("activation.audience", "--dataset", str(other), "--name", "back")
    assert "audiences.back.order: there is no feature 'spent_84d'. Did you mean 'spend_84d'" in done.stderr


def test_the_command_tells_the_arms_of_the_experiment_that_runs_on_the_audience(toml: Path) -> None:
    text = toml.read_text(encoding="utf-8")
    text += """
[audiences.tried]
where = "segment.rfm in ('champions', 'loyal')"
[experiments.tried]
audience = "tried"
arms = { hello = "hello", rest = "" }
"""
    other = toml.with_name("audience_tried.toml")
    other.write_text(text, encoding="utf-8")
    business = _business(other)
    with ledger.opened(business.name, started.TABLES) as connection:
        started.start(connection, experiment(business, "tried"), 0, clock.now())
    done = run_here("activation.audience", "--dataset", str(other), "--name", "tried")
    assert done.returncode == 0, done.stderr
    held = re.findall(r"^ +([\d,]+)  not held back by experiment tried  \(-([\d,]+)\)$", done.stdout, re.MULTILINE)
    ((left, fell),) = held
    found = frozen.load(business, "tried")
    assert (found.about.experiment, len(found.rows)) == ("tried", int(left.replace(",", "")))
    with ledger.opened(business.name, kept.TABLES) as connection:
        arms = of_ledger(connection, "experiment:tried", ("hello", "rest"))
    assert arms.counts() == (len(found.rows), int(fell.replace(",", "")))
    assert found.rows["subject"].to_pylist() == [f"Hello {who}" for who in found.rows[CUSTOMER].to_pylist()]
    assert set(found.rows["arm"].to_pylist()) == {"hello"}


def test_about_is_plain_json(toml: Path, chosen: tuple[str, Path]) -> None:
    id_ = re.findall(r"frozen as (\S+)", chosen[0])[0]
    found = frozen.load(_business(toml), "back", id_)
    told = msgspec.to_builtins(found.about)
    assert told["waterfall"][-1]["left"] == told["rows"] == len(found.rows)
    assert (told["purpose"], told["kind"], told["destination"]) == ("none", CUSTOMER, "")


def test_only_who_allows_the_purpose_is_in_it_and_who_is_not_profiled_is_not_even_counted(
    trained: Trained, log: Log
) -> None:
    refused, allowing, other, *_ = log.customers.to_pylist()
    answers = f"id,what,said,when\n{refused},profiling,no,2018-01-01\n{refused},mail,yes,2018-01-01\n"
    trained.toml.with_name("audience_answers.csv").write_text(f"{answers}{allowing},mail,yes,2018-01-01\n")
    text = trained.toml.read_text(encoding="utf-8")
    text += """
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
[[consent.sources]]
path = "audience_answers.csv"
columns = { customer_id = "id", purpose = "what", answer = "said", valid_from = "when" }
[audiences.all]
where = "not missing(purchase_recency) or missing(purchase_recency)"
purpose = "mail"
"""
    toml = trained.toml.with_name("audience_consent.toml")
    toml.write_text(text, encoding="utf-8")
    done = run_here("activation.audience", "--dataset", str(toml), "--name", "all", "--why", other)
    assert done.returncode == 0, done.stderr
    counts = {name: count for count, name in _steps(done.stdout)}
    assert counts["in the rule"] == len(log.customers) - 1
    assert counts["allowed for mail"] == counts["valid for the destination"] == 1
    assert f"{other}: allowed for mail: no, they do not allow it now, or nothing is known of it" in done.stdout


def test_a_policy_tells_each_their_action_and_is_read_by_what_it_explored(toml: Path, chosen: object) -> None:
    del chosen  # the ledger is there, and was opened before
    dataset = datasets.load(str(toml))
    done = run_here("activation.audience", "--dataset", str(toml), "--name", "cared", "--now", "2017-11-01")
    assert done.returncode == 0, done.stderr
    state = f"care version {CARE.version}"
    assert f"  policy {state} says what each is told: its action by a chance of 0.6667" in done.stdout
    made = frozen.load(dataset, "cared")
    assert (made.about.policy, made.about.policies) == (f"{state}, exploration 0.5", {"care": CARE.version})
    with ledger.opened(dataset.name, kept.TABLES) as connection:
        found = of_ledger_of_policy(connection, "cared", "care", CARE.actions)
    arms = {who: CARE.actions[arm] for who, arm in zip(found.assigned.customers, found.assigned.arm, strict=True)}
    told = {row[CUSTOMER]: row for row in made.rows.to_pylist()}
    assert set(told) == {who for who, arm in arms.items() if arm != "none"}
    for who, row in told.items():
        assert (row["arm"], row["body"] is not None) == (arms[who], arms[who] == "mail")
    by = {"Champions": "none", "Loyal customers": "call"}
    wanted = dict(zip(found.assigned.customers, found.wanted, strict=True))
    assert all(wanted[who] == by.get(row["segment_rfm"], "mail") for who, row in told.items())
    done = run_here("activation.policy", "--dataset", str(toml), "--name", "care", "--outcome", "orders_28d")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"policy {state}: ")
    assert re.search(r"  mail for everybody: .* \(DR\); SNIPS .*; effective sample \d\d\d", done.stdout)
    done = run_here("activation.policy", "--dataset", str(toml), "--name", "car")
    assert (done.returncode, "policies: got 'car'. Did you mean 'care'?" in done.stderr) == (2, True)
