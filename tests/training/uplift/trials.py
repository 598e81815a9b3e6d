"""Made-up trials whose truth is known."""

import numpy as np

from training.uplift.trial import Trial


def made(
    n: int = 4000, seed: int = 0, effect: str = "some", share: float = 0.5, noise: float = 1.0, harm: bool = False
) -> Trial:
    """Return a trial of two arms: the effect is 1 in `some` (x above 0), in `all`, or in `none`."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 2)).astype(np.float32)
    arm = (random.uniform(size=n) < share).astype(np.int64)
    helped = {"some": x[:, 0] > 0, "all": np.ones(n, bool), "none": np.zeros(n, bool)}[effect]
    y = x[:, 1] + np.where(helped, -1.0 if harm else 1.0, 0.0) * arm + noise * random.normal(size=n)
    probability = np.where(arm == 1, share, 1 - share)
    segment = (x[:, 0] > 0).astype(np.int64)
    return Trial(("none", "mail"), arm, probability, y, ("a", "b"), x, ("low", "high"), segment)
