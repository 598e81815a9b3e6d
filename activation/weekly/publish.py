"""Publish: the page, the mail and the file beside, of a report that is kept as it is."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from activation.weekly import kept, page
from activation.weekly.facts import Weekly
from activation.weekly.sentences import sentences
from activation.weekly.words import words
from features import scratch
from features.outputs import output


@dataclass(frozen=True)
class Published:
    """What was written."""

    page: Path
    mail: str
    """As HTML."""
    subject: str
    sentences: list[str]
    said: list[str]
    """What is other than it was published before."""


def publish(weekly: Weekly) -> Published:
    """Keep a report and write its page; where it was published before, that stays, and what is other is told."""
    before = kept.published(weekly)
    changed = kept.differences(before[-1], weekly) if before else []
    say = words(weekly.language, weekly.currency)
    reasons = kept.why(before[-1], weekly, say) if changed else []
    when = before[-1].made if before else ""
    path = kept.keep(weekly, before)
    texts = {name: page.html(weekly, changed, reasons, when, mail=name == kept.MAIL) for name in (kept.PAGE, kept.MAIL)}
    for name, text in texts.items():
        with scratch.draft(path.parent / name) as draft:
            draft.write_text(text, encoding="utf-8")
    output.write(_contacts(weekly), path.parent / kept.CONTACTS)
    told = {"title": weekly.title, "first": weekly.first, "last": weekly.last}
    subject = say.filled("{title}: the week from {first} to {last}", **told)
    said = [f"{one.figure}: published {one.old}, now {one.new}" for one in changed] + [f"why: {one}" for one in reasons]
    return Published(path.parent / kept.PAGE, texts[kept.MAIL], subject, sentences(weekly, say), said)


def _contacts(weekly: Weekly) -> pa.Table:
    own = [one for one in weekly.audiences if one.fresh]
    names = ("name", "id", "created", "purpose")
    columns = {name: pa.array([getattr(one, name) for one in own], pa.string()) for name in names}
    return pa.table(columns | {"count": pa.array([one.customers for one in own], pa.int64())})
