"""What may stand for nobody, and who may not count, is told with the line to add."""

from pathlib import Path

from features import account
from features.buckets import intake
from features.dataset import load
from tests.features.shop import business


def told(folder: Path, rows: list[tuple[str, str, str]]) -> list[str]:
    text = "client,at,order\n" + "".join(",".join(row) + "\n" for row in rows)
    (folder / "s.csv").write_bytes(text.encode("cp1252"))
    shop = business(folder, {"path": "s.csv", "columns": {"order_id": "order"}})
    return list(account.report(shop, intake.take(shop)))


def test_ids_and_customers_that_may_not_count_are_proposed(tmp_path: Path) -> None:
    rows = [("NULL", f"2026-05-{day:02d}", f"n{day}") for day in range(1, 15)]
    rows += [("bot", "2026-05-03", f"b{order}") for order in range(101)]
    rows += [(f"p{person}@our.example", f"2026-05-0{day}", f"{person}-{day}") for person in range(3) for day in (1, 2)]
    rows += [(f"é{person}@gmail.com", f"2026-05-0{day}", f"g{person}-{day}") for person in range(9) for day in (1, 2)]
    lines = told(tmp_path, rows)
    assert (
        "ids that may stand for nobody: 'NULL' (14 events); if so, in their sources: missing_ids = [\"NULL\"]" in lines
    )
    assert (
        "customers with more than 100 orders on one day: 1, such as bot (101); if they are no people: [exclude]"
        " orders_a_day = 100" in lines
    )
    assert (
        "customers of one company: 3 of 12 mail addresses are at our.example; if they are staff: [exclude]"
        ' mail_domains = ["our.example"]' in lines
    )
    assert "read as windows-1252 in s.csv: s.csv" in lines
    assert not any("one event only" in line for line in lines)


def test_ids_of_visits_are_told(tmp_path: Path) -> None:
    lines = told(tmp_path, [(f"v{number}", f"2026-05-{1 + number % 20:02d}", f"o{number}") for number in range(60)])
    assert any(line.startswith("customers with one event only: 60, 100% of all events: is shop's") for line in lines)


def test_where_few_must_not_show_nobody_is_named(tmp_path: Path) -> None:
    rows = [("bot", "2026-05-03", f"b{order}") for order in range(101)]
    rows += [(f"p{person}@our.example", f"2026-05-0{day}", f"{person}-{day}") for person in range(3) for day in (1, 2)]
    rows += [(f"m{person}", "never", f"{person}") for person in range(2)]
    told(tmp_path, rows)
    toml = tmp_path / "shop.toml"
    said = '\n[exclude]\nids = ["stranger"]\n[consent]\npurposes = { profiling = "contract" }\nsmallest_group = 5\n'
    toml.write_text(toml.read_text(encoding="utf-8") + said, encoding="utf-8")
    shop = load(str(toml))
    lines = list(account.report(shop, intake.take(shop)))
    assert "rows kept aside: 2: occurred_at is missing or unreadable" in lines
    assert "exclude: 1 ids are no customer's" in lines
    assert "ids that are mail addresses are read in small letters: fewer than 5 customers" in lines
    assert (
        "customers with more than 100 orders on one day: fewer than 5; if they are no people: [exclude]"
        " orders_a_day = 100" in lines
    )
    assert not any("our.example" in line or "bot" in line or "never" in line for line in lines)


def test_values_of_few_are_not_told(tmp_path: Path) -> None:
    rows = [f"c{number},2026-05-{1 + number % 20:02d}" for number in range(40)]
    (tmp_path / "s.csv").write_text("client,at\n" + "\n".join(rows), encoding="utf-8")
    regions = ["north"] * 25 + ["south"] * 6 + ["west"] * 4
    lines = [f"c{n},{region},{n}.5,{'t' if n < 38 else ''}" for n, region in enumerate([*regions, *[""] * 5])]
    (tmp_path / "who.csv").write_text("client,region,age,town\n" + "\n".join(lines), encoding="utf-8")
    business(tmp_path, {"path": "s.csv"})
    table = '\n[[attributes]]\npath = "who.csv"\ncolumns = { customer_id = "client", region = "region", age = "age"'
    table += ', town = "town" }\n[consent]\npurposes = { profiling = "contract" }\nsmallest_group = 5\n'
    toml = tmp_path / "shop.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + table, encoding="utf-8")
    shop = load(str(toml))
    found = [line for line in account.report(shop, intake.take(shop)) if line.startswith("attribute")]
    assert found == [
        "attribute region: text, known of 87.5% of customers; most often north 71%",  # else four are from elsewhere
        "attribute age: number, known of 100.0% of customers; median 20",
        "attribute town: text; of too few customers known, or not known, to tell",
    ]


def test_a_value_of_one_customer_is_no_example(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,at\n" + "\n".join(f"c{n},2026-05-0{1 + n}" for n in range(8)))
    (tmp_path / "who.csv").write_text("client,mail\n" + "\n".join(f"c{n},ann{n}@example.org" for n in range(8)))
    business(tmp_path, {"path": "s.csv"})
    toml = tmp_path / "shop.toml"
    table = '\n[[attributes]]\npath = "who.csv"\ncolumns = { customer_id = "client", mail = "mail" }\n'
    toml.write_text(toml.read_text(encoding="utf-8") + table, encoding="utf-8")
    shop = load(str(toml))
    found = [line for line in account.report(shop, intake.take(shop)) if line.startswith("attribute")]
    assert found == ["attribute mail: text, known of 100.0% of customers"]
