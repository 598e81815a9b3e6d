"""Presets: the mappings of known tools' exports, which a dataset file names by `format` and may override.

Each is a TOML file in `presets/`, named as it is asked for: the sources and attributes that one file of that form
holds, in the words of a dataset file, and the columns by which such a file is known.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from features.nearest import nearest

FOLDER = Path(__file__).parent / "presets"
FORMAT = "format"
_TABLES = ("sources", "attributes")
_RULES = "when"
_OF_ONE = {"amount", "quantity", "discount", "event_id"}
"""Columns that are not the same in the sources of one preset, such as purchases and refunds."""

Table = dict[str, Any]


class NoSuchPreset(ValueError):
    """A dataset file names a format that is not known, or leaves out what its preset cannot know."""


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mapping of one form of file."""

    title: str
    """The tool, and where in it the file is made."""
    known_by: tuple[str, ...]
    """Columns, or paths into them, that every such file has, and hardly another."""
    sources: tuple[Table, ...] = ()
    attributes: tuple[Table, ...] = ()
    asks: dict[str, str] = {}
    """Keys that the dataset file must give, and how."""
    alone: str = ""
    """Why no row of it can be read by itself, where that is so."""

    def tables(self, where: str) -> tuple[Table, ...]:
        """Return its sources or its attributes."""
        return self.sources if where == "sources" else self.attributes


@cache
def presets() -> Mapping[str, Preset]:
    """Return all presets by name."""
    return {path.stem: msgspec.toml.decode(path.read_bytes(), type=Preset) for path in sorted(FOLDER.glob("*.toml"))}


def expanded(file: Table) -> Table:
    """Return what a dataset file says with the presets that it names filled in.

    What the dataset file says goes before the preset: columns one by one ("" leaves one out), conditions of `where`
    both hold, rules of `event` are asked before the preset's. Where a preset has several sources, those after the
    first stand behind all others.

    Raises:
        NoSuchPreset: a format is not known, or needs what is not given.
    """
    out = dict(file)
    for kind in _TABLES:
        given = file.get(kind, [])
        if not isinstance(given, list):
            continue  # which is told when its type is checked
        first, others = [], []
        for place, own in enumerate(given):
            table, *more = _of(own, kind, f"{kind}[{place}]")
            first.append(table)
            others += more
        if first:
            out[kind] = first + others
    return out


def _of(own: Table, kind: str, where: str) -> list[Table]:
    """Return the tables that one table of a dataset file stands for: itself, where it names no format."""
    if not isinstance(own, dict) or FORMAT not in own:
        return [own]
    name, known = str(own[FORMAT]), presets()
    fitting = [one for one, preset in known.items() if preset.tables(kind)]
    if name not in fitting:
        other = next((one for one in _TABLES if one != kind and name in known and known[name].tables(one)), None)
        hint = f" It holds {other}: name it there." if other else nearest(name, fitting)
        raise NoSuchPreset(f"{where}.{FORMAT}: got {name!r}.{hint}")
    preset = known[name]
    for key, how in preset.asks.items():
        if key not in own:
            raise NoSuchPreset(f"{where}: {key!r} is required beside the format {name!r}: {how}.")
    said = {key: value for key, value in own.items() if key != FORMAT}
    first, *others = preset.tables(kind)
    return [over(said, first), *(over(_of_all(said), table) for table in others)]


def _of_all(own: Table) -> Table:
    """Return what a dataset file says of all sources of a preset: what happened, and its money, is each one's own."""
    said = {key: value for key, value in own.items() if key not in {"event", "duplicates"}}
    if isinstance(own.get("columns"), dict):
        said["columns"] = {name: text for name, text in own["columns"].items() if name not in _OF_ONE}
    return said


def over(own: Table, preset: Table) -> Table:
    """Return a preset's table with what a dataset file says over it."""
    out = preset | own
    if isinstance(own.get("columns", {}), dict):  # else that is told when its type is checked
        columns = {**preset.get("columns", {}), **own.get("columns", {})}
        out["columns"] = {name: text for name, text in columns.items() if text != ""}
    if own.get("where") and preset.get("where"):
        out["where"] = f"({preset['where']}) and ({own['where']})"
    rules = _dict(own.get("event")).get(_RULES)
    if isinstance(rules, list) and _RULES in _dict(preset.get("event")):
        out["event"] = {_RULES: [*rules, *preset["event"][_RULES]]}
    for key in ("optional", "missing_ids", "text"):
        if isinstance(own.get(key), list) and key in preset:
            out[key] = [*preset[key], *own[key]]
    return out


def _dict(value: Any) -> Table:
    return value if isinstance(value, dict) else {}
