"""Unseen: nothing is predicted before somebody looks, and then once."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from training.choice.unseen import Unseen
from training.segmenters import Facts


def test_what_is_not_looked_at_is_not_predicted() -> None:
    asked: list[str] = []

    def choice(name: str) -> Any:
        def unseen(x: np.ndarray) -> np.ndarray:
            asked.append(name)
            return x[:, 0] * 2.0

        return SimpleNamespace(target=SimpleNamespace(name=name), predictor=SimpleNamespace(unseen=unseen))

    x = np.ones((2, 1), np.float32)
    facts = Facts(x, ("a",), Unseen(cast(Any, [choice("churn"), choice("spend")]), x))
    assert facts.has("predicted.churn")
    assert not facts.has("predicted.none")
    assert asked == []
    for _ in range(2):
        assert facts.column("predicted.churn").tolist() == [2.0, 2.0]
    assert asked == ["churn"]
    assert list(facts.take(np.array([0])).predicted) == ["churn", "spend"]
    with pytest.raises(KeyError):
        facts.column("predicted.none")
