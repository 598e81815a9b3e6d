"""The command: the objectives of a real part of a shop."""

from tests.conftest import Trained, run_here

OBJECTIVES = """
[objectives.keep]
segment = "rfm.champions"
kpi = "churn"
change = "-10 %"
by = 2018-01-30
start = 2017-12-10
action = "call them"
goal = "keep the best"
[objectives.earn]
segment = "everybody"
kpi = "margin"
change = "+5 %"
by = 2017-12-20
start = 2017-12-10
"""


def test_each_objective_says_how_it_stands(trained: Trained) -> None:
    toml = trained.toml.with_name("objectives.toml")
    toml.write_text(trained.toml.read_text(encoding="utf-8") + OBJECTIVES, encoding="utf-8")
    done = run_here("activation.objectives.__main__", "--dataset", str(toml))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "-10 % = " in said
    assert "call them" in said
    assert "earn: refused: missing: [profit]" in said
    assert said.index("keep the best") < said.index("objectives without a goal")


def test_without_objectives_it_says_so(trained: Trained) -> None:
    done = run_here("activation.objectives.__main__", "--dataset", str(trained.toml))
    assert done.returncode == 2
    assert done.stderr == "error: dataset 'part' has no [objectives.NAME].\n"
