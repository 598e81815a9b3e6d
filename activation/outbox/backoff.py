"""Back-off: how long a row waits before it is sent again, where the destination does not say."""

import tenacity

TRIES = 8
"""Calls after which a row fails that was refused for now each time."""
POLLS = 20
"""Times in a row that a job is asked for in vain, over an hour: then nobody knows what became of it."""
_FIRST, _LONGEST = 1.0, 300.0
_wait = tenacity.wait_exponential_jitter(initial=_FIRST, max=_LONGEST, jitter=_FIRST)
_NOBODY = tenacity.Retrying()


def seconds(tries: int) -> float:
    """Return how long to wait after so many calls: twice as long each time, and a little by chance."""
    state = tenacity.RetryCallState(_NOBODY, None, (), {})
    state.attempt_number = max(tries, 1)
    return float(_wait(state))
