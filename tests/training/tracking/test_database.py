"""The database: texts are rid of an identifier, also in keys, free pages and the log of writes; numbers stay."""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.consent import proof, sought
from features.consent.suppression import CUSTOMER
from training.tracking import database

CANARY = "canary.person@example.org"
SOUGHT = sought.of([(CUSTOMER, CANARY), (CUSTOMER, "c7")])


def test_no_text_tells_them_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = OFF")
        with connection:
            connection.execute('CREATE TABLE "the runs" (key TEXT PRIMARY KEY, value TEXT, n REAL, b BLOB)')
            rows = [(f"of {CANARY}", f"{CANARY}, c7", 1.5, b"x"), ("c7", None, None, None), ("gone", CANARY, 2, None)]
            connection.executemany('INSERT INTO "the runs" VALUES (?, ?, ?, ?)', rows)
        with connection:
            connection.execute("DELETE FROM \"the runs\" WHERE key = 'gone'")
    assert proof.left(path, SOUGHT)
    assert database.forget(path, SOUGHT) == 2
    assert [name.name for name in tmp_path.iterdir() if proof.left(name, SOUGHT)] == []
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute('SELECT * FROM "the runs" ORDER BY key').fetchall()
    assert found == [("c7", None, None, None), ("of [erased]", "[erased], c7", 1.5, b"x")]
    assert database.forget(path, SOUGHT) == 0
    assert database.forget(tmp_path / "no.db", SOUGHT) == 0
