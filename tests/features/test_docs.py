"""The page on features: what it tells a newcomer to do is done here, and the numbers are those of the references."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from features.catalogue.catalogue import CATALOGUE
from features.kernel import scan

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "features.md"

STEP = re.compile(r"In\s+`(\w+)`\s+of\s+\[`([\w/]+\.py)`\][^\n]*\n\n```python\n(.*?)```", re.DOTALL)
"""Where to put something, and what."""

COMPARE = """
import math
import sys
import numpy as np
import pyarrow as pa
from features.catalogue import catalogue
from features.kernel import kernel
from features.log import event, log
from tests.features import reference, shop

known = set(sys.argv[1].split())
by_name = {feature.name: feature for feature in catalogue.CATALOGUE}
new = [name for name in by_name if name not in known]
parts = {part for name in new for part in (getattr(by_name[name], "a", name), getattr(by_name[name], "b", name))}
features = tuple(feature for name, feature in by_name.items() if name in parts or name in new)
found = kernel.Kernel(features)
day, as_of = 24 * 3600 * 10**6, 1_600_000_000 * 10**6
generator = np.random.default_rng(7)
compared = defined = 0
for n in [1, 2, 3, 10, 40] * 10:
    away = generator.choice([0, 1, 28, 84, 364], n) * day
    odd = generator.random(n) < 0.5
    away[odd] = generator.integers(0, 400 * day, odd.sum())
    rows = {"customer_id": generator.choice(["a", "b"], n), "occurred_at": as_of - away + generator.integers(-1, 2, n)}
    rows |= {"kind": generator.choice([0, 0, 0, *range(len(event.KINDS))], n).astype(np.uint8)}
    rows |= {"amount": generator.integers(-500, 5_000, n), "quantity": generator.integers(0, 9_000, n)}
    events = pa.table(rows)
    values = []
    for order in (np.arange(n), generator.permutation(n)):
        made = shop.log(events.take(pa.array(order)), "Europe/Berlin")
        customers = np.arange(len(made.customers), dtype=np.int64)
        values.append(found.exact(made, customers, np.full(customers.size, as_of)))
        for customer in customers:
            expected = reference.values(features, made, int(customer), as_of)
            for name, value in zip(found.names, values[-1][customer].tolist(), strict=True):
                assert value == expected[name] or (math.isnan(value) and math.isnan(expected[name])), name
                compared += 1
                defined += not math.isnan(value)
    np.testing.assert_array_equal(*values)
print((new, compared, defined))
"""


def steps() -> list[tuple[str, str, str]]:
    """Return where the page says to put what: a name, its file and the code."""
    return STEP.findall(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the code in which all was done that the page says."""
    copy = tmp_path_factory.mktemp("newcomer")
    shutil.copytree(ROOT / "features", copy / "features", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests" / "features").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "features" / "reference.py", copy / "tests" / "features")
    (copy / "docs").mkdir()
    for name, file, code in steps():
        path = copy / file
        text = path.read_text(encoding="utf-8")
        opened = re.search(rf"^{name} = .*?[\[(]\n", text, re.DOTALL | re.MULTILINE)
        assert opened, f"{file} has no {name}"
        path.write_text(text[: opened.end()] + code + text[opened.end() :], encoding="utf-8")
    return copy


def run(folder: Path, *command: str) -> str:
    """Run Python in a folder and return what it printed."""
    environment = os.environ | {"HABITUS_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_has_a_feature_and_a_kind_and_no_python_that_is_not_followed() -> None:
    assert [(name, file) for name, file, _ in steps()] == [
        ("_RETURNS", "features/catalogue/catalogue.py"),
        ("KINDS", "features/catalogue/kind.py"),
        ("_RHYTHM", "features/catalogue/catalogue.py"),
    ]
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(steps())


def test_a_newcomer_who_follows_the_page_gets_the_numbers_of_the_references(followed: Path) -> None:
    new, compared, defined = ast.literal_eval(
        run(followed, "-c", COMPARE, " ".join(feature.name for feature in CATALOGUE))
    )
    assert sorted(new) == ["purchase_span_364d", "purchase_span_84d", "refund_share_28d", "refunds_28d"]
    assert compared > 500
    assert compared / 2 < defined < compared


def test_the_page_s_command_describes_what_was_added(followed: Path) -> None:
    commands = re.findall(
        r"^\.venv/bin/python (-m features\.describe .*) > (docs/\S+)$", PAGE.read_text(), re.MULTILINE
    )
    assert len(commands) == 1
    ((arguments, page),) = commands
    text = run(followed, *arguments.split())
    (followed / page).write_text(text, encoding="utf-8")
    assert f"{len(CATALOGUE) + 4} features" in text
    assert (
        "| `purchase_span_84d` | days from the first to the last purchase day in 84 days | days | 84 d |  | purchase |"
        in text
    )


def test_what_a_kind_may_use_is_in_the_generated_text() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \|", PAGE.read_text(encoding="utf-8").partition("They may use")[2], re.MULTILINE)
    words = {word for row in rows for term in re.findall(r"`([^`]*)`", row) for word in [term] if "{" not in term}
    assert {"time[i]", "ANSWERS[code[i]]", "end", "NEVER", "entropic("} <= words
    text = scan.source(CATALOGUE)
    assert {word for word in words if not re.search(rf"(?<!\w){re.escape(word)}", text)} == set()


@pytest.mark.parametrize("page", ["features.md", "catalogue.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
