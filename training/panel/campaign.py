"""The context of a row: the campaign that contacts the customer, and the features that follow from it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalogue.feature import Feature
from features.catalogue.feature_set import slug
from features.kernel.kernel import Kernel
from features.nearest import nearest
from training.targets.response import LENGTH, OWN_TYPE, Response, is_type


class UnknownCampaign(ValueError):
    """A campaign was named that nothing is known of; the message says what is, and what to give instead."""


class Campaign(msgspec.Struct, frozen=True):
    """A campaign as a model sees it."""

    id: str
    type: str
    """The channel of its contacts; empty where they have none."""
    days: float
    """How long it can be answered, from its first contact."""


class Context(msgspec.Struct, frozen=True):
    """The campaigns that a training knew, and what its rows take from one."""

    campaigns: tuple[Campaign, ...]
    targets: tuple[Response, ...]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features of a row's campaign, in the order of their columns."""
        return tuple({feature.name: feature for target in self.targets for feature in target.context()}.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(feature.name for feature in self.features)

    @property
    def types(self) -> tuple[str, ...]:
        """The types that features look at one by one."""
        return tuple(dict.fromkeys(one for target in self.targets for one in target.types))

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
        return float(np.median(same)) if same else float(self.targets[0].horizon_days)

    def append(
        self, kernel: Kernel, x: NDArray[np.float32], campaigns: Sequence[Campaign], place: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return rows of features with those of their campaigns behind.

        Args:
            kernel: what computed the rows.
            x: the rows, shape (rows, features).
            campaigns: those that the rows are of.
            place: each row's campaign among them, shape (rows,); -1 is none, and its features are NaN.
        """
        out = np.full((len(x), x.shape[1] + len(self.names)), np.nan, np.float32)
        out[:, : x.shape[1]] = x
        for number, campaign in enumerate(campaigns):
            rows = np.flatnonzero(place == number)
            for column, feature in enumerate(self.features, x.shape[1]):
                out[rows, column] = self._value(feature.name, kernel, x[rows], campaign)
        return out

    def _value(self, name: str, kernel: Kernel, x: NDArray[np.float32], campaign: Campaign) -> Any:
        """Return one feature of rows of one campaign: a number for all, or what the kernel says of its type."""
        if name == LENGTH.name:
            return campaign.days
        if name.startswith(OWN_TYPE):
            source = kernel.position.get(f"{name.removeprefix(OWN_TYPE)}_by_{slug(campaign.type)}")
            return np.nan if source is None else x[:, source]
        return float(name == is_type(campaign.type))
