"""The rule segments that a dataset declares: plain data of its file as what it means."""

import re

import msgspec

from features.dataset import Dataset, DatasetError
from features.nearest import explained

_NAME = r"[A-Za-z][A-Za-z0-9_]*"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[rules.NAME]` of a dataset file: the segment of those for whom a condition holds."""

    where: str
    """The condition."""
    title: str = ""
    """What it is called for people; by default its name in words."""
    action: str = ""
    """What is to be done for who is in it."""


def declared(dataset: Dataset) -> dict[str, Rule]:
    """Return a dataset's rules by name; their conditions are not read yet.

    Raises:
        DatasetError: a key, a type or a name is not allowed.
    """
    return {name: _rule(dataset.name, name, table) for name, table in dataset.rules.items()}


def _rule(dataset: str, name: str, table: object) -> Rule:
    where = f"dataset {dataset!r}: rules.{name}"
    if not re.fullmatch(_NAME, name):
        raise DatasetError(f"{where}: got {name!r}; a letter, then letters, digits and '_' are allowed.")
    try:
        rule = msgspec.convert(table, Rule)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Rule.__struct_fields__)}") from None
    if not rule.where.strip():
        raise DatasetError(f"{where}.where: got nothing; a condition is needed, such as count('purchase', 28) >= 3.")
    return rule if rule.title else msgspec.structs.replace(rule, title=name.replace("_", " ").capitalize())
