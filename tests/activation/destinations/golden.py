"""The requests of every kind, change and operation, as they are kept in `golden/`: read them when one changes.

`python -m tests.activation.destinations.golden` writes them anew.
"""

import gzip
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pyarrow.parquet as pq

from activation.destinations.request import Request
from tests.activation.destinations import example

FOLDER = Path(__file__).parent / "golden"


def told(kind: str) -> list[dict[str, Any]]:
    """Return the first request of each change and operation of a kind, without what is secret in its headers."""
    one = example.destination(kind)
    found = []
    for change, operation in example.asked(kind):
        piece = next(iter(one.pieces(operation, example.rows(kind, change))))
        request = one.request(operation, piece, example.SECRETS, example.NOW)
        headers = {name: _open(value) for name, value in sorted(request.headers.items())}
        call = {"change": change, "operation": operation, "method": request.method, "url": request.url}
        found.append({**call, "headers": headers, "rows": list(request.rows), "body": decoded(request)})
    return found


def _open(value: str) -> str:
    if any(secret in value for secret in example.SECRETS.values()) or value.startswith("Basic "):
        return f"{value.split(' ', maxsplit=1)[0]} …" if " " in value else "…"
    return value


def decoded(request: Request) -> Any:
    """Return what a body says."""
    kind = request.headers.get("Content-Type", "")
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode(), strict_parsing=True))
    if kind == "application/vnd.apache.parquet":
        return pq.read_table(io.BytesIO(request.body)).to_pylist()
    if kind == "application/x-ndjson":
        return [json.loads(line) for line in request.body.splitlines()]
    if kind == "application/gzip":
        return gzip.decompress(request.body).decode()
    if kind.startswith("text/csv"):
        return request.body.decode()
    return json.loads(request.body) if request.body else None


def text(kind: str) -> str:
    """Return what is kept of a kind."""
    return json.dumps(told(kind), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all."""
    FOLDER.mkdir(exist_ok=True)
    for kind in example.TABLES:
        (FOLDER / f"{kind}.json").write_text(text(kind), encoding="utf-8")


if __name__ == "__main__":
    main()
