"""How commands are run and how they end."""

import os
from typing import Annotated

import pytest
import typer

from features import command


def _main(dataset: command.DatasetOption = "shop", rows: Annotated[int, typer.Option(min=1)] = 1) -> None:
    """Say what was asked."""
    with command.told(KeyError, FileNotFoundError):
        if dataset == "gone":
            raise FileNotFoundError("gone.toml: there is no such file")
        if dataset == "broken":
            raise ZeroDivisionError
    typer.echo(f"{dataset} {rows}")


def _ends(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as stopped:
        command.run(_main, arguments)
    return stopped.value.code


def test_a_command_says_what_it_has_to_say_and_leaves_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert not _ends("--dataset", "cdnow", "--rows", "2")
    assert capsys.readouterr() == ("cdnow 2\n", "")


def test_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert not _ends("--help")
    assert "Say what was asked." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--datset", "x"],
            "error: No such option: --datset (Possible options: --dataset). Got --datset x; --help",
        ),
        (["--rows", "many"], "error: Invalid value for '--rows': Input should be a valid integer"),
        (
            ["--rows", "0"],
            "error: Invalid value for '--rows': Input should be greater than or equal to 1. Got --rows 0; --help",
        ),
        (["more"], "error: Got unexpected extra argument(s) (more). Got more; --help tells what is allowed."),
        (["--dataset", "gone"], "error: gone.toml: there is no such file"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ends(*arguments) == command.WRONG
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_a_fault_that_was_not_declared_is_no_message() -> None:
    with pytest.raises(ZeroDivisionError):
        command.run(_main, ["--dataset", "broken"])


def test_the_environment_decides_about_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    command.single_threaded()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == ("2", "1")
