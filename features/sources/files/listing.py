"""The files of a source: one, all of a folder, those that a pattern fits, and the members of zip archives."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from features.dataset import DatasetError

FORMS = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "json",
    ".parquet": "parquet",
}
"""How a file is read, by its ending in any case; each may end in `.gz` beside."""
GZIP, ZIP = ".gz", ".zip"
ENDINGS = f"{', '.join(FORMS)}, each also with {GZIP}, or {ZIP}"

_SIGNS = "*?["


@dataclass(frozen=True)
class File:
    """One file of rows."""

    path: Path
    form: str
    member: str = ""
    """Its name in the archive that `path` is."""
    packed: str = ""
    """GZIP where its bytes are compressed."""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name


@dataclass(frozen=True)
class Listing:
    """The files of a source, by name, and what lies beside them and is not read."""

    files: tuple[File, ...]
    passed_over: tuple[str, ...]


def listed(path: Path, where: str) -> Listing:
    """Return the files that a path names.

    Args:
        path: a file, a folder, or a pattern with `*`, `?` or `[...]`; `**` goes into folders.
        where: the beginning of an error's message.

    Raises:
        DatasetError: there is none that can be read.
    """
    if path.is_dir():
        candidates = sorted(path.iterdir())
    elif path.exists():
        candidates = [path]
        if path.suffix.lower() != ZIP and not _form(path.name)[0]:
            raise DatasetError(f"{where}: got {path.name!r}; files may end in {ENDINGS}.")
    elif any(sign in str(path) for sign in _SIGNS):
        candidates = sorted(_fitting(path))
    else:
        raise DatasetError(f"{where}: there is no file {path}.")
    files: list[File] = []
    passed_over: list[str] = []
    for one in candidates:
        found = () if one.name.startswith(".") or one.is_dir() else tuple(_of(one, where))
        files += found
        passed_over += [] if found else [one.name]
    if not files:
        got = f"; got {', '.join(passed_over[:5])}" if passed_over else ""
        raise DatasetError(f"{where}: there is no file that ends in {ENDINGS} in {path}{got}.")
    return Listing(tuple(files), tuple(passed_over))


def _fitting(path: Path) -> Iterable[Path]:
    fixed = next(parent for parent in path.parents if not any(sign in str(parent) for sign in _SIGNS))
    return fixed.glob(path.relative_to(fixed).as_posix())


def _of(path: Path, where: str) -> Iterator[File]:
    """Yield what a file holds: itself, the members of an archive, or nothing that is known."""
    if path.suffix.lower() != ZIP:
        form, packed = _form(path.name)
        if form:
            yield File(path, form, packed=packed)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except zipfile.BadZipFile:
        raise DatasetError(f"{where}: {path.name} is no zip archive.") from None
    for member in members:
        form, packed = _form(member)
        if form and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member).parts):
            yield File(path, form, member, packed)


def _form(name: str) -> tuple[str, str]:
    """Return how a file of a name is read, empty where it is not, and how its bytes are compressed."""
    lower = name.lower()
    packed = GZIP if lower.endswith(GZIP) else ""
    return FORMS.get(PurePosixPath(lower.removesuffix(packed)).suffix, ""), packed
