"""Due: by when a bundle is to be trained again, since somebody was erased after it was trained; and what if it was not.

It is warned of before, and refused afterwards where the dataset says so.
"""

import os
from zoneinfo import ZoneInfo

from features.clock import iso
from features.consent import lineage
from features.consent.consent import Consent
from features.consent.suppression import Suppression
from training.bundle.bundle import Stored

REFUSE, WARN = "refuse", "warn"
OVERDUE = "HABITUS_OVERDUE"
"""The environment variable by which a launcher tells what the dataset says."""


class Overdue(RuntimeError):
    """The bundle was to be trained again before, and answers no more; the message says what to do."""


def rule(consent: Consent | None) -> str:
    """Return what a dataset says of bundles that are overdue."""
    return (consent or Consent({})).overdue


def retrain_by(stored: Stored, suppressed: Suppression, now: int, what: str | None = None) -> str:
    """Return the day by which a bundle is to be trained again, empty where nobody was erased since it was trained.

    Args:
        stored: the bundle.
        suppressed: who was erased.
        now: what the clock shows.
        what: what the dataset says of bundles that are overdue; by default what the launcher did.

    Raises:
        Overdue: that moment is over, and the dataset refuses such bundles.
    """
    bundle = stored.bundle
    moment = lineage.retrain_by(bundle.dataset, stored.id, suppressed) if suppressed else None
    if moment is None:
        return ""
    day = iso(moment, ZoneInfo(bundle.zone))[:10]
    if now >= moment and (what or os.environ.get(OVERDUE) or REFUSE) == REFUSE:
        raise Overdue(
            f"the bundle learned from somebody who may have been erased since, and was to be trained again by {day}:"
            " make train, and make promote"
        )
    return day
