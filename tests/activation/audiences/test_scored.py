"""An audience out of a table of scores: the one that asking the bundle gives, or a refusal in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from activation.audiences.scored import OWN_ACTS
from features import dataset as datasets
from features.consent import suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.outputs import parts
from tests.conftest import Trained, run_here
from training import batch
from training.bundle.bundle import Stored
from training.scored import known, rows
from training.scored import table as tables

MORE = """
[messages.hello]
subject = { en = "Hello {customer_id}" }
body = { en = "Still there?" }
[messages.wares]
subject = { en = "Your {products}" }
body = { en = "Still there?" }
[actions.rfm.at_risk]
channel = "sms"
[offers.codes]
codes = "own_codes.txt"
[audiences.best]
where = "segment.rfm == 'champions'"
[audiences.back]
where = "segment.rfm in ('champions', 'at_risk', 'loyal') and predicted.churn_28d > 1% and attribute.age != '65+'"
order = "predicted.spend_28d desc"
message = "hello"
exclude = ["best"]
tell = ["action", "subject", "churn_28d"]
[audiences.deep]
where = "recency_grocery > 20"
tell = ["churn_28d"]
[audiences.lists]
where = "segment.rfm == 'champions'"
tell = ["channel"]
offer = "codes"
[audiences.asked]
where = "segment.rfm == 'champions'"
with = ["buy_again:2"]
message = "hello"
tell = ["action"]
"""
Changed = Callable[[pa.Table, dict[str, str]], pa.Table]


@pytest.fixture(scope="module")
def toml(trained: Trained) -> Path:
    """Return the trained dataset with audiences."""
    path = trained.toml.with_name("scored_audience.toml")
    path.with_name("own_codes.txt").write_text("A\nB\n", encoding="utf-8")
    path.write_text(trained.toml.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def table(toml: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Score everybody once, each at their own moment."""
    out = tmp_path_factory.mktemp("scored") / "scores.parquet"
    done = run_here("serving.score", "--dataset", str(toml), "--as-of", "own", "--no-live", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


def _asked(toml: Path, name: str, *more: str) -> Any:
    return run_here("activation.audience", "--dataset", str(toml), "--name", name, "--no-live", *more)


def _figures(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith((" ", "audience ")) and "in deep" not in line]


def test_it_is_the_audience_that_asking_the_bundle_gives_but_for_own_acts(
    toml: Path, table: Path, tmp_path: Path
) -> None:
    said, told = [], []
    for nth, more in enumerate([("--scores", str(table)), ()]):
        out = tmp_path / f"{nth}.parquet"
        done = _asked(toml, "back", "--out", str(out), *more)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
        told.append(pq.read_table(out))
    ours, whole = told
    assert len(whole) > 20
    left = [name for name in whole.column_names if name not in {*OWN_ACTS, "products", "products_from"}]
    assert ours.select(left).equals(whole.select(left))
    assert not {*OWN_ACTS} & {*ours.column_names}
    assert _figures(said[0]) == _figures(said[1])
    assert "audiences.deep.where looks at recency_grocery: who is in it, too, is not told" in said[0]
    assert "or everybody's own newest event, as " in said[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("deep", r"audiences.deep: SCORES does not hold: audiences.deep.where: recency_grocery. Leave it out"),
        ("lists", r"offers with a file of codes, which may be redeemed by now; what is told: channel. Leave"),
        ("asked", r"SCORES does not hold: with, lists of products. Leave it out"),
    ],
)
def test_what_events_alone_tell_is_refused(toml: Path, table: Path, name: str, why: str) -> None:
    done = _asked(toml, name, "--scores", str(table))
    assert (done.returncode, done.stdout.count("audience ")) == (2, 0)
    assert why in done.stderr


def _says(name: str, value: str) -> Changed:
    def changed(rows: pa.Table, about: dict[str, str]) -> pa.Table:
        about[name] = value
        return rows

    return changed


def _twice(rows: pa.Table, _: dict[str, str]) -> pa.Table:
    return pa.concat_tables([rows.slice(1), rows.slice(1, 1)])


def _nobody(rows: pa.Table, _: dict[str, str]) -> pa.Table:
    return pa.concat_tables([rows.slice(1), rows.slice(0, 1).set_column(0, CUSTOMER, pa.nulls(1, pa.string()))])


