"""Months out of tables of scores: the very files that asking the bundle gives, or a refusal in one line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import clock, settings
from features.consent.consent import Consent
from features.dataset import Dataset
from features.log.as_of import Moment
from features.log.log import Log
from features.log.spine import Spine
from features.outputs import output
from features.sources import state
from tests.conftest import Trained, run_here
from training import batch
from training.bundle.bundle import Stored
from training.migration import folder, scored
from training.migration.membership import membership
from training.migration.months import Month
from training.scored import table as tables
from training.scored.known import known
from training.scored.table import Table, Unfit

MONTHS = ("2017-10-01", "2017-11-01", "2017-12-01")


@pytest.fixture(scope="module")
def written(trained: Trained, stored: Stored, log: Log, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write a table of everybody as of the end of each month."""
    shelf, bundle, business = tmp_path_factory.mktemp("months"), stored.bundle, trained.dataset
    seen, zone = bundle.looks_at(log), ZoneInfo(business.zone)
    assert log.base is not None
    for name in MONTHS:
        moment = clock.parse(name, zone)
        known = np.flatnonzero(seen.known(moment))
        about = batch.about(
            business.name, stored.id, "1", Moment(log.base.end, "end of data"), moment, state.of(business)
        )
        table = bundle.score(seen, Spine.of(known, moment)).to_table(reasons=False)
        with output.opened(shelf / f"{name}.parquet", table.schema.with_metadata(about)) as opened:
            opened.write(table)
    return [shelf / f"{name}.parquet" for name in MONTHS]


def _read(paths: Sequence[Path], business: Dataset, stored: Stored) -> dict[Month, Table]:
    return scored.by_month([tables.read(path, business, stored) for path in paths], business)


def test_the_files_are_those_of_asking_the_bundle(
    trained: Trained, stored: Stored, log: Log, written: list[Path], tmp_path: Path
) -> None:
    every = tuple(_read(written, trained.dataset, stored))
    assert [month.name for month in every] == ["2017-09", "2017-10", "2017-11"]
    (tmp_path / "asked" / "membership").mkdir(parents=True)
    parts = iter([membership(stored.bundle, log, every)])
    folder.write(parts, stored.bundle.segmenters, every, tmp_path / "asked", 10**8, trained.dataset.name)
    given = [part for path in reversed(written) for part in ("--scores", str(path))]  # in any order
    own = ("--dataset", str(trained.toml), "--no-live", "--out", str(tmp_path / "told"))
    done = run_here("training.segments", *own, *given)
    assert done.returncode == 0, done.stderr
    files = [one.relative_to(tmp_path / "asked") for one in (tmp_path / "asked").rglob("*.parquet")]
    assert len(files) == len(MONTHS) + 1
    for one in files:
        assert pq.read_table(tmp_path / "told" / one).equals(pq.read_table(tmp_path / "asked" / one)), one
    assert "2017-09 to 2017-11: " in done.stdout
    wrong = run_here("training.segments", *own, *given, "--months", "2")
    assert wrong.stderr.startswith("error: FROM, MONTHS: with SCORES, the months are those that there are tables of.")
    assert settings.migration(trained.dataset.name) not in (tmp_path / "told").parents


def test_months_that_are_none_or_missing_are_refused(
    trained: Trained, stored: Stored, written: list[Path], tmp_path: Path
) -> None:
    business = trained.dataset
    with pytest.raises(Unfit, match=r"there is no table of 2017-10: make score AS_OF=2017-11-01\."):
        _read([written[0], written[2]], business, stored)
    with pytest.raises(Unfit, match="2 tables are as of 1 moments; one for each month is allowed"):
        _read([written[0], written[0]], business, stored)
    for said, why in (
        ("2017-10-08T00:00:00Z", "is as of 2017-10-08.*, which ends no month"),
        ("own", "is as of own; the end of a month is allowed"),
        ("2018-02-01T00:00:00Z", "is as of 2018-02-01T00:00:00Z, and the data end at 2017-12-31"),
    ):
        other = tmp_path / "other.parquet"
        whole = pq.read_table(written[0])
        metadata = {key.decode(): value.decode() for key, value in whole.schema.metadata.items()}
        metadata[batch.ABOUT] = metadata[batch.ABOUT].replace("2017-10-01T00:00:00Z", said)
        pq.write_table(whole.replace_schema_metadata(metadata), other)
        with pytest.raises(Unfit, match=why):
            _read([other], business, stored)
    kept = msgspec.structs.replace(business, consent=Consent({"profiling": "contract"}, retention_days=9))
    with pytest.raises(Unfit, match="retention_days says which months are kept"):
        _read(written, kept, stored)


def _twice(whole: pa.Table) -> pa.Table:
    return pa.concat_tables([whole.slice(1), whole.slice(1, 1)])


def _later(whole: pa.Table) -> pa.Table:
    return whole.set_column(1, "as_of", pa.array([1] * len(whole), pa.timestamp("us", "UTC")))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_twice, "has several rows of one customer"),
        (_later, "has rows of another moment than 2017-10-01T00:00:00Z"),
    ],
)
def test_rows_that_a_table_may_not_have_are_refused(
    trained: Trained,
    stored: Stored,
    written: list[Path],
    tmp_path: Path,
    change: Callable[[pa.Table], pa.Table],
    why: str,
) -> None:
    whole = pq.read_table(written[0])
    pq.write_table(change(whole).replace_schema_metadata(whole.schema.metadata), tmp_path / "odd.parquet")
    every = _read([tmp_path / "odd.parquet", written[1]], trained.dataset, stored)
    with pytest.raises(Unfit, match=why):
        list(scored.membership(stored.bundle, every, known(trained.dataset, 0), 0, 10**9))
