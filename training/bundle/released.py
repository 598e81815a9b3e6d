"""What was released: the manifest of a bundle of format 4, which 0.1.0 wrote, as bundles say it today."""

from collections.abc import Mapping
from typing import Any

import msgspec

from training.panel.campaign import Campaign
from training.panel.contacts import Contacts
from training.targets.response import Response

FORMAT = 4


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
    return {**manifest, "campaigns": msgspec.to_builtins(table), "sample": {}}
