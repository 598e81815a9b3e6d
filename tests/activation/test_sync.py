"""`make sync`: an audience reaches a destination as it is wanted, and nothing is sent that was not shown."""

import json
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from activation import ledger
from activation.audiences import frozen
from activation.audiences.frozen import About
from activation.destinations.row import Row
from activation.outbox import outbox
from activation.outbox.item import EVENT, Item
from activation.plan import plan as plans
from activation.sync import Spoken
from features import clock, settings
from features.consent import secret, suppression
from features.consent.suppression import CUSTOMER
from features.dataset import Dataset
from features.outputs import kept
from tests.activation import erasable
from tests.activation.vendor.behaviour import Behaviour
from tests.activation.vendor.server import Vendor, served
from tests.conftest import run_here

SECRET = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"  # noqa: S105  # of a test


class Hook(Vendor):
    """A webhook: it takes everything."""

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, dict[str, str], bytes] | str:
        """Take what is told."""
        del token
        self.bodies.append((path, body))
        for row in json.loads(body)["data"]:
            (who,) = row["identifier"].values()
            (self.lists[row["key"]].add if row["member"] else self.lists[row["key"]].discard)(who)
        return 200, {}, b"{}"

    @property
    def rows(self) -> int:
        """How many rows came."""
        return sum(len(json.loads(body)["data"]) for _, body in self.bodies)


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hook, str]]:
    monkeypatch.setenv("HABITUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HABITUS_CRM_SECRET", SECRET)
    monkeypatch.setenv(secret.KEY, erasable.KEY)
    vendor = Hook(Behaviour(), lambda: 0)
    with served(vendor) as url:
        yield vendor, url


def shop(folder: Path, url: str, declared: str = '[audiences.win]\nwhere = "true"\n', key: str = "L1") -> Dataset:
    more = (
        f'\n[destinations.crm]\nkind = "webhook"\nbase_url = "{url}/hook"\naudiences = {{ win = "{key}" }}\n{declared}'
    )
    return erasable.business(folder, "ann", "bob", more=more)


def freeze(dataset: Dataset, *people: str, told: int = 1, at: int = 1, name: str = "win") -> None:
    members = pa.table({CUSTOMER: list(people), "identifier": list(people), "score": [told] * len(people)})
    about = About(name=name, created="", purpose="none", destination="crm", tell=["score"])
    frozen.freeze(dataset, members if people else members.cast(_SCHEMA), about, at * 10**12)


_SCHEMA = pa.schema([(CUSTOMER, pa.string()), ("identifier", pa.string()), ("score", pa.int64())])


def sync(folder: Path, *more: str) -> tuple[int, str]:
    done = run_here("activation.sync", "--dataset", str(folder / "shop.toml"), "--destination", "crm", *more)
    return done.returncode, done.stdout + done.stderr


def digest(said: str) -> str:
    found = re.search(r"plan ([0-9a-f]{16})", said)
    assert found
    return found[1]


