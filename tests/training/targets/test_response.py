"""The target of contacts: labels on logs made by hand, what a row sees of its campaign, and the split by time."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from features import clock, dataset
from features.buckets import intake
from features.clock import DAY
from features.dataset import Dataset, DatasetError
from features.kernel.kernel import Kernel
from features.log.log import Log
from features.log.spine import Spine
from features.sources import campaigns as campaign
from training.choice.plan import plans
from training.panel import panel
from training.panel.campaign import Campaign, Campaigns, UnknownCampaign
from training.panel.contacts import Contacts
from training.panel.enough import Refused
from training.panel.ground import Ground
from training.panel.rung import Rung
from training.targets import Response
from training.targets.declared import declared

TARGET = Response("response", 14)
BERLIN = ZoneInfo("Europe/Berlin")

HEAD = """name = "shop"
zone = "Europe/Berlin"
end = 2024-06-30
[[sources]]
path = "events.csv"
columns = { customer_id = "who", occurred_at = "at", campaign_id = "campaign", channel = "channel" }
[sources.event]
column = "event"
values = { buy = "purchase", contact = "contact", redeem = "redemption" }
[[campaigns]]
path = "campaigns.csv"
columns = { campaign_id = "campaign", last_day = "last" }
[targets.response]
kind = "response"
horizon_days = 14
"""

START = "old,2024-01-01T12:00:00,buy,,\n"


def business(folder: Path, events: str, campaigns: str = "", head: str = HEAD) -> tuple[Dataset, Log]:
    (folder / "events.csv").write_text(f"who,at,event,campaign,channel\n{START}{events}", encoding="utf-8")
    (folder / "campaigns.csv").write_text(f"campaign,last\n{campaigns or 'none,2024-01-01'}\n", encoding="utf-8")
    (folder / "shop.toml").write_text(head, encoding="utf-8")
    found = dataset.load(str(folder / "shop.toml"))
    return found, intake.take(found).log


@dataclass(frozen=True)
class Asked:
    """The rows of a target of contacts, on every day that has some."""

    ground: Ground
    spine: Spine
    table: Campaigns
    y: NDArray[np.float64]

    @property
    def ids(self) -> list[str]:
        """Each row's campaign."""
        return [self.table.campaigns[code].id for code in self.spine.context.tolist()]


def asked(target: Response, found: Dataset, log: Log) -> Asked:
    ground, rows = Ground.of(found, log), target.rows()
    table = Contacts.table(ground, [rows])
    days = {clock.start_of_day(int(time), BERLIN) for time in log.columns["time"]}
    spine = rows.spine(ground, days, table)
    return Asked(ground, spine, table, rows.labels(ground, {"it": rows}, spine, table)["it"])


def labels(folder: Path, events: str, campaigns: str = "") -> dict[tuple[str, str], float]:
    found, log = business(folder, events, campaigns)
    rows = asked(TARGET, found, log)
    who = [log.customers[place].as_py() for place in rows.spine.customers.tolist()]
    return dict(zip(zip(who, rows.ids, strict=True), rows.y.tolist(), strict=True))


def contacted(who: str, name: str, at: str = "2024-03-10T00:00:00", channel: str = "post") -> str:
    return f"{who},{at},contact,{name},{channel}\n"


@pytest.mark.parametrize(
    ("at", "answered"),
    [
        ("2024-03-09T23:59:59", 0),  # before the contact
        ("2024-03-10T00:00:00", 1),  # at the very moment
        ("2024-03-31T23:59:59", 1),  # the last day, on which clocks change, counts to its end
        ("2024-04-01T00:00:00", 0),
    ],
)
def test_an_answer_counts_from_the_contact_to_the_end_of_the_campaigns_last_day(
    tmp_path: Path, at: str, answered: float
) -> None:
    events = contacted("ann", "a") + f"ann,{at},redeem,a,post\n"
    assert labels(tmp_path, events, "a,2024-03-31") == {("ann", "a"): answered}


@pytest.mark.parametrize(("at", "answered"), [("2024-03-23T23:59:59", 1), ("2024-03-24T00:00:00", 0)])
def test_a_campaign_without_an_end_can_be_answered_for_the_horizon(tmp_path: Path, at: str, answered: float) -> None:
    events = contacted("ann", "a") + f"ann,{at},redeem,a,post\n"
    assert labels(tmp_path, events) == {("ann", "a"): answered}


def test_of_two_campaigns_at_once_only_the_one_that_was_answered_is(tmp_path: Path) -> None:
    events = contacted("ann", "a") + contacted("ann", "b") + contacted("bob", "b") + "ann,2024-03-12,redeem,b,post\n"
    assert labels(tmp_path, events) == {("ann", "a"): 0, ("ann", "b"): 1, ("bob", "b"): 0}


def test_a_redemption_of_no_campaign_answers_none(tmp_path: Path) -> None:
    assert labels(tmp_path, contacted("ann", "a") + "ann,2024-03-12,redeem,,\n") == {("ann", "a"): 0}


