"""A form: what the columns of a destination's export, or of its webhook's bodies, mean. Each is a TOML file."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from features.dataset import Dataset, DatasetError
from features.nearest import nearest

GENERIC = "generic"
KINDS = {
    "opt_out": "mail_unsubscribed",
    "complaint": "mail_complained",
    "bounce": "mail_bounced",
    "soft_bounce": "mail_bounced",
    "delivered": "mail_delivered",
    "open": "mail_open",
    "click": "mail_click",
}
"""What a row may mean, and the kind of event that it is. Nothing grants, whatever is edited there."""
DENYING = ("opt_out", "complaint", "bounce")
"""What is a refusal, too; a mailbox that is gone may as well refuse."""


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one form of file holds. Columns are named by their path in a row, as `data.email`."""

    title: str
    identifiers: dict[str, str]
    """By our kind of identifier, its column; the first that a row has counts."""
    what: str
    """The column that says what happened."""
    values: dict[str, str]
    """By the word of that column, what it means; words in small letters."""
    rows: str = ""
    """Where in a JSON document the list of rows is; empty: the document is the list, or one row."""
    at: str = ""
    """The column of the moment; empty where there is none."""
    id: str = ""
    """The column of the destination's own id of what happened; empty: what the row says is its id."""
    campaign: str = ""
    ignored: tuple[str, ...] = ()
    """Words that say nothing to us, such as those of a profile that is subscribed."""


@cache
def shipped() -> Mapping[str, Path]:
    """Return the forms that come along, by name."""
    return {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}


def read(dataset: Dataset, kind: str, asked: str = "") -> Form:
    """Return a form: the one asked for, by name or by the path of a file, else that of a kind of destination.

    Raises:
        DatasetError: there is none, or it is wrong.
    """
    path = Path(dataset.folder) / asked if asked.endswith(".toml") else shipped().get(asked or kind)
    if path is None and not asked:
        path = shipped()[GENERIC]
    if path is None or not path.is_file():
        raise DatasetError(f"FORM: got {asked!r}.{nearest(asked, shipped())} Or the path of a .toml file.")
    try:
        form = msgspec.toml.decode(path.read_bytes(), type=Form)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DatasetError(f"{path}: {error}") from None
    for word, meant in form.values.items():
        if meant not in KINDS:
            raise DatasetError(f"{path}: values.{word}: got {meant!r}.{nearest(meant, KINDS)}")
    return form
