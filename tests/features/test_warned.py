"""Warnings of libraries are told once, in our words."""

import subprocess
import sys
import warnings

import pytest

from features import warned


def _warn(category: str, message: str = "lbfgs failed to converge\nIncrease the number of iterations") -> str:
    """Return a program in which scikit-learn warns twice."""
    return (
        "import warnings\n"
        "from sklearn import exceptions\n"
        f"category = getattr(exceptions, {category!r}, None) or getattr(__import__('builtins'), {category!r})\n"
        "for line in (1, 2):\n"
        f"    warnings.warn_explicit({message!r}, category, '/x/site-packages/sklearn/linear.py', line)\n"
    )


TOLD = {
    "ConvergenceWarning": "note: sklearn: a fit stopped before it had settled;"
    " it is judged by its figures like any other",
    "RuntimeWarning": "note: sklearn: a step of arithmetic had no number as its result",
    "UserWarning": "note: sklearn: lbfgs failed to converge",
    "FutureWarning": "",
}


def test_a_warning_is_told_once_by_a_command_and_all_its_processes() -> None:
    every = "".join(_warn(category) for category in TOLD)
    worker = f"from features import warned; warned.listen()\n{every}"
    command = (
        "import subprocess, sys\nfrom features import warned\n"
        "with warned.told_once():\n"
        + "".join(f"    {line}\n" for line in every.splitlines())
        + f"    subprocess.run([sys.executable, '-c', {worker!r}], check=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.splitlines() == [line for line in TOLD.values() if line]


def test_outside_a_command_warnings_are_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    with warned.told_once():
        warnings.warn("told", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "note: habitus: told\n"
    with pytest.warns(UserWarning, match="^raw$"):
        warnings.warn("raw", UserWarning, stacklevel=1)
