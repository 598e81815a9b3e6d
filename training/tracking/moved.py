"""Moved: the folder of a database with its artifacts, which MLflow names by their whole paths."""

import sqlite3
from contextlib import closing
from pathlib import Path

_NAMED = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}
"""By table of MLflow's, the columns that name where artifacts are."""


def follow(database: Path, artifacts: Path, prefix: str) -> int:
    """Let a database that was moved or copied with its artifacts name them where they are now.

    Args:
        database: MLflow's SQLite file.
        artifacts: the folder beside it, with a folder for each experiment.
        prefix: how the names of our experiments begin.

    Returns:
        In how many places artifacts that are here now had been.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        asked = "SELECT name, artifact_location FROM experiments WHERE name LIKE ?"
        found = connection.execute(asked, (f"{prefix}%",)).fetchall()
        before = {
            str(location).removeprefix("file://").removesuffix(f"/{name}")
            for name, location in found
            if location and not str(location).removeprefix("file://").startswith(f"{artifacts}/")
            if (artifacts / name).is_dir()
        }
        for old in sorted(before):
            for table, columns in _NAMED.items():
                for column in columns:
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE {column} LIKE ? ESCAPE '!'",
                        (f"{artifacts}/", len(old) + 2, f"{_literally(old)}/%"),
                    )
    return len(before)


def _literally(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