def test_an_early_answer_does_not_hide_a_later_one(tmp_path: Path) -> None:
    answers = "ann,2024-03-01,redeem,a,post\nann,2024-03-12,redeem,a,post\n"
    assert labels(tmp_path, contacted("ann", "a") + answers) == {("ann", "a"): 1}


def test_the_labels_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    days = [f"2024-03-{day:02d}T{hour:02d}:00:00" for day in range(1, 29) for hour in (0, 9)]
    events = [
        (f"c{generator.integers(5)}", days[generator.integers(len(days))], kind, "ab"[generator.integers(2)])
        for kind in ("contact", "redeem") * 60
    ]
    found, log = business(tmp_path, "".join(f"{who},{at},{kind},{name},post\n" for who, at, kind, name in events))
    rows = asked(TARGET, found, log)
    for row in range(len(rows.spine)):
        who, name = log.customers[rows.spine.customers[row]].as_py(), rows.ids[row]
        begin = int(rows.spine.as_of[row])
        answers = [clock.parse(at, BERLIN) for w, at, kind, n in events if (w, kind, n) == (who, "redeem", name)]
        assert rows.y[row] == any(begin <= at < begin + 14 * DAY for at in answers)
    assert 0 < rows.y.mean() < 1


@pytest.mark.parametrize(
    ("post", "mail", "is_post", "is_mail"),
    [
        ("post", "mail", "campaign_is_post", "campaign_is_mail"),
        ("C++", "C#", "campaign_is_c_f1deb7", "campaign_is_c_040228"),  # whose names fold to one
    ],
)
def test_a_row_sees_what_was_before_its_contact_and_takes_the_history_with_its_own_type(
    tmp_path: Path, post: str, mail: str, is_post: str, is_mail: str
) -> None:
    events = (
        contacted("ann", "a1", "2024-02-01T00:00:00", post)
        + f"ann,2024-02-05T00:00:00,redeem,a1,{post}\n"
        + contacted("ann", "b1", "2024-03-01T00:00:00", mail)
        + contacted("ann", "a2", "2024-03-11T00:00:00", post)
    )
    found, log = business(tmp_path, events, "a2,2024-03-20")
    ((target,), _) = declared(found, log, log.newest + 1)
    assert isinstance(target, Response)
    assert target.types == (post, mail)
    rows = asked(target, found, log)
    kernel = Kernel(target.needs())
    x, names = panel.features(kernel, log, rows.spine, rows.table), panel.names(kernel, rows.table)
    seen = [dict(zip(names, row.tolist(), strict=True)) for row in x][::-1]  # the newest came first
    assert rows.ids == ["a2", "b1", "a1"]
    assert [row["campaign_type_contact_campaigns"] for row in seen] == [0, 0, 1]
    assert [row["campaign_type_redemption_campaigns"] for row in seen] == [0, 0, 1]
    assert [row["redemption_days_84d"] for row in seen] == [0, 1, 1]
    assert [(row[is_post], row[is_mail]) for row in seen] == [(1, 0), (0, 1), (1, 0)]
    assert [row["campaign_days"] for row in seen] == [14, 14, 10]
    assert seen[2]["campaign_type_redemption_rate"] == 1
    assert seen[2]["campaign_type_redemption_recency"] == seen[2]["redemption_recency"] == 35
    none = panel.features(kernel, log, Spine.of(rows.spine.customers, rows.spine.as_of), rows.table)
    assert np.isnan(none[:, len(kernel.names) :]).all()
    assert (target.cohort().failed(none, names) == 0).all()
    assert (target.cohort().failed(x, names) == -1).all()


def _mailed(*starts: str, customers: int = 4) -> str:
    return "".join(
        contacted(f"c{n}", name, f"{start}T09:00:{n:02d}") for name, start in zip("abcdefg", starts, strict=False)
        for n in range(customers)
    )  # fmt: skip


def test_no_campaign_runs_on_from_one_part_of_the_split_into_the_next(tmp_path: Path) -> None:
    starts = ("2024-02-01", "2024-02-20", "2024-03-10", "2024-03-20", "2024-04-10", "2024-05-01", "2024-06-01")
    found, log = business(tmp_path, _mailed(*starts))
    split = TARGET.rows().split(Ground.of(found, log, clock.parse("2024-06-10", BERLIN)))
    days = {
        part: [str(np.datetime64(moment, "us"))[:10] for moment in moments] for part, moments in split.parts().items()
    }
    # A day in Berlin begins the evening before in UTC; the test needs a fifth of 24 contacts: two campaigns of four.
    assert days["test"] == ["2024-04-30", "2024-04-09"]
    assert days["validation"] == ["2024-03-19"]
    assert days["train"] == ["2024-02-19", "2024-01-31"]  # the campaign of 10 March runs into the validation
    assert days["refit"] == ["2024-03-19", "2024-03-09", "2024-02-19", "2024-01-31"]
    assert split.final == split.test + split.refit
    early = TARGET.rows().split(Ground.of(found, log, clock.parse("2024-03-01", BERLIN)))
    assert (early.rung, len(early.final)) == (Rung.ONE, 1)
    with pytest.raises(Refused, match="a campaign that is over is needed"):
        TARGET.rows().split(Ground.of(found, log, clock.parse("2024-02-02", BERLIN)))


