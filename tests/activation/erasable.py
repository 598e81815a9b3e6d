"""A home with everything that may hold a person, made without a training; and an erasure that is killed somewhere."""

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import dataset as datasets
from features import settings
from features.buckets import intake
from features.clock import DAY
from features.consent import forgetting, secret
from features.dataset import Dataset
from features.log.store import mapped
from features.outputs import output
from tests.features import shop

CANARY = "canary.person@example.org"
KEY = "the key of the tests of erasures"
RUN = "mlruns/artifacts/habitus-shop/0a/artifacts"
NOW = 1_700_000_000_000_000


def rows(*people: str) -> str:
    """Return events of some people, beside rows that cannot be used."""
    lines = ["client,at,amount,category"]
    for person in people:
        lines += [f"{person},2024-01-{day:02}T10:00:00,{len(person) + day},for {person[:3]}" for day in range(1, 8)]
        lines.append(f"{person},2024-01-05T11:00:00,much,for {person[:3]}")
    return "\n".join([*lines, ",2024-01-05T11:00:00,1,", ""])


def business(folder: Path, *people: str, more: str = "") -> Dataset:
    """Write the files of a shop with some people, and load its dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.csv").write_text(rows(*people), encoding="utf-8")
    (folder / "people.csv").write_text("who,city\n" + "".join(f"{one},Ulm\n" for one in people), encoding="utf-8")
    shop.business(folder, {"path": "events.csv", "columns": {"amount": "amount", "category": "category"}})
    toml = folder / "shop.toml"
    table = '\n[[attributes]]\npath = "people.csv"\ncolumns = { customer_id = "who", city = "city" }\n'
    toml.write_text(toml.read_text(encoding="utf-8") + table + more, encoding="utf-8")
    return datasets.load(str(toml))


def fill(read: Dataset, folder: Path, database: Path, *people: str) -> None:
    """Fill the home of this process with what commands leave of a dataset, and a folder with what users choose."""
    home = settings.home()
    mapped.save(intake.take(read).log, read.name)
    shutil.copytree(settings.events(read.name), settings.bento(read.name) / "mlruns" / "events" / read.name)
    run = home / RUN
    (run / "report").mkdir(parents=True)
    table = pa.table({"customer_id": list(people), "y": [1.0] * len(people)}, metadata={"dataset": read.name})
    for name in ("test_predictions", "assignments"):
        pq.write_table(table, run / f"{name}.parquet", compression="zstd")
    months = settings.migration(read.name)
    for name in ("membership/2024-01.parquet", "history.parquet", "membership/.2024-02.parquet.0a.draft"):
        (months / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, months / name)
    (months / "transitions.csv").write_text("segmenter,month,from,to,count\nrfm,2024-01,lost,new,7\n", encoding="utf-8")
    (run / "config.json").write_text(json.dumps({"exclude": {"ids": list(people)}}), encoding="utf-8")
    (run / "report" / "index.html").write_text(f"<p>{', '.join(people)}</p>", encoding="utf-8")
    shutil.copyfile(database, home / "mlruns" / "mlflow.db")
    with closing(sqlite3.connect(home / "mlruns" / "mlflow.db")) as connection, connection:
        connection.execute("INSERT INTO tags (key, value, run_uuid) VALUES ('note', ?, '0a')", (f"of {CANARY}.",))
        connection.execute("INSERT INTO tags (key, value, run_uuid) VALUES ('gone', ?, '0a')", (f"was {CANARY}.",))
    with closing(sqlite3.connect(home / "mlruns" / "mlflow.db")) as connection, connection:
        connection.execute("DELETE FROM tags WHERE key = 'gone'")
    dead = settings.cache() / "scratch" / "dead"
    dead.mkdir(parents=True)
    (dead / "spilled").write_text(f"{CANARY}\n", encoding="utf-8")
    scores = pa.table(
        {"customer_id": list(people), "churn": [0.5] * len(people), "why": ['"so", he said'] * len(people)}
    )
    for ending in output.ENDINGS:
        output.write(scores, folder / f"scores{ending}")


def erased(toml: str, home: str, place: int, *, fine: bool) -> None:
    """Erase the canary in this process; kill it at a place, which counts steps, or what happens to files as well.

    Args:
        toml: the dataset file.
        home: the folder of the home.
        place: the first is 0; where there are fewer, nothing is killed.
        fine: whether files count.
    """
    os.environ |= {"HABITUS_HOME": home, secret.KEY: KEY}
    passed = 0

    def reached() -> None:
        nonlocal passed
        if passed == place:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def one(*given: Any, **named: Any) -> Any:
            reached()
            return work(*given, **named)

        return one

    if fine:
        for owner, name in ((Path, "replace"), (Path, "rename"), (Path, "unlink"), (shutil, "rmtree"), (os, "fsync")):
            setattr(owner, name, dying(getattr(owner, name)))
    work_of = forgetting.step

    def step(name: str, work: Callable[[], Any]) -> Any:
        reached()  # before a step is after the one before it
        return work_of(name, work)

    forgetting.step = step  # type: ignore[assignment]
    from activation import erase

    read = datasets.load(toml)
    people = erase.identifiers(read, [CANARY], None)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        left = erase.erase(read, people, NOW + DAY, 10**9, lambda line: print(line, file=nowhere))
    os._exit(1 if left else 0)
