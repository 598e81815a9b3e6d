"""What a dataset declares of its destinations: plain data of its file as what it means."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from activation.destinations.definition import Definition, DefinitionError
from activation.destinations.shipped import read, shipped
from features.dataset import Dataset, DatasetError
from features.nearest import explained, nearest

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
OWN = ".toml"
"""How a kind ends that is a data file of the dataset's own."""


def variable(name: str, key: str) -> str:
    """Return the environment variable of a destination's secret: HABITUS_<NAME>_<KEY>."""
    return f"HABITUS_{name.upper()}_{key}"


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[destinations.NAME]` of a dataset file."""

    kind: str
    """Which tool it is: a data file that comes along, or one of the dataset's own, by its path."""
    region: str = ""
    base_url: str | dict[str, str] = ""
    """Where calls go instead: one place for all, or by the names of the data file's bases."""
    identifier: str = ""
    purpose: str = ""
    audiences: dict[str, str | int] = {}
    """By our name of an audience, the destination's key of it."""
    fields: dict[str, str] = {}
    """By our name of a field, the destination's."""
    events: dict[str, str] = {}
    """By our name of an event, the destination's."""
    settings: dict[str, str | int | bool] = {}


def declared(dataset: Dataset, name: str) -> Declared:
    """Return what a dataset says of a destination.

    Raises:
        DatasetError: it says nothing, or what is not allowed.
    """
    where = f"dataset {dataset.name!r}: destinations.{name}"
    if name not in dataset.destinations:
        raise DatasetError(f"{where}: there is none.{nearest(name, dataset.destinations)}")
    if not re.fullmatch(_NAME, name):
        raise DatasetError(f"{where}: got {name!r}; a letter, then letters, digits and '_' are allowed.")
    try:
        return msgspec.convert(dataset.destinations[name], Declared)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}: {explained(error, Declared.__struct_fields__)}") from None


def definition(dataset: Dataset, said: Declared, where: str) -> Definition:
    """Return the data file of a destination.

    Raises:
        DatasetError: there is none, or it cannot be read.
    """
    path = Path(dataset.folder) / said.kind if said.kind.endswith(OWN) else shipped().get(said.kind)
    if path is None:
        raise DatasetError(f"{where}.kind: got {said.kind!r}.{nearest(said.kind, shipped())}")
    try:
        return read(path)
    except DefinitionError as error:
        raise DatasetError(f"{where}: {error}") from None


def settings(known: Definition, said: Declared, where: str) -> Mapping[str, Any]:
    """Return the settings of a destination, with what its data file says where the dataset says nothing.

    Raises:
        DatasetError: one is not known, or not of its form.
    """
    for name, value in said.settings.items():
        if name not in known.settings:
            raise DatasetError(f"{where}.settings: unknown key {name!r}.{nearest(name, known.settings)}")
        pattern = known.settings[name].pattern
        if pattern and not re.fullmatch(pattern, str(value)):
            raise DatasetError(f"{where}.settings.{name}: got {value!r}; {known.settings[name].about}.")
    return {name: said.settings.get(name, one.default) for name, one in known.settings.items()}


def bases(known: Definition, said: Declared, given: Mapping[str, Any], where: str) -> Mapping[str, str]:
    """Return where the calls go, by the names of the data file's bases.

    Raises:
        DatasetError: a region or a setting is needed or not known, or a place is none.
    """
    over = said.base_url if isinstance(said.base_url, dict) else dict.fromkeys(known.bases, said.base_url)
    for name in over:
        if name not in known.bases:
            raise DatasetError(f"{where}.base_url: got {name!r}.{nearest(name, known.bases)}")
    found = {name: over.get(name) or _regional(name, known, said, given, where) for name in known.bases}
    for name, url in found.items():
        if not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?|file:[^?#]*", url):
            raise DatasetError(
                f"{where}.base_url: got {url!r} for {name!r}; http:// or https:// and a host are allowed."
            )
    return {name: _placed(url) for name, url in found.items()}


def _placed(url: str) -> str:
    """Return a base without a slash at its end; a folder as URLs have it."""
    kind, colon, rest = url.partition(":")
    return f"{kind}{colon}{quote(rest.rstrip('/'))}" if kind == "file" else url.rstrip("/")


def _regional(name: str, known: Definition, said: Declared, given: Mapping[str, Any], where: str) -> str:
    by_region = known.bases[name]
    regions = {one for own in known.bases.values() for one in own if one}
    if said.region and said.region not in regions:
        raise DatasetError(f"{where}.region: got {said.region!r}.{nearest(said.region, regions)}")
    if "" in by_region:
        return filled(by_region[""], given, where)
    if said.region not in by_region:
        raise DatasetError(
            f"{where}.region: got {said.region!r}; one of {', '.join(sorted(by_region))} is needed: a call to the wrong"
            " one is lost, or answered as if it were not."
        )
    return filled(by_region[said.region], given, where)


def filled(url: str, given: Mapping[str, Any], where: str) -> str:
    """Return a URL with its settings.

    Raises:
        DatasetError: one is not given.
    """
    for name in re.findall(r"{(\w+)}", url):
        if not given.get(name):
            raise DatasetError(f"{where}.settings.{name}: got nothing; it is needed for {url}.")
    return re.sub(r"{(\w+)}", lambda found: str(given[found[1]]), url)