def test_the_first_month_s_contacts_are_left_out(tmp_path: Path) -> None:
    found, log = business(tmp_path, _mailed("2024-01-20", "2024-02-20"))
    rows = asked(TARGET, found, log)
    assert set(rows.ids) == {"b"}
    assert len(rows.table.campaigns) == 2


def test_a_dataset_that_does_not_name_its_campaigns_is_refused(tmp_path: Path) -> None:
    found, log = business(tmp_path, _mailed("2024-02-20"), head=HEAD.replace('campaign_id = "campaign", ch', "ch"))
    planned = plans([TARGET], Ground.of(found, log), season=True)
    assert not planned.learned
    assert "no source of contact events has the column campaign_id" in planned.refused["response"]
    with pytest.raises(DatasetError, match="redemption"):
        campaign.read(found, log, "redemption", "contact")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('last_day = "last"', 'last_dai = "last"', r"campaigns\[0\].columns: got 'last_dai'. Did you mean 'last_day'"),
        (', last_day = "last"', "", "campaigns.*'last_day' is required"),
        ('last_day = "last"', 'last_day = "lst"', r"columns.last_day: there is no column 'lst'. Did you mean 'last'"),
    ],
)
def test_a_table_of_campaigns_is_checked(tmp_path: Path, old: str, new: str, message: str) -> None:
    def read() -> None:
        found, log = business(tmp_path, _mailed("2024-02-20"), head=HEAD.replace(old, new))
        campaign.read(found, log, "contact", "redemption")

    with pytest.raises(DatasetError, match=message):
        read()


def test_a_kind_that_is_akin_must_be_one(tmp_path: Path) -> None:
    found, log = business(tmp_path, _mailed("2024-02-20"), head=HEAD + 'akin = ["cupon"]\n')
    with pytest.raises(DatasetError, match=r"akin: got 'cupon'. Did you mean 'coupon'"):
        declared(found, log, log.newest)


KNOWN = Contacts.of_campaigns(
    [Response("response", 14, types=("post", "mail")).rows()],
    (Campaign("s1", "post", 20.0), Campaign("s2", "post", 30.0), Campaign("m1", "mail", 7.0)),
)


def test_a_campaign_is_found_by_name_and_a_new_one_by_its_channel() -> None:
    assert KNOWN.find("s1") == Campaign("s1", "post", 20.0)
    assert KNOWN.find("s1", "mail") == Campaign("s1", "mail", 20.0)
    assert KNOWN.find("new", "post") == Campaign("new", "post", 25.0)
    with pytest.raises(UnknownCampaign, match=r"got 's11', which is not known. Did you mean 's1'\? .* post, mail"):
        KNOWN.find("s11")
    with pytest.raises(UnknownCampaign, match=r"channel: got 'male'. Did you mean 'mail'"):
        KNOWN.find("new", "male")


def test_a_new_campaign_needs_no_channel_where_there_is_but_one() -> None:
    only = Contacts.of_campaigns([TARGET.rows()], (Campaign("a", "", 14.0),))
    assert only.find("b") == Campaign("b", "", 14.0)


def test_what_is_akin_may_be_a_kind_of_the_datasets_own(tmp_path: Path) -> None:
    head = HEAD.replace('redeem = "redemption" }', 'redeem = "redemption", quote = "custom:quote_asked" }')
    events = contacted("ann", "a1", "2024-02-01T00:00:00", "post") + "ann,2024-02-05T00:00:00,quote,,\n"
    found, log = business(tmp_path, events, head=head + 'akin = ["custom:quote_asked"]\n')
    ((target,), _) = declared(found, log, log.newest + 1)
    kernel = Kernel(tuple(one for one in target.needs() if one.name.startswith("custom_")))
    assert kernel.names == (
        "custom_quote_asked_recency",
        *(f"custom_quote_asked_days_{days}d" for days in (28, 84, 364)),
        "custom_quote_askeds_84d",
        "custom_quote_askeds_364d",
    )
    ann = np.array([log.positions["ann"]], np.int64)
    assert kernel.exact(log, ann, np.array([log.newest + DAY])).tolist() == [[1, 1, 1, 1, 1, 1]]


def test_what_is_akin_must_be_a_kind_that_the_dataset_has(tmp_path: Path) -> None:
    events = contacted("ann", "a1", "2024-02-01T00:00:00", "post")
    found, log = business(tmp_path, events, head=HEAD + 'akin = ["custom:quote_asked"]\n')
    with pytest.raises(DatasetError, match=r"targets.response: akin: got 'custom:quote_asked'\. Allowed: app_session"):
        declared(found, log, log.newest + 1)
