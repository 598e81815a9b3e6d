"""Who may not be profiled is left out behind the sources, told in one line, and tells nothing else."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import account, clock, dataset
from features.buckets import intake, memory
from features.buckets.daily import Daily
from features.buckets.intake import Intake
from features.dataset import Dataset, DatasetError
from features.log import log as logs
from features.log.store import mapped

UTC = ZoneInfo("UTC")
NOW = clock.parse("2026-06-01", UTC)
PEOPLE = ("ann@shop.example", "bob", "cy", "dan", "eve")
DECLARED = """
name = "shop"
[[sources]]
path = "s.csv"
event = "purchase"
columns = { customer_id = "client", occurred_at = "at", event_id = "id", category = "kind", amount = "paid" }
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent", ads = "consent" }
unknown = { profiling = "allow", default = "deny" }
gpc = "gpc"
[[consent.sources]]
path = "c.csv"
columns = { customer_id = "id", purpose = "what", answer = "said", valid_from = "when" }
"""


def shop(folder: Path, answers: str, rows: list[str] | None = None, more: str = "") -> Dataset:
    """Return a shop whose customers answered."""
    (folder / "s.csv").write_text("client,at,id,kind,paid,gpc\n" + "".join(events() if rows is None else rows))
    (folder / "c.csv").write_text("id,what,said,when\n" + answers)
    (folder / "shop.toml").write_text(DECLARED + more, encoding="utf-8")
    return dataset.load(str(folder / "shop.toml"))


def events() -> list[str]:
    """Return two weeks of purchases, each of a kind that nobody else has bought, and a row that cannot be read."""
    own = [f"{name},2026-05-{day:02d},{name}{day},of {name},{day},\n" for name in PEOPLE for day in range(1, 15)]
    return own + [f"{name},2026-05-07,{name}x,bad {name},what,\n" for name in PEOPLE]


def without(*names: str) -> list[str]:
    return [row for row in events() if not row.startswith(names)]


def refusing(*names: str) -> str:
    return "".join(f"{name},profiling,no,2026-01-01\n" for name in names)


def everything(found: Intake) -> dict[str, object]:
    """Return whatever an intake tells, but for the line of those who are not profiled."""
    order = np.argsort(found.log.customers.to_pylist())  # buckets are filled as customers come
    log = logs.pick(found.log, order.tolist())
    return {
        "digest": found.log.digest,
        "days": found.log.days.plain(),
        "base": log.base,
        "names": {key: names.to_pylist() for key, names in log.names.items()},
        "customers": log.customers.to_pylist(),
        "keys": log.keys.tolist(),
        "columns": {name: column.tolist() for name, column in log.columns.items()},
        "rejects": found.rejects,
        "examples": {reason: len(found.aside.examples[reason]) for reason in found.rejects},
        "notes": [note for note in found.aside.notes if not note.startswith("not profiled")],
        "rows": found.tally.rows.tolist(),
        "read": found.tally.read.tolist(),
        "missing": {name: counts.tolist() for name, counts in found.tally.missing.items()},
    }


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("out", [("bob",), ("ann@shop.example", "cy"), PEOPLE[:4]])
def test_all_is_as_it_would_be_without_them(out: tuple[str, ...], parts: int, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "buckets", lambda *_: parts)
        denied = intake.take(shop(tmp_path, refusing(*out)), memory.LEAST, now=NOW)
        never = intake.take(shop(tmp_path, refusing(*out), without(*out)), memory.LEAST, now=NOW)
    assert everything(denied) == everything(never)
    assert denied.aside.notes[-1] == f"not profiled: {len(out)} of 5 customers"
    assert never.aside.notes[-1] == f"not profiled: 0 of {5 - len(out)} customers"


def test_without_consent_nothing_changes(tmp_path: Path) -> None:
    declared = shop(tmp_path, "")
    (tmp_path / "plain.toml").write_text(DECLARED.partition("[consent]")[0])
    plain = intake.take(dataset.load(str(tmp_path / "plain.toml")))
    asked = intake.take(declared, now=NOW)
    assert plain.log.digest == asked.log.digest
    assert (plain.log.profiled, plain.permissions) == (None, None)
    assert everything(plain)["missing"] == everything(asked)["missing"]


def test_what_comes_in_by_day_does_not_count_them(tmp_path: Path) -> None:
    daily, never = Daily("UTC"), Daily("UTC")
    intake.take(shop(tmp_path, refusing("bob")), daily=daily, now=NOW)
    intake.take(shop(tmp_path, "", without("bob")), daily=never, now=NOW)
    assert daily.rows == never.rows
    assert {key: {day: bins.tolist() for day, bins in days.items()} for key, days in daily.columns.items()} == {
        key: {day: bins.tolist() for day, bins in days.items()} for key, days in never.columns.items()
    }


def test_an_id_of_theirs_repeats_nobody_elses(tmp_path: Path) -> None:
    rows = ["bob,2026-05-01,1,a,1,\n", "cy,2026-05-01,1,a,1,\n", "cy,2026-05-02,2,a,1,\n"]
    found = intake.take(shop(tmp_path, refusing("bob"), rows), now=NOW)
    assert (len(found.log), found.rejects) == (2, {})


def test_who_is_excluded_is_not_asked(tmp_path: Path) -> None:
    found = intake.take(shop(tmp_path, refusing("bob", "cy"), more='[exclude]\nids = ["bob"]\n'), now=NOW)
    assert found.log.excluded == {"bob"}
    assert [line for line in found.said() if "customers" in line][1:] == [
        "excluded, as declared: 1 customers",
        "not profiled: 1 of 4 customers",
    ]


def test_how_often_they_buy_is_not_looked_at(tmp_path: Path) -> None:
    rows = [*events(), *[f"bob,2026-05-03,b{n},a,1,\n" for n in range(9)]]
    found = intake.take(shop(tmp_path, refusing("bob"), rows, "[exclude]\norders_a_day = 5\n"), now=NOW)
    assert (found.log.excluded, found.log.profiled and found.log.profiled.left_out) == (frozenset(), 1)


@pytest.mark.parametrize(
    ("signal", "answers", "ads"),
    [
        ("", "eve,ads,yes,2026-01-01\n", {"eve"}),
        ("true", "", set()),
        ("true", "eve,ads,yes,2026-01-01\n", set()),  # the signal is later
        ("true", "eve,ads,yes,2026-05-20\n", {"eve"}),  # the grant is
        ("1", "eve,ads,yes,2026-01-01\n", set()),
        ("false", "eve,ads,yes,2026-01-01\n", {"eve"}),
        ("false", "", set()),  # it opts out, never in
        ("odd", "eve,ads,yes,2026-01-01\n", set()),
    ],
)
def test_a_signal_of_a_browser_opts_out_of_ads_alone_and_never_in(
    signal: str, answers: str, ads: set[str], tmp_path: Path
) -> None:
    rows = [*events(), f"eve,2026-05-10,signal,a,1,{signal}\n"]
    found = intake.take(shop(tmp_path, answers + "eve,mail,yes,2026-01-01\n", rows), now=NOW)
    assert found.permissions is not None
    table = found.permissions.table(NOW).to_pylist()
    assert {row["customer_id"] for row in table if row["ads"]} == ads
    assert [row["mail"] for row in table] == [name == "eve" for name in PEOPLE]
    assert ("consent.gpc: 1 rows hold neither yes nor no: they opt out" in found.said()) == (signal == "odd")


def test_a_signal_counts_from_its_own_moment_on(tmp_path: Path) -> None:
    rows = [*events(), "eve,2026-05-10T12:00:00,signal,a,1,yes\n"]
    found = intake.take(shop(tmp_path, "eve,ads,yes,2026-01-01\n", rows), now=clock.parse("2026-05-09", UTC))
    assert found.permissions is not None
    eve = pa.array(["eve"])
    moments = ("2026-05-09", "2026-05-10T11:59:59.999999", "2026-05-10T12:00:00")
    allowed = [found.permissions.allowed("ads", clock.parse(one, UTC), eve).tolist() for one in moments]
    assert allowed == [[True], [True], [False]]


def test_a_column_of_signals_must_be_there_and_is_no_feature(tmp_path: Path) -> None:
    shop(tmp_path, "")
    (tmp_path / "shop.toml").write_text(DECLARED.replace('gpc = "gpc"', 'gpc = "gpcc"'))
    lacking = dataset.load(str(tmp_path / "shop.toml"))
    with pytest.raises(DatasetError, match=r"consent\.gpc: no source has a column 'gpcc'\. Did you mean 'gpc'\?"):
        intake.take(lacking, now=NOW)
    (tmp_path / "shop.toml").write_text(DECLARED.replace('amount = "paid"', 'channel = "gpc"'))
    with pytest.raises(DatasetError, match=r"sources\[0\]\.columns\.channel: got 'gpc', which is consent\.gpc"):
        dataset.load(str(tmp_path / "shop.toml"))


def test_the_account_tells_purposes_grants_that_lift_nothing_and_answers_of_nobody(tmp_path: Path) -> None:
    answers = (
        refusing("bob") + "cy,mail,yes,\ndan,mail,no,2026-02-01\ndan,mail,yes,2026-01-01\nzoe,mail,yes,2026-01-01\n"
    )
    declared = shop(tmp_path, answers + "eve,mail,yes,2026-01-01\neve,ads,no,2026-01-01\n")
    of = ", of those who are profiled"
    lines = list(account.report(declared, intake.take(declared, now=NOW)))
    assert [line for line in lines if line.startswith(("purpose", "grants", "answers of", "not profiled"))] == [
        "not profiled: 1 of 5 customers",
        "purpose profiling (legitimate_interest): 0 allow it, 1 deny it, nothing is known of 4, allowed for them",
        f"purpose mail (consent): 1 allow it, 1 deny it, nothing is known of 2, denied for them{of}",
        f"purpose ads (consent): 0 allow it, 1 deny it, nothing is known of 3, denied for them{of}",
        "grants that lift nothing: 2: 1 name no moment, 1 are older than a refusal",
        "answers of nobody who has events: 1",
    ]


def test_the_store_knows_who_may_be_profiled_and_until_when(tmp_path: Path) -> None:
    answers = refusing("bob", "zoe") + "cy,profiling,no,2026-07-01\n"
    taken = intake.take(shop(tmp_path, answers), now=NOW)
    mapped.save(taken.log, "permitted_shop")
    found = mapped.load("permitted_shop").profiled
    assert found == taken.log.profiled
    assert found is not None
    assert (found.refused, dict(found.until), found.now) == (
        frozenset({"bob", "zoe"}),
        {"cy": clock.parse("2026-07-01", UTC)},
        NOW,
    )
    mapped.save(intake.take(shop(tmp_path, ""), now=NOW).log, "permitted_shop")
    again = mapped.load("permitted_shop").profiled
    assert again is not None
    assert again.refused == frozenset()


def test_where_silence_denies_those_are_kept_who_granted(tmp_path: Path) -> None:
    declared = shop(tmp_path, "bob,profiling,yes,2026-01-01\nzoe,profiling,yes,2026-01-01\n")
    text = DECLARED.replace('profiling = "allow", ', "")
    (tmp_path / "shop.toml").write_text(text)
    taken = intake.take(dataset.load(str(tmp_path / "shop.toml")), now=NOW)
    assert declared.consent is not None
    assert taken.log.customers.to_pylist() == ["bob"]
    profiled = taken.log.profiled
    assert profiled is not None
    assert (profiled.strangers, profiled.known, profiled.said()) == (
        False,
        frozenset({"zoe"}),
        "not profiled: 4 of 5 customers",
    )
    assert [profiled.may(one, NOW, {"bob"}) for one in ("bob", "zoe", "cy", "new")] == [True, True, False, False]


DAYS = ("", "2026-01-01", "2026-05-31", "2026-06-02")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PEOPLE), st.sampled_from(["yes", "no", "objected", "perhaps"]), st.sampled_from(DAYS)
        ),
        max_size=6,
    ),
    st.permutations(range(len(events()))),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_gives_what_there_would_be_without_those_whom_it_leaves_out(
    tmp_path: Path, history: list[tuple[str, str, str]], order: list[int]
) -> None:
    if len({who for who, _, _ in history}) == len(PEOPLE):
        return  # somebody must be left
    answers = "".join(f"{who},profiling,{said},{when}\n" for who, said, when in history)
    rows = events()
    found = intake.take(shop(tmp_path, answers, [rows[n] for n in order]), now=NOW)
    left = set(found.log.customers.to_pylist())
    never = intake.take(shop(tmp_path, answers, [row for row in rows if row.partition(",")[0] in left]), now=NOW)
    told, untold = everything(found), everything(never)
    assert told == untold
