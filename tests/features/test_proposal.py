"""Proposals: what a newcomer's exports give as a dataset file, and what must be asked in place of guessed."""

import zipfile
from pathlib import Path

import pytest

from features import dataset
from features.dataset import DatasetError
from features.proposal import propose
from tests.features.shop import Read, events, json_lines, shown


def written(folder: Path, name: str, *lines: str) -> Path:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def loaded(folder: Path, text: str) -> dataset.Dataset:
    (folder / "proposed.toml").write_text(text, encoding="utf-8")
    return dataset.load(str(folder / "proposed.toml"))


def read(folder: Path, path: Path) -> Read:
    """Read the events of a proposal as it stands."""
    return events(loaded(folder, propose(path)))


def kinds(folder: Path, path: Path) -> list[str]:
    return [str(kind) for kind in shown(read(folder, path).events)["event"]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder of files that have nothing to do with each other but their customers."""
    folder = tmp_path / "shop"
    folder.mkdir()
    written(folder, "orders_2025.csv", "email,ordered,date,total", "a@x.de,1,2026-05-01,3.50", "b@x.de,2,2026-05-02,4")
    written(folder, "orders_2026.csv", "email,ordered,date,total,till", "a@x.de,3,2026-05-03,5,7")
    written(
        folder,
        "subscriptions.csv",
        "Subscription ID,Customer Email,Status,Created (UTC),Current Period End (UTC),Canceled At (UTC),Amount",
        "s1,a@x.de,active,2026-05-01T08:00:00Z,2026-06-01T08:00:00Z,,9.9",
        "s2,b@x.de,canceled,2026-04-01T08:00:00Z,2026-06-11T08:00:00Z,2026-05-01T08:00:00Z,9.9",
    )
    written(
        folder,
        "customers.csv",
        "Customer ID,Email,First Name,Birth Year,Created,Post Code",
        "7,A@x.de,Ann,1990,08/02/2026,01234",
        "8,b@x.de,Ben,1980,28/05/2026,99999",
    )
    json_lines(
        folder / "web.jsonl",
        {"id": "e1", "event": "page_view", "timestamp": "2026-05-01T08:00:00Z", "user": {"email": "a@x.de"}},
        {"id": "e2", "event": "add_to_cart", "timestamp": "2026-05-01T08:01:00Z", "user": {"email": "B@x.de"}},
    )
    return folder


def test_files_that_share_too_little_are_sources_of_their_own(shop: Path, tmp_path: Path) -> None:
    business = loaded(tmp_path, propose(shop))
    assert [(Path(source.path).name, sorted(source.kinds)) for source in business.sources] == [
        ("orders_*.csv", ["purchase"]),
        ("subscriptions.csv", ["subscription_started"]),
        ("subscriptions.csv", ["subscription_ended"]),
        ("web.jsonl", ["cart_add", "page_view"]),
    ]
    (known,) = business.attributes
    assert (Path(known.path).name, known.columns["customer_id"]) == ("customers.csv", "lower(Email)")
    good = shown(events(business).events)
    assert sorted(zip(good["customer_id"], good["event"], strict=True)) == [
        ("a@x.de", "page_view"),
        ("a@x.de", "purchase"),
        ("a@x.de", "purchase"),
        ("a@x.de", "subscription_started"),
        ("b@x.de", "cart_add"),
        ("b@x.de", "purchase"),
        ("b@x.de", "subscription_ended"),
        ("b@x.de", "subscription_started"),
    ]


def test_no_source_has_required_columns_that_no_file_has_together(tmp_path: Path) -> None:
    folder = tmp_path / "halves"
    folder.mkdir()
    written(folder, "a_1.csv", "customer,product,price", "7,x,1")
    written(folder, "a_2.csv", "date,product,price", "2026-05-01,x,1")
    proposed = propose(folder)
    assert proposed.count("[[sources]]") == 2
    assert proposed.count('occurred_at = ""') == proposed.count('# customer_id = ""') == 1


def test_a_pattern_names_no_file_of_another_form(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for year in (2024, 2025):
        written(folder, f"orders_{year}.csv", "email,date,total", "a@x.de,2026-05-01,3.50")
    written(folder, "orders_returned.csv", "email,day,back", "a@x.de,2026-05-01,3.50")
    proposed = propose(folder)
    assert [f'path = "{folder}/orders_{one}.csv"' in proposed for one in ("*", "2024", "2025", "returned")] == [
        False,
        True,
        True,
        True,
    ]


def test_an_archive_of_different_forms_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("orders.csv", "email,date,total\na@x.de,2026-05-01,3.50\n")
        archive.writestr("people.csv", "client,born\n7,1990\n")
    with pytest.raises(DatasetError, match=r"orders\.csv and people\.csv, .*: unpack it, and give one file"):
        propose(tmp_path / "export.zip")


def test_a_column_that_tells_what_happened_is_asked(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "moves.csv",
        "customer,date,amount,type",
        *("7,2026-05-01,5,Sale" for _ in range(3)),
        "7,2026-05-02,5,Return",
        "7,2026-05-03,5,stock count",
    )
    proposed = propose(path)
    assert 'values = { "Sale" = "purchase", "Return" = "refund" }' in proposed
    assert "# no kind of event is called like stock count (1 rows): ignored until `values` says a kind, or" in proposed
    assert kinds(tmp_path, path) == ["purchase"] * 3 + ["refund"]


def test_cancelled_subscriptions_are_no_purchases(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "subscription_events.csv",
        "subscription_id,customer_email,type,at,amount,paid_until",
        "s1,a@x.de,created,2026-05-01T08:00:00Z,9.9,2026-06-01T08:00:00Z",
        "s1,a@x.de,renewed,2026-06-01T08:00:00Z,9.9,2026-07-01T08:00:00Z",
        "s1,a@x.de,cancelled,2026-06-09T08:00:00Z,,",
    )
    assert 'until = "paid_until"' in propose(path)
    assert kinds(tmp_path, path) == ["subscription_started", "subscription_renewed", "subscription_ended"]
    head = "customer,type,at,next_billing_date"
    path = written(tmp_path, "e.csv", head, "7,created,2026-05-01,2026-06-01", "7,cancelled,2026-05-09,")
    assert kinds(tmp_path, path) == ["subscription_started", "subscription_ended"]


def test_orders_that_were_cancelled_are_no_purchases(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "o.csv",
        "customer,date,total,Status",
        "7,2026-05-01,5,paid",
        "8,2026-05-01,6,paid",
        "7,2026-05-02,5,Void",
    )
    assert kinds(tmp_path, path) == ["purchase", "purchase"]
    assert "# of the orders in a state of Void nothing is left that was bought: is it so?" in propose(path)


def test_mails_are_told_by_their_short_words_among_their_like_alone(tmp_path: Path) -> None:
    mails = written(tmp_path, "mails.csv", "email,at,event", "a@x.de,2026-05-01,delivered", "a@x.de,2026-05-02,open")
    assert kinds(tmp_path, mails) == ["mail_delivered", "mail_open"]
    doors = written(tmp_path, "doors.csv", "customer,at,event", "7,2026-05-01,open", "7,2026-05-02,shut")
    assert "# no kind of event is called like open (1 rows), shut (1 rows)" in propose(doors)
    assert 'event = "purchase"' not in propose(doors)


def test_words_of_an_unknown_kind_are_asked_about(tmp_path: Path) -> None:
    head = "account,date,amount,transaction_type"
    bank = propose(written(tmp_path, "bank.csv", head, *["1,2026-05-01,5,debit"] * 2, "1,2026-05-02,5,credit"))
    assert "# transaction_type is debit (2 rows), credit (1 rows): are all of them purchases?" in bank
    json_lines(
        tmp_path / "hooks.jsonl",
        {"kind": "customer.subscription.created", "at": 1700000000, "data": {"object": {"customer": "c1"}}},
        {"kind": "customer.subscription.deleted", "at": 1700000001, "data": {"object": {"customer": "c1"}}},
        {"kind": "customer.deleted", "at": 1700000002, "data": {"object": {"customer": "c1"}}},
    )
    assert kinds(tmp_path, tmp_path / "hooks.jsonl") == ["subscription_started", "subscription_ended"]


def test_rows_without_an_amount_or_a_kind_are_no_purchases_without_a_word(tmp_path: Path) -> None:
    bare = propose(written(tmp_path, "visits.csv", "customer,date", "7,2026-05-01", "7,2026-05-02"))
    assert "none tells what happened: are these rows purchases, or what?\nevent = " in bare


def test_a_row_for_each_customer_is_no_purchase(shop: Path) -> None:
    proposed = propose(shop / "customers.csv")
    assert "[[sources]]" not in proposed
    assert '[[attributes]]\npath = "' in proposed
    assert 'text = ["post_code"]' in proposed
    assert 'birth_year = "Birth Year"\npost_code = "Post Code"\n# left out' in proposed
    assert '# customer_id = "lower(Email)"  # where it is a mail address' in proposed


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"email": "a@x.de"}, "lower(user.email)"),
        ({"email": "a@x.de", "id": "u1"}, "user.id"),
        ({"traits": {"email": "a@x.de"}}, "lower(user.traits.email)"),
    ],
)
def test_a_customer_inside_another_column_is_found(user: dict[str, object], expected: str, tmp_path: Path) -> None:
    json_lines(tmp_path / "w.jsonl", *({"event": "page_view", "ts": f"2026-05-0{day}", "user": user} for day in (1, 2)))
    assert f'customer_id = "{expected}"' in propose(tmp_path / "w.jsonl")
    assert kinds(tmp_path, tmp_path / "w.jsonl") == ["page_view", "page_view"]


def test_columns_that_are_called_as_ours_are_taken_before_others(tmp_path: Path) -> None:
    head = "customer,customer_id,date,value,amount,Discount,quantity,channel,recorded_at"
    path = written(tmp_path, "ours.csv", head, "x,7,2026-05-01,1,2,0.5,3,web,2026-05-02")
    columns = {"customer_id": "customer_id", "occurred_at": "date", "amount": "amount", "quantity": "quantity"}
    columns |= {"discount": "Discount", "channel": "channel", "recorded_at": "recorded_at"}
    assert loaded(tmp_path, propose(path)).sources[0].columns == columns


def test_offsets_of_the_times_are_told(tmp_path: Path) -> None:
    def zone(*times: str) -> str:
        path = written(tmp_path, "t.csv", "customer,date,amount", *(f"7,{time},1" for time in times))
        return next(line for line in propose(path).splitlines() if line.startswith("zone"))

    assert zone("2026-01-05 10:00", "2026-07-05 10:00").startswith('zone = "UTC"  # where times without')
    assert zone("2026-01-05T10:00:00+01:00", "2026-07-05T10:00:00+02:00").startswith('zone = "Europe/Paris"')
    assert zone("2026-01-05 10:00:00 -0500", "2026-07-05 10:00:00 -0400").startswith('zone = "America/New_York"')
    assert zone("2026-01-05T10:00:00+11:00", "2026-07-05T10:00:00+10:00").startswith('zone = "Australia/Sydney"')
    assert "such as those of Europe/Paris, Africa/Johannesburg: whose" in zone("2026-07-05T10:00:00+02:00")
    assert zone("2026-01-05T10:00:00+00:00", "2026-07-05T10:00:00+01:00").startswith('zone = "Europe/London"')
    assert "nor known as those of one zone" in zone("2026/07/05 10:00:00 +0200")
    assert "nor known as those of one zone" in zone("2026-01-05T10:00:00+09:00", "2026-01-06T10:00:00-05:00")
    assert "# offsets of the times, and in how many rows: +00:00 (1)" in propose(
        written(tmp_path, "t.csv", "customer,date,amount", "7,2026-07-05T10:00:00Z,1")
    )


def test_the_currency_of_every_file_counts(tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    for month, code in (("1", "EUR"), ("2", "EUR")):
        written(folder, f"o_{month}.csv", "customer,date,amount,currency", f"7,2026-05-01,1,{code}")
    assert '\ncurrency = "EUR"' in propose(folder)
    written(folder, "o_2.csv", "customer,date,amount,currency", "7,2026-05-01,1,USD")
    assert "# amounts are in EUR, USD" in propose(folder)


def test_a_table_of_subscriptions_as_they_stand_today_has_no_until(shop: Path, tmp_path: Path) -> None:
    proposed = propose(shop / "subscriptions.csv")
    assert "\nuntil" not in proposed
    assert "`Current Period End (UTC)` was not known when it started" in proposed
    assert kinds(tmp_path, shop / "subscriptions.csv") == [
        "subscription_started",
        "subscription_started",
        "subscription_ended",
    ]


def test_a_table_called_as_ours_takes_its_preset_only_where_that_reads_all_of_it(tmp_path: Path) -> None:
    head = "customer_id,occurred_at,amount"
    assert "format = " in propose(written(tmp_path, "a.csv", head, "7,2026-05-01,1"))
    assert "format = " in propose(written(tmp_path, "b.csv", f"{head},event", "7,2026-05-01,1,refund"))
    path = written(tmp_path, "c.csv", f"{head},type", "7,2026-05-01,1,sale", "7,2026-05-02,1,refund")
    assert kinds(tmp_path, path) == ["purchase", "refund"]
    late = propose(written(tmp_path, "d.csv", f"{head},recorded_at", "7,2026-05-01,1,2026-05-03"))
    assert 'recorded_at = "recorded_at"' in late
    bare = propose(written(tmp_path, "e.csv", "customer_id,occurred_at", "7,2026-05-01", "7,2026-05-02"))
    assert "are these rows purchases, or what?" in bare


def test_the_column_with_the_most_known_words_tells_what_happened(tmp_path: Path) -> None:
    path = written(
        tmp_path, "t.csv", "customer,at,event_type,event_name", "7,2026-05-01,track,page_view", "7,2026-05-02,track,x"
    )
    assert kinds(tmp_path, path) == ["page_view"]


def test_customers_that_cannot_be_named_alike_are_told(shop: Path) -> None:
    assert "named by" not in propose(shop)
    written(shop, "till.csv", "client,date,amount,till", "7,2026-05-01,3,9")
    assert "# customers are named by lower(Email), " in propose(shop)
    assert "whoever is named in two ways is two people" in propose(shop)


def test_a_voucher_that_ends_is_no_subscription(tmp_path: Path) -> None:
    proposed = propose(written(tmp_path, "v.csv", "customer,date,amount,expires_at", "7,2026-05-01,3,2026-06-01"))
    assert 'event = "purchase"' in proposed
    assert '# until = "expires_at"  # where rows start or renew a subscription that is paid up to it' in proposed


def test_what_was_known_of_customers_at_times_is_an_attribute(tmp_path: Path) -> None:
    crm = written(tmp_path, "crm.csv", "client,Valid From,age", "1,2026-01-01,3", "1,2026-02-01,4")
    assert 'customer_id = "client"\nvalid_from = "Valid From"\nage = "age"\n' in propose(crm)


def test_where_the_rows_of_a_document_are_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "d.json", '{"data": [{"user": "7", "at": "2026-05-01", "event": "add_to_cart"}]}')
    assert kinds(tmp_path, path) == ["cart_add"]


def test_files_without_a_customer_are_no_sources_of_a_folder(shop: Path, tmp_path: Path) -> None:
    before = loaded(tmp_path, propose(shop))
    written(shop, "products.csv", "sku,price,title", "x,3.5,Hat")
    proposed = propose(shop)
    assert "# none of them is called like a customer: no source of events, unless one of them is" in proposed
    assert f'# path = "{shop}/products.csv"' in proposed
    assert loaded(tmp_path, proposed).sources == before.sources


def test_an_amount_that_is_the_whole_order_s_on_each_line_is_not_taken_for_a_line_s(tmp_path: Path) -> None:
    head = "order_id,customer_id,created_at,sku,quantity,price,order_total"
    lines = [f"{n // 2},{n // 6},2025-01-{1 + n % 28:02},P{n},2,{n + 1}.50,{99 + n // 2}.00" for n in range(60)]
    (tmp_path / "lines.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    told = propose(tmp_path / "lines.csv")
    assert 'amount = "price * quantity"' in told
    assert "# order_total is the same on all lines of 30 of 30 orders with several" in told
    without = [",".join(line.split(",")[:5] + line.split(",")[6:]) for line in [head, *lines]]
    (tmp_path / "total.csv").write_text("\n".join(without), encoding="utf-8")
    told = propose(tmp_path / "total.csv")
    assert "amount =" not in told
    assert "mapped to amount, it would count once for each line" in told