def test_a_dry_run_opens_no_socket_and_its_plan_is_what_is_sent(
    tmp_path: Path, hook: tuple[Hook, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, url = hook
    business = shop(tmp_path, url)
    freeze(business, "ann", "bob", "cid")
    with monkeypatch.context() as alone:
        alone.delenv("HABITUS_CRM_SECRET")

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a socket was opened")

        alone.setattr(socket, "socket", refuse)
        status, said = sync(tmp_path, "--dry-run")
        assert (status, digest(said)) == (0, digest(sync(tmp_path, "--dry-run")[1]))
        assert "win: 3 in, 0 told anew, 0 out" in said
        status, said_without = sync(tmp_path)
        assert (status, "HABITUS_CRM_SECRET" in said_without) == (2, True)
    status, done = sync(tmp_path, "--plan", digest(said), "--out", str(tmp_path / "report.json"))
    assert (status, vendor.lists["L1"], vendor.rows) == (0, {"ann", "bob", "cid"}, 3), done
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["plan"]["digest"], told["destinations"]["crm"]["done"]) == (digest(said), 3)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o600
    status, done = sync(tmp_path)
    assert (status, vendor.rows) == (0, 3), "nothing changed, so nothing is sent"
    status, done = sync(tmp_path, "--plan", digest(said))
    assert (status, "win: was 3 in, 0 told anew, 0 out; is 0 in, 0 told anew, 0 out" in done) == (2, True)


def test_only_what_changed_is_sent_and_a_mirror_takes_out_its_own_alone(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    business = shop(tmp_path, url)
    vendor.lists["L1"].add("somebody else's")
    freeze(business, "ann", "bob", "cid")
    assert sync(tmp_path)[0] == 0
    freeze(business, "bob", "dan", at=2)
    assert "1 in, 0 told anew, 0 out" in sync(tmp_path, "--dry-run")[1]
    assert "1 in, 0 told anew, 2 out" in sync(tmp_path, "--mode", "mirror")[1]
    assert (vendor.lists["L1"], vendor.rows) == ({"bob", "dan", "somebody else's"}, 6)
    freeze(business, "bob", "eve", told=2, at=3)
    assert "1 in, 0 told anew, 0 out" in sync(tmp_path, "--dry-run", "--mode", "append")[1]
    assert "1 in, 1 told anew, 0 out" in sync(tmp_path)[1]


def test_what_is_more_often_a_mistake_is_refused_unless_it_is_allowed(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    business = shop(tmp_path, url)
    many = [f"c{number:03}" for number in range(120)]
    freeze(business, *many)
    assert sync(tmp_path)[0] == 0
    freeze(business, *many[51:], at=2)
    status, said = sync(tmp_path, "--mode", "mirror")
    assert (status, "51 of its 120 members would be taken out; at most 50 are without ALLOW=removals" in said) == (
        2,
        True,
    )
    freeze(business, at=3)
    assert "ALLOW=empty" in sync(tmp_path, "--mode", "mirror", "--allow", "removals")[1]
    assert "ALLOW=removals" in sync(tmp_path, "--mode", "mirror", "--allow", "empty")[1]
    assert (len(vendor.lists["L1"]), vendor.rows) == (120, 120)
    assert sync(tmp_path, "--mode", "mirror", "--allow", "empty,removals")[0] == 0
    assert vendor.lists["L1"] == set()


def test_an_audience_that_is_declared_no_longer_ends_and_its_list_is_never_anothers(
    tmp_path: Path, hook: tuple[Hook, str]
) -> None:
    vendor, url = hook
    business = shop(tmp_path, url)
    freeze(business, "ann", "bob")
    assert sync(tmp_path)[0] == 0
    other = '[audiences.other]\nwhere = "true"\n'
    business = shop(tmp_path, url, other)
    freeze(business, "bob", name="other")
    status, said = sync(tmp_path)
    assert (status, "win: 0 in, 0 told anew, 2 out" in said) == (0, True), said
    assert vendor.lists["L1"] == set()
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text().replace('win = "L1"', 'other = "L1"'))
    status, said = sync(tmp_path)
    assert (status, "'L1' was the list of the audience 'win'" in said) == (2, True)


def test_another_list_is_filled_and_the_old_one_emptied(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    freeze(shop(tmp_path, url), "ann", "bob")
    assert sync(tmp_path)[0] == 0
    shop(tmp_path, url, key="L2")
    assert "2 in, 0 told anew, 2 out (2 of them by another identifier" in sync(tmp_path)[1]
    assert (vendor.lists["L1"], vendor.lists["L2"]) == (set(), {"ann", "bob"})


def test_who_is_erased_is_told_of_to_be_taken_out_alone(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    business = shop(tmp_path, url)
    freeze(business, "ann", "bob")
    assert sync(tmp_path)[0] == 0
    vendor.bodies.clear()
    suppression.suppress(business.name, [(CUSTOMER, "ann")], 0, 0)
    freeze(business, "ann", "bob", "cid", told=2, at=2)
    assert sync(tmp_path)[0] == 0
    ((name, member),) = {
        (row["identifier"]["customer_id"], row["member"])
        for _, body in vendor.bodies
        for row in json.loads(body)["data"]
        if row["identifier"]["customer_id"] == "ann"
    }
    assert (name, member) == ("ann", False)
    assert vendor.lists["L1"] == {"bob", "cid"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--mode", "mirrors"], "MODE: got 'mirrors'"),
        (["--allow", "all"], "ALLOW: got 'all'"),
        (["--audience", "wim"], "Did you mean 'win'?"),
        (["--plan", "0123"], "which no dry run told of"),
        (["--destination", "crn"], "Did you mean 'crm'?"),
    ],
)
def test_what_is_misused_is_told_in_one_line(
    tmp_path: Path, hook: tuple[Hook, str], given: list[str], message: str
) -> None:
    freeze(shop(tmp_path, hook[1]), "ann")
    status, said = sync(tmp_path, *given)
    assert (status, message in said.splitlines()[-1]) == (2, True), said
    assert hook[0].rows == 0


def test_the_ledger_is_its_owners_alone(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    freeze(shop(tmp_path, hook[1]), "ann")
    assert sync(tmp_path)[0] == 0
    left = [path for path in settings.outbox("shop").parent.rglob("*") if path.is_file()]
    assert left
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in left} == {0}


def test_what_workflows_have_due_waits_for_their_own_gate(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    freeze(shop(tmp_path, hook[1]), "ann")
    row = Row(id="w1", customer="bob", identifiers={CUSTOMER: "bob"}, event="hello")
    item = Item(
        id="w1", destination="crm", change=EVENT, row=row, purpose="none", source="workflow:hello", due=1,
    )  # fmt: skip
    with ledger.opened("shop", outbox.TABLES) as connection:
        outbox.Outbox(connection).put([item], 1)
    assert sync(tmp_path)[0] == 0
    assert (hook[0].lists["L1"], hook[0].rows) == ({"ann"}, 1)
    with ledger.opened("shop", outbox.TABLES) as connection:
        assert outbox.Outbox(connection).states(["w1"]) == {"w1": "planned"}


def test_files_are_a_destination_like_any_other(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    more = f'\n[destinations.crm]\nkind = "csv"\nsettings = {{ folder = "{tmp_path}/out" }}\n'
    business = erasable.business(tmp_path, "ann", more=more + '[audiences.win]\nwhere = "true"\n')
    freeze(business, "ann", "bob")
    status, said = sync(tmp_path)
    assert status == 0, said
    (table,) = (tmp_path / "out").glob("*.csv")
    (manifest,) = (tmp_path / "out").glob("*.csv.json")
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == [CUSTOMER, "ann", "bob"]
    assert json.loads(manifest.read_text())["rows"] == 2
    assert stat.S_IMODE(table.stat().st_mode) == 0o600
    assert table.resolve() in kept.paths()
    assert hook[0].rows == 0


CONSENT = """
[consent]
purposes = { profiling = "legitimate_interest", mail = "consent" }
[[consent.sources]]
path = "answers.csv"
columns = { customer_id = "who", purpose = "what", answer = "said", valid_from = "at" }
"""


def answers(folder: Path, **said: str) -> None:
    lines = [f"{who},mail,{one},2024-01-01T00:00:0{place}Z" for place, (who, one) in enumerate(said.items())]
    (folder / "answers.csv").write_text("\n".join(["who,what,said,at", *lines, ""]), encoding="utf-8")


def test_consent_is_asked_for_at_the_plan_and_again_while_it_is_sent(
    tmp_path: Path, hook: tuple[Hook, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, url = hook
    answers(tmp_path, ann="grant", bob="grant", dan="deny")
    business = shop(tmp_path, url, CONSENT + '[audiences.win]\nwhere = "true"\npurpose = "mail"\n')
    members = pa.table({CUSTOMER: ["ann", "bob", "cid", "dan"], "identifier": ["ann", "bob", "cid", "dan"]})
    frozen.freeze(business, members, About(name="win", created="", purpose="mail", destination="crm"), 10**12)
    status, said = sync(tmp_path, "--dry-run")
    assert (status, "win: 2 in" in said) == (0, True), said
    assert "not told of: 2: does not allow the purpose mail" in said
    put = plans.put

    def putting(*given: Any) -> int:
        answers(tmp_path, ann="grant", bob="deny")  # between the plan and the sending
        return put(*given)

    with monkeypatch.context() as patch:
        patch.setattr(plans, "put", putting)
        status, said = sync(tmp_path)
    assert (status, "refused: 1: does not allow the purpose mail" in said) == (0, True), said
    assert vendor.lists["L1"] == {"ann"}
    assert not any(b"bob" in body for _, body in vendor.bodies)
    answers(tmp_path, ann="deny")
    status, said = sync(tmp_path, "--allow", "empty")
    assert ("0 in, 0 told anew, 1 out" in said, vendor.lists["L1"]) == (True, set()), said


def test_the_purpose_of_the_audience_and_of_the_destination_are_both_asked(
    tmp_path: Path, hook: tuple[Hook, str]
) -> None:
    vendor, url = hook
    lines = ["ann,mail,grant", "ann,ads,deny", "bob,mail,grant", "bob,ads,grant", "cid,mail,deny", "cid,ads,grant"]
    (tmp_path / "answers.csv").write_text(
        "\n".join(["who,what,said,at", *(f"{one},2024-01-01T00:00:00Z" for one in lines)])
    )
    two = CONSENT.replace('mail = "consent"', 'mail = "consent", ads = "consent"')
    business = shop(tmp_path, url, f'purpose = "mail"\n{two}[audiences.win]\nwhere = "true"\npurpose = "ads"\n')
    members = pa.table({CUSTOMER: ["ann", "bob", "cid"], "identifier": ["ann", "bob", "cid"]})
    frozen.freeze(business, members, About(name="win", created="", purpose="ads", destination="crm"), 10**12)
    status, said = sync(tmp_path)
    assert (status, vendor.lists["L1"]) == (0, {"bob"}), said
    assert "not told of: 1: does not allow the purpose ads" in said
    assert "not told of: 1: does not allow the purpose mail" in said


def test_another_place_or_identifier_is_refused_while_somebody_is_there_and_then_begins_anew(
    tmp_path: Path, hook: tuple[Hook, str]
) -> None:
    vendor, url = hook
    freeze(shop(tmp_path, url), "ann", "bob")
    assert sync(tmp_path)[0] == 0
    toml = tmp_path / "shop.toml"
    before = toml.read_text()
    toml.write_text(before.replace("/hook", "/other"))
    status, said = sync(tmp_path, "--mode", "mirror")
    assert (status, "2 are in its audiences" in said, "base_url is another" in said) == (2, True, True), said
    status, said = sync(tmp_path, "--allow", "moved")
    assert (status, "2 in, 0 told anew, 0 out" in said, vendor.rows) == (0, True, 4), said
    assert "2 are there as they are" in sync(tmp_path)[1]
    toml.write_text(toml.read_text().replace('kind = "webhook"', 'kind = "webhook"\nidentifier = "email"'))
    status, said = sync(tmp_path)
    assert (status, "it knew them by 'customer_id', and knows customers by 'email' now" in said) == (2, True), said
    toml.write_text(before)
    assert vendor.rows == 4


def test_other_names_of_fields_are_told_anew(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    freeze(shop(tmp_path, url), "ann", "bob")
    assert sync(tmp_path)[0] == 0
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text().replace("[audiences.win]", 'fields = { score = "Score2" }\n[audiences.win]'))
    assert "0 in, 2 told anew" in sync(tmp_path)[1]
    assert b'"Score2"' in vendor.bodies[-1][1]


def test_a_list_has_members_by_one_destination_alone(
    tmp_path: Path, hook: tuple[Hook, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABITUS_ERP_SECRET", SECRET)
    business = shop(tmp_path, hook[1])
    freeze(business, "ann", "bob")
    assert sync(tmp_path)[0] == 0
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text().replace("destinations.crm", "destinations.erp"))
    about = About(name="win", created="", purpose="none", destination="erp")
    frozen.freeze(business, pa.table({CUSTOMER: ["bob"], "identifier": ["bob"]}), about, 2 * 10**12)
    status, said = sync(tmp_path, "--mode", "mirror", "--destination", "erp")
    assert (status, "'L1' has 2 members by destinations.crm" in said) == (2, True), said
    toml.write_text(toml.read_text().replace('win = "L1"', 'win = "L2"'))
    status, said = sync(tmp_path, "--destination", "erp")
    assert (status, "destinations.crm is declared no longer: 2 stay in its audiences" in said) == (0, True), said


def test_a_refusal_holds_for_everybody_who_has_the_address(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    answers(tmp_path, ann="grant", bob="deny")
    mails = "who,email\nann,One@example.org\nbob,one@example.org\n"
    (tmp_path / "mails.csv").write_text(mails, encoding="utf-8")
    more = 'identifier = "email"\n' + CONSENT + '[audiences.win]\nwhere = "true"\npurpose = "mail"\n'
    more += '[[attributes]]\npath = "mails.csv"\ncolumns = { customer_id = "who", email = "email" }\n'
    business = shop(tmp_path, url, more)
    members = pa.table({CUSTOMER: ["ann"], "identifier": ["One@example.org"]})
    about = About(name="win", created="", purpose="mail", destination="crm", kind="email")
    frozen.freeze(business, members, about, 10**12)
    status, said = sync(tmp_path, "--allow", "empty")
    assert (status, vendor.lists["L1"]) == (0, set()), said
    assert "not told of: 1: somebody who has the same email does not allow the purpose mail" in said


def test_a_report_that_was_there_is_its_owners_alone(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    freeze(shop(tmp_path, hook[1]), "ann")
    out = tmp_path / "report.json"
    out.write_text("", encoding="utf-8")
    out.chmod(0o644)
    assert sync(tmp_path, "--dry-run", "--out", str(out))[0] == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_nobody_enters_who_was_reached_as_often_as_the_cap_allows(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    more = "[audiences]\ncap = { contacts = 1, days = 7 }\n"
    more += '[audiences.win]\nwhere = "true"\n[audiences.too]\nwhere = "true"\n'
    business = shop(tmp_path, url, more)
    freeze(business, "ann")
    freeze(business, "ann", "bob", name="too")  # before anybody was reached
    assert sync(tmp_path, "--audience", "win")[0] == 0
    held = "too: 1 of those who come in are held back: reached as often as the cap allows"
    assert held in sync(tmp_path, "--audience", "too", "--dry-run")[1]
    status, said = sync(tmp_path, "--audience", "too")
    assert (status, vendor.lists["L1"], vendor.lists["too"]) == (0, {"ann"}, {"bob"}), said
    assert "refused: 1: reached as often as the cap allows" in said
    freeze(business, "ann", told=2, at=2)
    assert "0 in, 1 told anew, 0 out" in sync(tmp_path, "--audience", "win")[1]  # who is in it stays, and is told
    assert vendor.lists["L1"] == {"ann"}
    with ledger.opened("shop", outbox.TABLES) as connection:
        count = outbox.Outbox(connection).contacts
        assert count(["ann"], 0, clock.LAST) == {"ann": 1}
        assert count(["ann"], 0, clock.LAST, plans.source("win")) == {}


def test_a_sync_that_waits_says_so_before_it_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    monkeypatch.setattr("time.sleep", lambda _: said.append(capsys.readouterr().out))
    waiting = Spoken("crm")
    waiting.sleep(1.0)
    waiting.sleep(90.0)
    assert said[0] == ""
    assert said[1].startswith("crm: waiting until 20")


def test_who_is_in_doubt_since_a_run_before_is_told_of_each_time(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    _, url = hook
    business = shop(tmp_path, url)
    freeze(business, "ann", "bob")
    assert sync(tmp_path)[0] == 0
    with ledger.opened(business.name, outbox.TABLES) as connection, ledger.step(connection):
        connection.execute("DELETE FROM acknowledged")
        connection.execute("UPDATE outbox SET state = 'in doubt' WHERE customer = 'ann'")
    status, said = sync(tmp_path)
    assert (status, "in doubt: 1: it may be there since a run before" in said) == (3, True), said


def test_one_audience_that_is_named_sends_nothing_of_others(tmp_path: Path, hook: tuple[Hook, str]) -> None:
    vendor, url = hook
    business = shop(tmp_path, url, '[audiences.win]\nwhere = "true"\n[audiences.wins]\nwhere = "true"\n')
    freeze(business, "ann")
    freeze(business, "bob", name="wins")
    with ledger.opened(business.name, outbox.TABLES) as connection:  # a run before had no time for all
        assert sync(tmp_path)[0] == 0
        with ledger.step(connection):
            connection.execute("DELETE FROM acknowledged WHERE customer = 'bob'")
            connection.execute("UPDATE outbox SET state = 'planned' WHERE customer = 'bob'")
    rows = vendor.rows
    assert sync(tmp_path, "--audience", "win")[0] == 0
    assert vendor.rows == rows
    assert sync(tmp_path, "--audience", "wins")[0] == 0
    assert vendor.rows == rows + 1
