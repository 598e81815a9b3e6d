"""Flow: who went from which of the champion's segments to which of the new ones; nothing of few customers."""

from zoneinfo import ZoneInfo

import numpy as np

from features import clock
from training.report.flow import Flow, told
from training.segmenters import Segment
from training.succession.moves import Moves, moves

PARIS = ZoneInfo("Europe/Paris")
THEN, NOW = (clock.parse(day, PARIS) for day in ("2026-03-01", "2026-04-01"))
A, B, C = Segment("new", "New", ""), Segment("active", "Active", ""), Segment("lost", "Lost", "")


def _moves(counts: list[list[int]]) -> Moves:
    return Moves((A, B, C), np.array(counts, np.int64), THEN, NOW)


def test_the_picture_has_both_days_names_and_numbers() -> None:
    found = told(_moves([[20, 5, 0], [0, 30, 10], [0, 0, 40]]), "lifecycle", PARIS, 0)
    assert (found.customers, found.hidden) == (105, 0)
    for text in ("2026-02-28", "2026-03-31", "New 25", "Active 35", "2026-03-31: 10 from Active to Lost"):
        assert text in found.picture, text
    french = told(_moves([[20, 5, 0], [0, 30, 10], [0, 0, 4000]]), "lifecycle", PARIS, 0, "fr").picture
    for text in ("Nouveaux 25", "Perdus 4\u202f010", "2026-03-31\u00a0: 10 de Actifs à Perdus"):
        assert text in french, text


def test_no_number_of_few_customers_is_told() -> None:
    found = told(_moves([[200, 3, 60], [70, 300, 80], [90, 110, 400]]), "lifecycle", PARIS, 50)
    assert found.hidden >= 4  # the cell of three, and a block of others from which it would follow
    assert found.picture
    assert ": 3 from" not in found.picture
    assert told(_moves([[2, 1, 0], [0, 3, 1], [0, 0, 4]]), "lifecycle", PARIS, 50).picture == ""


def test_there_is_none_where_nobody_moved_or_there_was_no_champion() -> None:
    assert told(None, "rfm", PARIS, 0) == Flow()
    assert told(_moves([[2, 0, 0], [0, 3, 0], [0, 0, 4]]), "rfm", PARIS, 0) == Flow()


def test_moves_are_those_of_the_same_customers_and_segments_of_one_name_are_one() -> None:
    old, new = ((A, C), np.array([0, 0, 1, 1, 1])), ((B, A), np.array([1, 0, 0, 1, 0]))
    found = moves(old, new, THEN, NOW)
    assert [one.name for one in found.segments] == ["active", "new", "lost"]
    assert found.counts.tolist() == [[0, 0, 0], [1, 1, 0], [2, 1, 0]]
    assert found.moved == 4
