"""What destinations know comes back once, and nothing of it ever grants."""

import fcntl
import json
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from activation.workflows import known
from features import dataset as datasets
from features import settings
from features.clock import iso
from features.consent import secret
from features.dataset import Dataset
from features.log.store import opened
from features.sources import pulled
from features.sources.pulled import Refusal
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
    who = ["ann", "bob", "eve"]
    return dict(zip(who, permissions.allowed("mail", NOW, pa.array(who)).tolist(), strict=True))


def test_refusals_hold_back_and_opens_are_events_each_once(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(GENERIC, encoding="utf-8")
    assert allowed(shop) == {"ann": True, "bob": True, "eve": True}
    said = pull(shop, "crm", file, status=3)
    assert "2 new refusals, 1 new events (0 before)" in said
    assert "1 rows: nobody is known by the identifier" in said
    assert "1 rows: the word 'danced' is not known" in said
    assert "1 rows: no identifier that the form names" in said
    assert allowed(shop) == {"ann": False, "bob": True, "eve": False}
    assert settings.pulled("flowshop").stat().st_mode & 0o077 == 0
    assert "0 new refusals, 0 new events (1 before)" in pull(shop, "crm", file, status=3)
    store = opened.live("flowshop")
    try:
        (event,) = (json.loads(one.event) for one in store.everything())
    finally:
        store.close()
    assert (event["event"], event["customer_id"], event["campaign_id"]) == ("mail_open", "bob", "c1")
    assert event["event_id"] == "crm:open:2"


def test_what_is_edited_there_never_grants(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(GENERIC, encoding="utf-8")
    pull(shop, "crm", file, status=3)
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


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ("1,ann@example.org,,opt_out,02/13/2026", "ann"),  # no moment that can be read: since ever
        ("1,ann@example.org,,opt_out,2062-02-13", "ann"),  # its clock is fast
        ("1,old@example.org,ann,opt_out,2026-02-01", "ann"),  # another identifier of the row is known
        ("1,bob@example.org,ann,opt_out,2026-02-01", "ann bob"),
        ("1,ann@example.org,,Opt-Out,2026-02-01", "ann"),
        ("1,ann@example.org,,Unsubscribe,2026-02-01", "ann"),
        ("1,ann@example.org,,hard bounce,2026-02-01", "ann"),
        ("m,ann@example.org,,opt_out,2024-01-01\nm,ann@example.org,,opt_out,2026-02-01", "ann"),
        ("m,ann@example.org,,click,2026-01-01\nm,ann@example.org,,opt_out,2026-02-01", "ann"),
    ],
)
def test_a_refusal_counts_however_it_is_told(shop: Dataset, tmp_path: Path, row: str, refused: str) -> None:
    file = tmp_path / "export.csv"
    file.write_text(f"id,email,customer_id,what,at\n{row}\n", encoding="utf-8")
    pull(shop, "crm", file, "--now", iso(NOW))
    assert " ".join(who for who, may in allowed(shop).items() if not may) == refused


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.csv", "email,what\nann@example.org,farewell\n", "the word 'farewell' is not known"),
        ("a.csv", "email,what\n,opt_out\n", "no identifier that the form names"),
    ],
)
def test_what_may_be_a_refusal_and_is_not_kept_is_no_success(
    shop: Dataset, tmp_path: Path, file: str, text: str, said: str
) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert said in pull(shop, "crm", tmp_path / file, status=3)


@pytest.mark.parametrize("at", ["{}", "[1]", "1e400", "true"])
def test_a_moment_of_another_shape_is_none_that_can_be_read(shop: Dataset, tmp_path: Path, at: str) -> None:
    file = tmp_path / "rows.json"
    file.write_text(f'[{{"email": "ann@example.org", "what": "opt_out", "at": {at}}}]', encoding="utf-8")
    assert "1 new refusals" in pull(shop, "crm", file)


def test_a_document_that_is_too_deep_is_refused(shop: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text("[" * 200_000, encoding="utf-8")
    assert "it cannot be read" in pull(shop, "crm", file, status=2)


def _keeping(shop: Dataset, source: str) -> int:
    rows = [Refusal("customer_id", f"{source}{nth}", "mail", "deny", "", source, f"{nth}") for nth in range(2_000)]
    return pulled.keep(shop, rows)


def test_of_two_pulls_at_once_both_count(shop: Dataset) -> None:
    with get_context("fork").Pool(4) as pool:
        alone = msgspec.structs.replace(shop, copies=None)  # which holds a lock
        assert pool.map(partial(_keeping, alone), "abcd", chunksize=1) == [2_000] * 4
    assert settings.pulled("flowshop").read_text(encoding="utf-8").count("\n") == 8_001


def test_an_erasure_waits_for_a_pull(shop: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, held = tmp_path / "export.csv", list[bool]()
    file.write_text(GENERIC, encoding="utf-8")
    real = pulled.keep

    def keep(*given: Any) -> int:
        with settings.reading("flowshop").open("wb") as lock, suppress(BlockingIOError):
            held.append(True)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held[-1] = False
        return real(*given)

    monkeypatch.setattr(pulled, "keep", keep)
    pull(shop, "crm", file, status=3)
    assert held == [True]


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
