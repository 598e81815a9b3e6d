"""The commands: the weekly report of a real part of a shop, with what sales said of a segment."""

from pathlib import Path

import pytest

from activation.weekly import kept
from features import settings
from tests.conftest import Trained, run_here


def test_the_week_of_a_shop_is_kept_with_what_sales_say(trained: Trained, tmp_path: Path) -> None:
    own = ("--dataset", str(trained.toml))
    rows = tmp_path / "notes.csv"
    rows.write_text("segment,verdict,text\nrfm.champions,useful,they <came>\nrfm.lost,wrong,\n", encoding="utf-8")
    told = run_here("activation.notes.__main__", *own, "--file", str(rows))
    assert (told.returncode, told.stderr) == (0, "")
    assert "segment rfm.champions: 1 useful, 0 wrong\nsegment rfm.lost: 0 useful, 1 wrong\n" in told.stdout
    done = run_here("activation.weekly.__main__", *own, "--week", "2017-11-22")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n- ") == 4
    folder = settings.weekly("part") / "2017-11-20"
    assert str(folder / kept.PAGE) in done.stdout
    text = (folder / kept.PAGE).read_text(encoding="utf-8")
    assert "they &lt;came&gt;" in text
    assert "Data complete up to 2017-12-31" in text
    assert "occurred_at is after the data&#39;s end" in text
    assert "transaction_timestamp" not in text
    assert str(settings.home()) not in text
    assert {one.name for one in folder.iterdir()} == {"1.json", kept.PAGE, kept.MAIL, kept.CONTACTS}


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
    done = run_here("activation.notes.__main__", "--dataset", str(trained.toml), *asked)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_mail_without_a_server_is_refused_before_anything_is_read(trained: Trained) -> None:
    done = run_here("activation.weekly.__main__", "--dataset", str(trained.toml), "--mail", "a@b.c")
    assert (done.returncode, done.stderr) == (
        2,
        "error: HABITUS_SMTP_HOST is not set: it says where mails go.\n",
    )
