"""What a sending keeps to; and without the guard that sees to it, a scene fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from activation.destinations.outcome import Answered, Outcome, Verdict
from activation.outbox import acknowledged
from activation.outbox.account import Account, Turn
from activation.outbox.sender import Sender
from activation.outbox.settle import Settling
from activation.plan import difference
from activation.plan.gate import Gate
from tests.activation.vendor import scenes
from tests.activation.vendor.destination import Fake

Scene = Callable[[Path], None]


@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.__name__)
def test_it_is_kept_to(scene: Scene, tmp_path: Path) -> None:
    scene(tmp_path)


def _done(one: Settling, rows: Any, answered: Answered) -> None:
    """Take what is accepted for done."""
    told = {name: Outcome(Verdict.DONE) if o.verdict == Verdict.ACCEPTED else o for name, o in answered.rows.items()}
    _KEEP(one, rows, Answered(told, answered.wait, answered.job))


_KEEP = Settling.keep


@contextmanager
def _free(self: Account) -> Iterator[Turn]:
    """Let everybody in."""
    self.file.parent.mkdir(parents=True, exist_ok=True)
    with self.file.open("ab+") as file:
        yield Turn(file.fileno())


def _never(self: Settling, one: Any, *given: Any) -> dict[str, object]:
    """Take a whole refusal for one of each row."""
    place, count, answered = given
    del count
    return _ONE(self, one, place, 1, answered)


_ONE = Settling._one
GUARDS: dict[str, tuple[Scene, list[tuple[Any, str, Any]]]] = {
    "the gate at the moment of sending": (
        scenes.an_opt_out_between_plan_and_send_is_kept_to,
        [(Gate, "__call__", lambda *_: {})],
    ),
    "halves": (scenes.n_rows_that_failed_are_sent_again_and_no_other, [(Settling, "_one", _never)]),
    "the hash that was acknowledged": (
        scenes.n_rows_that_failed_are_sent_again_and_no_other,
        [(acknowledged, "keep", lambda *_: None)],
    ),
    "accepted is not done": (scenes.what_a_job_refuses_is_not_done, [(Settling, "keep", _done)]),
    "windows": (scenes.no_window_has_more_calls_than_it_may, [(Turn, "free", lambda *_: 0)]),
    "doubt": (scenes.a_message_is_never_sent_twice, [(Fake, "safe", lambda *_: True)]),
    "one at a time": (scenes.two_at_once_send_nothing_twice, [(Account, "held", _free)]),
    "what we put in": (
        scenes.somebody_elses_members_stay,
        [(difference, "gone", lambda *_: [])],
    ),
    "whose identifier it is": (
        scenes.an_identifier_that_changes_hands_is_in_once,
        [(difference, "_GONE", difference._GONE.replace("wanted.identifier = acknowledged.identifier", "0"))],
    ),
    "renewal": (
        scenes.credentials_that_run_out_are_renewed_once,
        [(Sender, "_after", lambda *_: None)],
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_a_scene_fails(guard: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, switched_off = GUARDS[guard]
    for where, name, instead in switched_off:
        monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        scene(tmp_path)
