"""The commands: the weekly report of a real part of a shop, with what sales said of a segment."""

from pathlib import Path

import msgspec
import pytest

from activation.experiments import record
from activation.experiments.reading import read
from activation.weekly import kept
from activation.weekly.facts import Weekly
from features import settings
from features.clock import DAY
from tests.activation.experiments.shop import START, assigned, experiment, many
from tests.conftest import Trained, run_here

RULES = """
[rules.regulars]
where = "count('purchase', 28) >= 3"
title = "Regular guests"
"""
OBJECTIVES = """
[objectives.often]
segment = "rule.regulars"
kpi = "buyers"
change = "-1 points"
by = 2017-12-20
start = 2017-12-10
[objectives.earn]
segment = "everybody"
kpi = "margin"
change = "+5 %"
by = 2017-12-20
start = 2017-12-10
[objectives.keep]
segment = "rfm.champions"
kpi = "churn"
change = "-10 %"
by = 2018-01-30
start = 2017-12-10
goal = "keep the best"
"""
EXPERIMENT = """
[audiences.trial]
purpose = "mail"
where = "count('purchase', 28) >= 1"
[messages.spring]
subject = "tea"
[experiments.trial]
audience = "trial"
arms = { new = "spring", same = "" }
primary = "spend_7d"
"""


def test_the_week_of_a_shop_is_kept_with_what_sales_say(trained: Trained, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml))
    rows = tmp_path / "notes.csv"
    rows.write_text("segment,verdict,text\nrfm.champions,useful,they <came>\nrfm.lost,wrong,\n", encoding="utf-8")
    told = run_here("training.notes.__main__", *own, "--file", str(rows))
    assert (told.returncode, told.stderr) == (0, "")
    assert "segment rfm.champions: 1 useful, 0 wrong\nsegment rfm.lost: 0 useful, 1 wrong\n" in told.stdout
    asked = trained.toml.with_name("weekly.toml")  # what is asked of the business beside what it is
    asked.write_text(trained.toml.read_text(encoding="utf-8") + RULES + OBJECTIVES + EXPERIMENT, encoding="utf-8")
    log, arms = many(0.0)
    trial = read(log, experiment(), assigned(arms), START + 7 * DAY)
    record.record(trial, "part", "d", "<p>", "said")
    own = ("--dataset", str(asked))
    before = run_here("activation.weekly.__main__", *own, "--week", "2017-11-15")
    assert before.returncode == 0, before.stderr
    done = run_here("activation.weekly.__main__", *own, "--week", "2017-11-22")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n- ") == 4
    last, folder = (settings.weekly("part") / monday for monday in ("2017-11-13", "2017-11-20"))
    assert str(folder / kept.PAGE) in done.stdout
    text = (folder / kept.PAGE).read_text(encoding="utf-8")
    assert "they &lt;came&gt;" in text
    assert "Data complete up to 2017-12-31" in text
    assert "occurred_at is after the data&#39;s end" in text
    assert "transaction_timestamp" not in text
    assert str(settings.home()) not in text
    found, earlier = (msgspec.json.decode((one / "1.json").read_bytes(), type=Weekly) for one in (folder, last))
    objectives = {one.name: one for one in found.objectives}
    assert objectives["earn"].status == "refused"
    assert objectives["keep"].value is not None
    assert list(objectives) == ["keep", "often", "earn"]  # without a goal last
    assert objectives["often"].value is not None
    rule = {one.kpi: one for one in found.tiles if one.segmenter == "rule"}
    names = {(one.segmenter, one.segment) for one in found.tiles} | {
        (one.segmenter, one.segment) for one in found.sizes
    }
    (size,) = (one for one in found.sizes if one.segmenter == "rule")
    assert (size.title, size.began, {one.segment for one in rule.values()}) == (
        "Regular guests",
        rule["buyers"].members,
        {"regulars"},
    )
    assert not [segment for _, segment in names if segment.startswith("not ")]
    assert "refused: missing: [profit]" in text
    ahead = {one.segment: one.next for one in earlier.sizes if one.segmenter == "rfm"}
    assert ahead == {one.segment: one.forecast for one in found.sizes if one.segmenter == "rfm"}
    assert any(one is not None for one in ahead.values())
    (trial_of,) = found.experiments
    assert trial_of.reading is not None
    assert (trial_of.state, trial_of.reading.result, trial_of.reading.other) == ("ended", "no signal", "new")
    assert {path.name for path in folder.iterdir()} == {"1.json", kept.PAGE, kept.MAIL, kept.CONTACTS}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--segment", "rfm.champion", "--verdict", "useful"), "SEGMENT: got 'rfm.champion'. Did you mean"),
        (("--segment", "at_risk", "--verdict", "useful"), "which may be rfm.at_risk, lifecycle.at_risk"),
        (("--segment", "rfm.lost", "--verdict", "good"), "VERDICT: got 'good'; useful or wrong is allowed"),
        (("--verdict", "useful"), "one of both is allowed"),
        (("--campaign", "c1", "--segment", "rfm.lost", "--verdict", "wrong"), "one of both is allowed"),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused_in_a_line(trained: Trained, asked: tuple[str, ...], said: str) -> None:
    done = run_here("training.notes.__main__", "--dataset", str(trained.toml), *asked)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_mail_without_a_server_is_refused_before_anything_is_read(trained: Trained) -> None:
    done = run_here("activation.weekly.__main__", "--dataset", str(trained.toml), "--mail", "a@b.c")
    assert (done.returncode, done.stderr) == (
        2,
        "error: HABITUS_SMTP_HOST is not set: it says where mails go.\n",
    )
