"""What was released: the manifest of a bundle of format 4, which 0.1.0 wrote, as bundles say it today."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.log.event import CENTS, DISCOUNTED, FORMERLY, MONEY, MONEY_UNITS
from training.panel.campaign import Campaign
from training.panel.contacts import Contacts
from training.targets.response import Response

FORMAT = 4
_DISCOUNTED = 32
"""The bit of the code of an event at a discount."""


class _Context(msgspec.Struct):
    """What rows took from a campaign: features followed from the targets."""

    campaigns: tuple[Campaign, ...]
    targets: tuple[Response, ...]


def opened(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest as it would be written now."""
    context = msgspec.convert(manifest["context"], _Context | None)
    table = None
    if context is not None:
        table = Contacts.of_campaigns([target.rows() for target in context.targets], context.campaigns)
    return {**manifest, "campaigns": msgspec.to_builtins(table), "sample": {}, "kinds": FORMERLY}


def columns(stored: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the columns of a log, whose money was in cents, as they would be stored now."""
    money = {name: stored[name] * (MONEY_UNITS // CENTS) for name in MONEY}
    return {**stored, **money, "code": _recoded(stored["code"])}


def _recoded(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return packed codes, which had room for 32 kinds, as they are packed now."""
    return codes % np.uint8(_DISCOUNTED) + (codes // np.uint8(_DISCOUNTED)) * np.uint8(DISCOUNTED)
