"""Objects: sources on a store of files and tables written to one, which `moto` plays on this machine."""

import io
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import fs

from features import dataset as datasets
from features.buckets import intake
from features.outputs import kept, output
from features.remote import objects
from features.remote.postgres import Unreachable

MOTO = Path(os.environ.get("MOTO_SERVER") or Path(__file__).parents[3] / ".venv-oracles/bin/moto_server")
SALES = "client,at,paid\na,2024-01-01 10:00,1.5\nb,2024-01-02 10:00,2.5\n"
TOML = """\
name = "shop"
root = "s3://shop"
[[sources]]
path = "{path}"
event = "purchase"
[sources.columns]
customer_id = "client"
occurred_at = "at"
amount = "paid"
"""


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    if not MOTO.is_file():
        pytest.skip("there is no moto_server: make oracles")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([str(MOTO), "-H", "127.0.0.1", "-p", str(port)], stdout=quiet, stderr=quiet)
    try:
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{address}/moto-api/data.json").raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < until, "moto_server does not answer"
                time.sleep(0.1)
        yield address
    finally:
        server.kill()
        server.wait()


@pytest.fixture(autouse=True)
def shop(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[fs.S3FileSystem]:
    """Make a bucket `shop` with nothing in it, and say by the usual environment where it is."""
    said = {"AWS_ENDPOINT_URL": store, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    for name, value in (said | {"AWS_DEFAULT_REGION": "us-east-1", "HABITUS_HOME": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    found = fs.S3FileSystem(endpoint_override=store, allow_bucket_creation=True, allow_bucket_deletion=True)
    found.create_dir("shop")
    yield found
    found.delete_dir("shop")


def put(store: fs.S3FileSystem, path: str, text: str | bytes) -> None:
    with store.open_output_stream(path) as file:
        file.write(text.encode() if isinstance(text, str) else text)


def taken(folder: Path, path: str) -> tuple[int, int]:
    toml = folder / "shop.toml"
    toml.write_text(TOML.format(path=path), encoding="utf-8")
    return intake.take(datasets.load(str(toml))).log.counts


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("sales/one.csv", (2, 2)),
        ("sales", (4, 3)),
        ("sales/", (4, 3)),
        ("sales/*.csv", (4, 3)),
        ("**/*.csv", (6, 4)),
        ("s3://shop/sales/tw?.csv", (2, 2)),
    ],
)
def test_files_folders_and_patterns_are_read(
    shop: fs.S3FileSystem, tmp_path: Path, path: str, counts: tuple[int, int]
) -> None:
    put(shop, "shop/sales/one.csv", SALES)
    put(shop, "shop/sales/two.csv", SALES.replace("a,", "c,").replace("b,2024-01-02", "b,2024-01-03"))
    put(shop, "shop/sales/deep/three.csv", SALES.replace("a,", "d,").replace("b,2024-01-02", "b,2024-01-04"))
    assert taken(tmp_path, path) == counts


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_is_read_again_and_forgotten(tmp_path: Path, ending: str) -> None:
    out = Path(f"s3://shop/out/scores.{ending}")
    output.write(pa.table({"client": ["a", "b"], "at": ["2024-01-01 10:00"] * 2, "paid": [1.5, 2.5]}), out)
    assert taken(tmp_path, f"out/scores.{ending}") == (2, 2)
    (far,) = kept.addresses()
    assert [row["client"] for row in output.found_far(far, "client", ["b"])] == ["b"]
    assert output.forget_far(far, ["client"], lambda _, values: np.array(values.to_pylist()) == "b") == 1
    assert taken(tmp_path, f"out/scores.{ending}") == (1, 1)


def test_a_run_that_fails_leaves_the_old_file(shop: fs.S3FileSystem) -> None:
    put(shop, "shop/scores.csv", "old")
    rows = pa.table({"n": [1]})
    with pytest.raises(pa.ArrowInvalid), output.opened(Path("s3://shop/scores.csv"), rows.schema) as out:
        out.write(pa.table({"n": ["no number"]}))
    with shop.open_input_stream("shop/scores.csv") as file:
        assert file.read() == b"old"


def test_what_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(datasets.DatasetError, match=r"s3://shop/none\.csv: there is no such file") as error:
        taken(tmp_path, "none.csv")
    assert "\n" not in str(error.value)
    with pytest.raises(Unreachable, match=r"s3://nowhere-at-all/a\.csv"):
        objects.sent(tmp_path / "shop.toml", "s3://nowhere-at-all/a.csv")


def test_an_object_that_is_replaced_while_it_is_read_is_read_again(
    shop: fs.S3FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shop, "shop/one.csv", b"a" * (1 << 23))
    copy = shutil.copyfileobj
    times: list[int] = []

    def replaced(source: pa.NativeFile, target: io.BufferedWriter, piece: int) -> None:
        if not times:
            target.write(source.read(piece))
            put(shop, "shop/one.csv", b"b" * (1 << 23))
        times.append(1)
        copy(source, target, piece)

    monkeypatch.setattr(shutil, "copyfileobj", replaced)
    found = objects.fetched("s3://shop/one.csv", tmp_path / "copy")
    assert set(found.read_bytes()) == {ord("b")}
    assert len(times) == 2
