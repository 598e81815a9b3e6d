"""What is done for each action of a policy, as `[policies.NAME.actions]` of the dataset file says it."""

import msgspec

from activation.experiments.declared import HELD, What
from features.dataset import Dataset, DatasetError
from features.nearest import nearest
from training.rules.policies import Held, read


def actions(dataset: Dataset, name: str) -> tuple[Held, dict[str, What]]:
    """Return a policy, and by action what is done, in the policy's order.

    Raises:
        DatasetError: it is not as it is declared, or does not say what is done.
    """
    held = read(dataset, name)
    where = f"{held.where}.actions"
    if not held.declared.actions:
        names = ", ".join(held.policy.actions)
        raise DatasetError(f"{where}: got none; what is done for {names} is needed, a message's name or nothing.")
    try:
        said = msgspec.convert(held.declared.actions, dict[str, str | What])
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {error}") from None
    found = {one: _what(said[one]) for one in held.policy.actions}
    if HELD in found:
        raise DatasetError(f"{where}: got {HELD!r}, which means those who are left alone by everything.")
    if all(one.nothing for one in found.values()):
        raise DatasetError(f"{where}: each is nothing; at least one that is told something is needed.")
    for one, what in found.items():
        for key, got, known in (("message", what.message, dataset.messages), ("offer", what.offer, dataset.offers)):
            if got and got not in known:
                raise DatasetError(f"{where}.{one}.{key}: got {got!r}.{nearest(got, known)}")
    return held, found


def _what(given: str | What) -> What:
    return given if isinstance(given, What) else What(message=given)
