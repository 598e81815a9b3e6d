"""A PostgreSQL server of the tests' own, where its programs are installed: `apt-get install postgresql`."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_USER = "postgres"
"""Who runs the server where the tests run as root, who may not."""


def _programs() -> Path | None:
    """Return the folder of initdb and pg_ctl: Debian keeps them beside PATH, by version."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[4]))
    return Path(found).parent if found else debian[-1].parent if debian else None


@contextmanager
def server() -> Iterator[str]:
    """Start a server on a free port; yield its address, without a database."""
    pytest.importorskip("adbc_driver_postgresql", reason='make setup EXTRAS="postgres" installs the driver')
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    before: Sequence[str] = ()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
            before = ("runuser", "-u", _USER, "--")
        data, log = f"{folder}/data", f"{folder}/log"

        def run(program: str, *arguments: str) -> None:
            asked = [*before, str(programs / program), "-D", data, *arguments]
            subprocess.run(asked, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        run("initdb", "-U", "habitus", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "-w", "-o", options, "-l", log, "start")
        try:
            yield f"postgresql://habitus@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
