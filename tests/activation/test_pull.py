"""What destinations know comes back once, and nothing of it ever grants."""

import json
from pathlib import Path

import pytest

from activation.workflows import known
from features import dataset as datasets
from features import settings
from features.consent import secret
from features.dataset import Dataset
from features.log.store import opened
from tests.activation.workflows.shop import NOW, business
from tests.conftest import homed, run_here

GENERIC = """id,email,what,at,campaign_id
1,ANN@example.org,opt_out,2026-02-01T10:00:00Z,c1
2,bob@example.org,open,2026-02-01T10:00:00Z,c1
3,bob@example.org,subscribed,2026-02-02T10:00:00Z,
4,who@example.org,opt_out,2026-02-02T10:00:00Z,
5,bob@example.org,danced,2026-02-02T10:00:00Z,
6,,open,2026-02-02T10:00:00Z,
7,eve@example.org,bounce,2026-02-03,
"""


@pytest.fixture
def shop(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return a shop that a destination knows."""
    monkeypatch.setenv("HABITUS_HOME", str(homed(tmp_path / "home", database)))
    monkeypatch.setenv(secret.KEY, "the key of the tests of what comes back")
    read = business(tmp_path, "http://127.0.0.1:9", more='[destinations.mc]\nkind = "mailchimp"\npurpose = "mail"\n'
                    'identifier = "email"\nsettings = { dc = "us1" }\n')  # fmt: skip
    toml = tmp_path / "flowshop.toml"
    text = toml.read_text(encoding="utf-8").replace('kind = "webhook"', 'kind = "webhook"\npurpose = "mail"')
    toml.write_text(text, encoding="utf-8")
    return datasets.load(str(read.folder + "/flowshop.toml"))


def pull(shop: Dataset, name: str, file: Path, *more: str, status: int = 0) -> str:
    """Pull from a file, and return what was said."""
    toml = str(Path(shop.folder) / "flowshop.toml")
    done = run_here("activation.pull", "--dataset", toml, "--destination", name, "--file", str(file), *more)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def allowed(shop: Dataset) -> dict[str, bool]:
    """Return who allows mail now."""
    permissions = known.read(shop, 10**9, NOW).permissions
    assert permissions is not None
    import pyarrow as pa

    who = ["ann", "bob", "eve"]
    return dict(zip(who, permissions.allowed("mail", NOW, pa.array(who)).tolist(), strict=True))


def test_refusals_hold_back_and_opens_are_events_each_once(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(GENERIC, encoding="utf-8")
    assert allowed(shop) == {"ann": True, "bob": True, "eve": True}
    said = pull(shop, "crm", file)
    assert "2 new refusals, 1 new events (0 before)" in said
    assert "1 rows: nobody is known by the identifier" in said
    assert "1 rows: the word 'danced' is not known" in said
    assert "1 rows: no identifier that the form names" in said
    assert allowed(shop) == {"ann": False, "bob": True, "eve": False}
    assert settings.pulled("flowshop").stat().st_mode & 0o077 == 0
    assert "0 new refusals, 0 new events (1 before)" in pull(shop, "crm", file)
    store = opened.live("flowshop")
    try:
        (event,) = (json.loads(one.event) for one in store.everything())
    finally:
        store.close()
    assert (event["event"], event["customer_id"], event["campaign_id"]) == ("mail_open", "bob", "c1")
    assert event["event_id"] == "crm:2"


def test_what_is_edited_there_never_grants(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(GENERIC, encoding="utf-8")
    pull(shop, "crm", file)
    path = settings.pulled("flowshop")
    path.write_text(path.read_text(encoding="utf-8").replace(",deny,", ",granted,"), encoding="utf-8")
    assert allowed(shop) == {"ann": False, "bob": True, "eve": False}


def test_members_of_a_list_tell_who_left_it_without_a_moment(shop: Dataset, tmp_path: Path) -> None:
    members = [{"email_address": "ann@example.org", "status": "unsubscribed"}]
    members += [{"email_address": "bob@example.org", "status": "subscribed"}]
    file = tmp_path / "members.json"
    file.write_text(json.dumps({"members": members}), encoding="utf-8")
    said = pull(shop, "mc", file)
    assert "1 new refusals, 0 new events" in said
    assert allowed(shop) == {"ann": False, "bob": True, "eve": True}


def test_bodies_of_a_webhook_are_lines_and_a_form_may_be_ones_own(shop: Dataset, tmp_path: Path) -> None:
    form = 'title = "Own"\nrows = "events"\nidentifiers = { customer_id = "user.id" }\n'
    form += 'what = "type"\nat = "ts"\nid = "uid"\n'
    (tmp_path / "own.toml").write_text(form + 'values = { unsub = "opt_out" }\n', encoding="utf-8")
    bodies = [{"events": [{"user": {"id": "bob"}, "type": "Unsub", "ts": 1769990000, "uid": "x"}]}] * 2
    file = tmp_path / "bodies.jsonl"
    file.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    assert "1 new refusals" in pull(shop, "crm", file, "--form", "own.toml")
    assert allowed(shop) == {"ann": True, "bob": False, "eve": True}


def test_what_is_wrong_is_told(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("mail,kind\na,b\n", encoding="utf-8")
    assert "got the columns mail, kind" in pull(shop, "crm", file, status=2)
    assert "there is none" in pull(shop, "crn", file, status=2)
    assert "FORM: got 'generc'. Did you mean 'generic'" in pull(shop, "crm", file, "--form", "generc", status=2)
    toml = str(Path(shop.folder) / "flowshop.toml")
    done = run_here("activation.pull", "--dataset", toml, "--destination", "crm")
    assert done.returncode == 2
    assert "give FILE=" in done.stderr
