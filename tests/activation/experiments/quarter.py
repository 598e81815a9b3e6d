"""Commands of a section of docs/measurement.md, run as they are printed: ours in this process, others by a shell."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import run, run_here

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "measurement.md"
TITLE = "## A quarter, by commands"
PORT = "8900"
_OURS = re.compile(r"(?:make|\.venv/bin/python -m) ")
_EXPORT = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)
_END = "== the end of a step =="


def printed() -> list[str]:
    """Return the commands of the section in order: each of ours by itself, and what stands between them."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n{TITLE}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    found: list[str] = []
    for line in "".join(blocks).splitlines():
        if _OURS.match(line) or not found or _OURS.match(found[-1]):
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found


def module(line: str) -> list[str]:
    """Return the module and the arguments of one of our commands; of one of make, what it would call."""
    if line.startswith("make "):
        dry = ["make", "-n", "--no-print-directory", *shlex.split(line, comments=True)[1:]]
        told = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        (line,) = (one for one in told.splitlines() if _OURS.match(one) and " -m pip " not in one)
    name, *arguments = shlex.split(line, comments=True)[2:]
    room = ROOT.joinpath(*name.split(".")).is_dir()
    return [f"{name}.__main__" if room else name, *arguments]


@dataclass
class Steps:
    """What was run, in order."""

    shell: subprocess.Popen[str]
    port: int
    setenv: Callable[[str, str], None]
    said: dict[str, list[str]] = field(default_factory=dict)
    """What each of our commands printed, by its module."""

    def take(self, step: str) -> None:
        """Run one step."""
        step = step.replace(PORT, str(self.port))
        if not _OURS.match(step):
            self._by_shell(step)
            return
        name, *arguments = module(step)
        # A training takes all of a process; what others import is imported once.
        done = (run if name == "training.train" else run_here)(name, *arguments)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
        self.said.setdefault(name.removesuffix(".__main__"), []).append(done.stdout)

    def _by_shell(self, step: str) -> None:
        for name, value in _EXPORT.findall(step):
            self.setenv(name, value)
        assert self.shell.stdin
        assert self.shell.stdout
        own = step.replace(".venv/bin/python", shlex.quote(sys.executable))
        self.shell.stdin.write(f"{own}\nprintf '\\n%s %s\\n' $? '{_END}'\n")
        self.shell.stdin.flush()
        lines = iter(self.shell.stdout.readline, "")
        last = next(line for line in lines if line.endswith(f"{_END}\n"))
        assert last.startswith("0 "), (step, last)


@contextmanager
def steps(folder: Path, port: int, setenv: Callable[[str, str], None]) -> Iterator[Steps]:
    """Run steps in a folder; whatever they leave running ends with the block."""
    with subprocess.Popen(
        ["bash", "--norc"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        try:
            yield Steps(shell, port, setenv)
        finally:
            assert shell.stdin
            shell.stdin.write("kill $(jobs -p) 2>/dev/null\nexit\n")
            shell.stdin.close()
