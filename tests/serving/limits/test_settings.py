"""The table of limits: what the environment may set, and what it may not."""

import re

import pytest

from serving.limits import settings
from serving.limits.settings import LimitError, Limits


def test_without_a_word_every_limit_is_its_default() -> None:
    assert settings.read({"HABITUS_HOME": "elsewhere"}) == Limits()


def test_each_limit_is_set_by_its_own_variable_and_has_a_meaning() -> None:
    rows = settings.table(Limits())
    assert len({name for name, _, _ in rows}) == len(rows) > 15
    for name, default, meaning in rows:
        assert meaning
        changed = settings.read({name: str(default + 1)})
        assert [(row[0], row[1]) for row in settings.table(changed) if row not in rows] == [(name, default + 1)]


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "0", "1.5", "1e3", "٣", " 8", "8 ", "9" * 400, "nan", str(settings.MOST + 1)]
)
def test_what_is_no_limit_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(LimitError) as refused:
        settings.read({"HABITUS_LIMIT_IN_FLIGHT": text})
    said = str(refused.value)
    assert re.fullmatch(r"HABITUS_LIMIT_IN_FLIGHT: got '.*'; a whole number from 1 to 2,147,483,648 is allowed\.", said)
    assert len(said) < 200


def test_a_limit_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(LimitError, match=r"no limit HABITUS_LIMIT_QUEU\. Did you mean 'HABITUS_LIMIT_QUEUE'\?"):
        settings.read({"HABITUS_LIMIT_QUEU": "8"})


def test_nobody_may_wait_where_the_queue_is_none() -> None:
    assert settings.read({"HABITUS_LIMIT_QUEUE": "0"}).queue == 0
