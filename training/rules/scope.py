"""The scope: what names in a rule mean, and what of it has to be counted beside the bundle's features."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from features.catalogue.feature import Aggregate, Derived, Feature, fitting
from features.catalogue.windows import catalogue
from features.dataset import LONGEST_WINDOW, Dataset
from features.log.event import selection
from features.log.products import Products
from features.nearest import nearest
from features.sources.attributes import Attributes
from training.bundle.bundle import Bundle
from training.rules import term
from training.rules.absent import Absent
from training.rules.declared import Rule
from training.rules.lines import Lines
from training.rules.place import COUNTRY
from training.rules.policies import Held
from training.rules.term import Term
from training.rules.things import UNKNOWN_PRODUCTS, Things

_DAYS = re.compile(r"_(\d+)d(?=_|$)")
PREFIXES = ("feature", "predicted", "segment", "attribute", "policy", "rule")


@dataclass
class Scope:
    """What there is for the rules of a dataset; it remembers what they ask for."""

    dataset: Dataset
    rules: Mapping[str, Rule]
    bundle: Bundle | None
    """None where nothing is trained yet."""
    attributes: Attributes | str
    """Where they are not at hand, why."""
    products: Products | str = UNKNOWN_PRODUCTS
    """What is known of products; where that, or which product a line is of, is not at hand, why."""
    own: dict[str, Feature] = field(default_factory=dict)
    """What the bundle's kernel lacks, by name."""
    lines: dict[str, tuple[Lines, Aggregate]] = field(default_factory=dict)
    """Conditions on lines and what counts their orders, by the name of the number."""
    asked: set[str] = field(default_factory=set)
    """The attributes that are looked at."""

    policies: dict[str, Held] = field(default_factory=dict)
    """The policies that are looked at, by name."""

    @cached_property
    def features(self) -> dict[str, Feature]:
        """The features of the bundle."""
        return {one.name: one for one in self.bundle.kernel.features} if self.bundle else {}

    @cached_property
    def _catalogue(self) -> dict[str, Feature]:
        return {one.name: one for one in catalogue(self.dataset.features.windows, self.dataset.kinds)}

    @cached_property
    def things(self) -> Things:
        """What there is to ask of purchased lines."""
        return Things(self.dataset, self.products)

    @cached_property
    def declared(self) -> tuple[str, ...]:
        """The names of the attributes that the dataset has."""
        return tuple(name for table in self.dataset.attributes for name in table.attributes)

    def bare(self, name: str, text: str) -> Term:
        """Return what a word without a prefix means: a feature.

        Raises:
            ValueError: it means something else, too, or nothing.
        """
        others = [f"{prefix}.{name}" for prefix, names in self._others.items() if name in names]
        feature = self._feature(name)
        if feature and others:
            raise ValueError(f"{name!r} means two things: write feature.{name} or {' or '.join(others)}.")
        if others:
            raise ValueError(f"{name!r} is no feature: write {' or '.join(others)}.")
        return self.feature(name, text)

    @property
    def _others(self) -> dict[str, tuple[str, ...]]:
        bundle = self.bundle
        predicted = (one.target.name for one in bundle.predictors) if bundle else ()
        return {
            "attribute": self.declared,
            "predicted": (*self.dataset.targets, *predicted),
            "segment": tuple(one.name for one in bundle.segmenters) if bundle else (),
            "policy": tuple(self.dataset.policies),
            "rule": tuple(self.rules),
        }

    def feature(self, name: str, text: str) -> Term:
        """Return a feature of the bundle, or of the catalogue in any window, which is counted beside.

        Raises:
            ValueError: there is none, or the dataset lacks what it needs.
        """
        feature = self._feature(name)
        if feature is None:
            raise ValueError(f"there is no feature {name!r}.{nearest(name, self.features or self._catalogue)}")
        return term.of_feature(text, self._counted(feature), self.dataset.currency)

    def counted(self, name: str) -> str:
        """Return what a feature is called where it is seen, which is the very same one by another name at times.

        Raises:
            ValueError: there is none, or the dataset lacks what it needs.
        """
        feature = self._feature(name)
        if feature is None:
            raise ValueError(f"there is no feature {name!r}.{nearest(name, self.features or self._catalogue)}")
        return self._counted(feature).name

    def aggregate(self, feature: Aggregate, text: str) -> Term:
        """Return a number of the kernel, of the bundle's where it has the very same one."""
        return term.of_feature(text, self._counted(feature), self.dataset.currency)

    def bought(self, lines: Lines, orders: Aggregate, text: str) -> Term:
        """Return how many orders have such lines."""
        name = f"{orders.name} {lines.text}"
        self.lines[name] = (lines, orders)
        found = term.of_feature(text, orders, self.dataset.currency)
        return Term(text, found.gives, lambda seen: seen.own[name], found.told, found.measure)

    def _feature(self, name: str) -> Feature | None:
        found = self.features.get(name) or self._catalogue.get(name)
        days = [int(one) for one in _DAYS.findall(name)]
        if found is None and days and 1 <= days[0] <= LONGEST_WINDOW:
            every = catalogue((days[0],), self.dataset.kinds)
            self._catalogue.update({one.name: one for one in every if one.name not in self._catalogue})
            found = self._catalogue.get(name)
        return found

    def _counted(self, feature: Feature) -> Feature:
        """Return a feature as it is there; what the bundle does not have, the rules count.

        Raises:
            ValueError: the dataset lacks what it needs.
        """
        if feature.name in self.features:
            return self.features[feature.name]
        if isinstance(feature, Aggregate):
            alike = (one for one in self.features.values() if isinstance(one, Aggregate) and _same(one, feature))
            if found := next(alike, None):
                return found
        parts = [self._catalogue[name] for name in _parts(feature)]
        every = tuple(dict.fromkeys((*(one for part in parts for one in self._whole(part)), feature)))
        _, lacking = fitting(every, self.dataset.columns, self.dataset.kinds)
        if lacking:
            raise ValueError(f"the dataset has {next(iter(lacking.values()))}, which {feature.name} needs.")
        self.own |= {one.name: one for one in every}
        return feature

    def _whole(self, feature: Feature) -> tuple[Feature, ...]:
        """Return a feature behind all that it is made of."""
        parts = (self._catalogue[name] for name in _parts(feature))
        return (*(one for part in parts for one in self._whole(part)), feature)

    def predicted(self, name: str, text: str) -> Term:
        """Return a prediction.

        Raises:
            Absent: there is no bundle, or it was trained before the target was declared.
            ValueError: there is none of that name, or one that depends on a campaign.
        """
        if self.bundle is None:
            raise Absent("predictions need a trained bundle, and there is none")
        targets = {one.target.name: one.target for one in self.bundle.predictors}
        if name not in targets and name in self.dataset.targets:
            raise Absent(f"the bundle predicts no {name}; a training that allows it does")
        if name not in targets:
            raise ValueError(f"there is no prediction {name!r}.{nearest(name, targets)}")
        if targets[name].context:
            raise ValueError(f"{text}: it is another for each campaign, and a rule knows of none.")
        return term.of_prediction(text, name, targets[name].unit, self.dataset.currency)

    def segment(self, name: str, text: str) -> Term:
        """Return the segment of a segmenter.

        Raises:
            Absent: there is no bundle.
            ValueError: the bundle has no such segmenter.
        """
        if self.bundle is None:
            raise Absent("segments need a trained bundle, and there is none")
        segmenters = {one.name: one for one in self.bundle.segmenters}
        if name not in segmenters:
            raise ValueError(f"there is no segmenter {name!r}.{nearest(name, segmenters)}")
        return term.of_segmenter(text, name, tuple(one.name for one in segmenters[name].segments))

    def attribute(self, name: str, text: str) -> Term:
        """Return an attribute.

        Raises:
            Absent: they are not at hand here.
            ValueError: the dataset has none of that name, or it is sensitive.
        """
        if name not in self.declared:
            raise ValueError(f"there is no attribute {name!r}.{nearest(name, self.declared)}")
        if self.dataset.consent and name in self.dataset.consent.sensitive:
            raise ValueError(f"{text}: consent.sensitive names it, and no rule looks at what is sensitive.")
        if isinstance(self.attributes, str):
            raise Absent(self.attributes)
        self.asked.add(name)
        return term.of_attribute(text, name, self._kinds.field(name).type)

    @cached_property
    def _kinds(self) -> pa.Schema:
        assert isinstance(self.attributes, Attributes)
        return self.attributes.at(pa.array([], pa.string()), 0).schema

    def country(self, name: str) -> None:
        """Check that an attribute holds countries as two letters, where it holds anything.

        Raises:
            ValueError: it holds other text alone, of which nothing could be told.
        """
        assert isinstance(self.attributes, Attributes)
        every = next(one.columns[name] for one in self.attributes.histories if name in one.columns)
        values = every.drop_null().unique().to_pylist()
        if values and not any(len(value.strip()) == COUNTRY for value in values):
            raise ValueError(
                f"{name} holds {values[0]!r} and the like, and no countries as two letters: [[attributes]] may say"
                f' clean = {{ {name} = "country" }}.'
            )

    def kind(self, name: str) -> str:
        """Return a kind of event that the dataset has, which is a selection by itself.

        Raises:
            ValueError: it has none of that name.
        """
        if name not in self.dataset.kinds:
            raise ValueError(f"the dataset has no events of kind {name!r}.{nearest(name, self.dataset.kinds)}")
        return selection(name).name


def _parts(feature: Feature) -> tuple[str, ...]:
    return (feature.a, feature.b) if isinstance(feature, Derived) else ()


def _same(one: Aggregate, other: Aggregate) -> bool:
    """Return whether two aggregates give the same number, whatever they are called."""
    return all(
        getattr(one, name) == getattr(other, name) for name in ("kind", "selection", "window", "column", "lag", "only")
    )
