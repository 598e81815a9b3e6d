"""The campaigns that contact customers, as contexts of rows: what is known of each, and what follows from it."""

import msgspec
import numpy as np

from features.catalogue.feature import Given
from features.catalogue.slug import slug
from features.nearest import nearest


class UnknownCampaign(ValueError):
    """A campaign was named that nothing is known of; the message says what is, and what to give instead."""


class Campaign(msgspec.Struct, frozen=True):
    """A campaign as a model sees it."""

    id: str
    type: str
    """The channel of its contacts; empty where they have none."""
    days: float
    """How long it can be answered, from its first contact."""

    @property
    def type_slug(self) -> str:
        """The type as features name it: one type may be written in two ways."""
        return slug(self.type)


class Campaigns(msgspec.Struct, frozen=True):
    """The table of this kind of context: the campaigns that are known, and the features that a row has of its own."""

    campaigns: tuple[Campaign, ...]
    given: tuple[Given, ...]
    types: tuple[str, ...]
    """The types that features look at one by one."""
    horizon_days: int
    """How long a campaign can be answered where none is known."""

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names, in the order of their columns."""
        return tuple(feature.name for feature in self.given)

    def find(self, name: str, type_: str | None = None, days: float | None = None) -> Campaign:
        """Return a campaign by its id; what is given of it beside counts before what is known.

        Args:
            name: its id.
            type_: the channel of its contacts; needed for one that is not known, where there are several types.
            days: how long it can be answered; by default what is known, or as long as campaigns of its type were.

        Raises:
            UnknownCampaign: it is not known and no type is given, or the type is not known either.
        """
        known = next((one for one in self.campaigns if one.id == name), None)
        if type_ is not None and type_ not in (allowed := sorted({one.type for one in self.campaigns} - {""})):
            raise UnknownCampaign(f"channel: got {type_!r}.{nearest(type_, allowed)}")
        if known is None and type_ is None:
            if len(self.types) > 1:
                hint = nearest(name, [one.id for one in self.campaigns])
                raise UnknownCampaign(
                    f"campaign: got {name!r}, which is not known.{hint} For a new one give its channel, too:"
                    f" {', '.join(self.types)}."
                )
            type_ = self.types[0] if self.types else ""
        known_type = known.type if known else ""
        of = known_type if type_ is None else type_
        if days is None:
            days = known.days if known else self._usual_days(of)
        return Campaign(name, of, days)

    def _usual_days(self, type_: str) -> float:
        """Return the median length of the campaigns of a type, or of all where there are none of it."""
        same = [one.days for one in self.campaigns if one.type == type_] or [one.days for one in self.campaigns]
        return float(np.median(same)) if same else float(self.horizon_days)
