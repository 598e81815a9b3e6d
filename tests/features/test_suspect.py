"""What may stand for nobody, and who may not count, is told with the line to add."""

from pathlib import Path

from features import account
from features.buckets import intake
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
