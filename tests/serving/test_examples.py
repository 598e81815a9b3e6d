"""The examples of docs/service.md and the README: each does what it says, against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.conftest import HOST, Server

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "service.md", ROOT / "README.md")
ADDRESS = "http://127.0.0.1:3000"


def blocks(language: str) -> list[str]:
    """Return the blocks of a language that ask a service."""
    found = [re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL) for page in PAGES]
    return [block for page in found for block in page if ADDRESS in block]


def commands() -> list[str]:
    """Return the commands of those blocks that are curl's; one goes on while its quotes are open."""
    lines = "".join(blocks("sh"))
    return re.findall(r"^curl (?:[^'\n]|'[^']*')*$", lines, re.MULTILINE)


def test_every_curl_is_found() -> None:
    assert len(commands()) == sum(block.count("curl ") for block in blocks("sh")) > 5


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("command", commands())
def test_a_curl_is_answered(command: str, apart: Server, tmp_path: Path) -> None:
    (tmp_path / ".curlrc").write_text("fail-with-body\nnoproxy = *\n")
    asked = command.replace(ADDRESS, f"http://{HOST}:{apart.port}")
    environment = {**os.environ, "CURL_HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    told = answer.get("customers") or answer.get("events") or [answer.get("customer") or answer]
    assert told
    assert not [one for one in told if "error" in one or one.get("verdict", "accepted") != "accepted"]


@pytest.mark.parametrize("program", blocks("python"))
def test_a_program_in_python_runs(program: str, apart: Server, tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(program.replace(ADDRESS, f"http://{HOST}:{apart.port}"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"}
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "accepted"
    assert re.match(r"b \S+", said[2])
    assert said[-1].startswith("404 Not Found")