def _column(name: str, value: str | None) -> Changed:
    def changed(rows: pa.Table, _: dict[str, str]) -> pa.Table:
        place = rows.schema.get_field_index(name)
        if value is None:
            return rows.remove_column(place)
        return rows.set_column(place, name, pa.array([value] * len(rows)))

    return changed


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_says("dataset", "other"), r"is of the dataset other; that of part is allowed: make score again"),
        (_says("dataset", "counterpart"), r"is of the dataset counterpart; that of part is allowed: make score again"),
        (_says("bundle", "0123"), r"is of the bundle version 1 \(0123\); that of \(\w+\) is allowed"),
        (_says("as_of", "2017-10-08T00:00:00Z"), r"is as of 2017-10-08T00:00:00Z for everybody; own is allowed"),
        (_says("base", "2017-10-08T00:00:00Z"), r"speaks of 2017-10-08T00:00:00Z; it is to speak of 2017-12-31T"),
        (_says("state", "0123"), r"was made of sources that changed since, or are declared otherwise"),
        (_twice, r"has 813 rows of 812 customers; one for each is allowed"),
        (_nobody, r"1 rows have no customer_id, or no as_of"),
        (_column("churn_28d", None), r"lacks the column 'churn_28d', which make score writes"),
        (_column("rfm_segment", "kings"), r"rfm: got 'kings', which is no segment of the bundle"),
    ],
)
def test_a_table_that_is_not_what_asking_now_would_give_is_refused(
    toml: Path, table: Path, stored: Stored, tmp_path: Path, change: Changed, why: str
) -> None:
    whole = pq.read_table(table)
    about = batch.told(whole.schema.metadata)
    changed = change(whole, about)
    said = {batch.ABOUT: json.dumps(about), parts.ROWS: str(len(changed))}
    pq.write_table(changed.replace_schema_metadata(said), tmp_path / "changed.parquet")
    business = datasets.load(str(toml))
    with pytest.raises(tables.Unfit, match=why):
        _read(business, stored, tmp_path / "changed.parquet")


def _read(business: Dataset, stored: Stored, path: Path) -> int:
    """Read a table to its end; return how many rows it has."""
    table, count = tables.read(path, business, stored), 0
    tables.require_own(table)
    tables.require_current(table, business, 0, live=False)
    with rows.opened(table, 10**9) as opened:
        for some in opened.batches(tables.columns(stored.bundle)):
            count += rows.scores(stored.bundle, some, table).as_of.size
    return count


def test_a_folder_of_parts_is_read_as_a_file_is(toml: Path, table: Path, stored: Stored, tmp_path: Path) -> None:
    whole, business = pq.read_table(table), datasets.load(str(toml))
    for place in range(3):
        some = whole.slice(place * 300, 300).replace_schema_metadata(None)
        pq.write_table(some, tmp_path / f"part-{place}.parquet")
    parts.seal(tmp_path, {batch.ABOUT: json.dumps(batch.told(whole.schema.metadata))})
    assert _read(business, stored, tmp_path) == _read(business, stored, table) == len(whole)


def test_who_was_erased_since_or_refuses_by_now_is_not_told_of(
    toml: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = toml.read_text(encoding="utf-8")
    consent = """
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
[[consent.sources]]
path = "scored_consents.csv"
columns = { customer_id = "who", purpose = "what", answer = "said", valid_from = "since" }
"""
    answers = "who,what,said,since\n1,profiling,no,2017-01-01\n7,mail,yes,2017-01-01\n"
    (toml.parent / "scored_consents.csv").write_text(answers, encoding="utf-8")
    asked = toml.with_name("scored_consent.toml")
    asked.write_text(text[: text.index("[audiences.best]")] + consent, encoding="utf-8")
    monkeypatch.setattr(suppression, "load", lambda _: suppression.Suppression(listed=frozenset({(CUSTOMER, "8")})))
    business, now = datasets.load(str(asked)), 1_600_000_000_000_000
    beside, whole = known.known(business, now), pq.read_table(table)
    left = beside.told(whole, now)[CUSTOMER].to_pylist()
    assert {*whole[CUSTOMER].to_pylist()} - {*left} == {"1", "8"}
    assert beside.permissions is not None
    may = beside.permissions.allowed("mail", now, pa.array(left, pa.string()))
    assert np.array(left)[may].tolist() == ["7"]
    assert beside.notes[-1] == "who allowed profiling after the table was written is not in it"
    linked = msgspec.structs.replace(business, identity={"keys": ["email"]})
    with pytest.raises(datasets.DatasetError, match="events tell identity: leave it out"):
        known.known(linked, now)
