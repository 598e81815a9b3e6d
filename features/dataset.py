"""A dataset: one TOML file that says where a business's events are and how their columns map to ours."""

import datetime
import importlib.util
import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import available_timezones

import msgspec

from features.clock import DAY
from features.consent import declaration
from features.consent.consent import AnswerTable, Consent
from features.consent.suppression import CUSTOMER
from features.identity import identity as identities
from features.identity.identity import Identity
from features.log.event import COLUMNS, CUSTOM, DELIVERING, FOLLOWING, KINDS, MOST_KINDS
from features.nearest import nearest
from features.preset import NoSuchPreset, expanded
from features.remote.copied import TABLE, Copies, is_far
from features.remote.postgres import Unreachable
from features.remote.query import Query
from features.simulator.simulation import Simulation

DATA = "HABITUS_DATA"
"""The environment variable that names the folder of data which do not come along."""

NOW = "now"
"""The one value of a dataset's `as_of`."""

LANGUAGES = ("en", "de", "fr")
"""What people may be told in; reasons have all of them, the report English and French."""

SHIPPED = Path(__file__).parent / "datasets"


class DatasetError(ValueError):
    """A dataset file is wrong: the message names file, key, what was got and what is allowed."""


class Join(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns looked up from a second file, whose key must be unique."""

    path: str
    on: str


IGNORED = "ignored"
"""In place of a kind: rows that are not wanted, which are counted apart from those kept aside."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows for which the condition `where` holds are of the kind `event`; without `where`, all rows are."""

    event: str
    where: str = ""


class EventOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kind of event that a row is, by a column's values or by the first rule that holds.

    A row of a value that is neither in `values` nor in `ignored`, or for which no rule holds, is kept aside.
    """

    column: str = ""
    values: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    when: tuple[Rule, ...] = ()

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each kind that is named, behind the key that names it."""
        yield from ((f"values.{value}", kind) for value, kind in self.values.items())
        yield from ((f"when[{place}].event", rule.event) for place, rule in enumerate(self.when))


class Fill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns that have a value on the first of several rows only, which are one thing by the column `by`."""

    by: str
    columns: tuple[str, ...] = ()
    sums: dict[str, str] = {}
    """Columns to make: of each row the sum of an expression over all rows of the same one thing."""


class Currency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the amounts of each row are in, and what one of each currency is worth in the dataset's."""

    column: str
    """A column, or an expression of text, that gives the currency's code."""
    rates: dict[str, Annotated[float, msgspec.Meta(gt=0, le=1e12)]]
    """The dataset's own is worth 1."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What machines did, such as mail proxies that load pictures and scanners that follow links."""

    where: str = ""
    """A column that says so, or a condition on columns."""
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0
    """Opens and clicks at most so long after the delivery of their mail were made by machines."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of events, a folder of them, or those that a pattern fits; each file is told for itself.

    `columns` maps canonical columns to the source's own, or to expressions of them; `where` keeps only some rows.
    Text may say how it is written: `decimal` is `.` or `,`, `time_format` as in strftime, `iso` or `epoch_ms`,
    `encoding` by Python's name. Left out, the data tell. `rows` says where in a JSON document the rows are, `each`
    which list's elements are rows, and `missing_ids` which values of an id stand for none. `optional` names columns, or
    paths into them, that the files may lack: they are empty then. `fill` gives the rows of one order what stands on its
    first alone. `duplicates` says what becomes of rows without an `event_id` that several files have: they are told of,
    or each counts as often as in the file that has it most.
    """

    path: str
    event: str | EventOf
    columns: dict[str, str]
    join: Join | None = None
    where: str = ""
    decimal: Literal[".", ","] | None = None
    time_format: str = ""
    encoding: str = ""
    rows: str = ""
    each: str = ""
    missing_ids: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    fill: Fill | None = None
    duplicates: Literal["report", "drop"] = "report"
    currency: Currency | None = None
    priced_in: str = ""
    """An expression that gives each row's currency where no column is called so; several are refused without rates."""
    machine: str | Machine = ""
    """What was done by machines, and is kept apart; text is the `where` of `Machine`."""

    @property
    def by_machine(self) -> Machine:
        """What was done by machines."""
        return Machine(self.machine) if isinstance(self.machine, str) else self.machine

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of event that the source holds."""
        named = {self.event} if isinstance(self.event, str) else {kind for _, kind in self.event.named()}
        return frozenset(named - {IGNORED})


class HistoryTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, or a folder of them, of what is known of somebody or something: a row for each, or from a date on.

    `columns` maps `key`, `valid_from` where there is one, and the attributes' names to the source's columns, or to
    expressions of text. `text` names attributes that are text although they look like numbers, such as post codes.
    """

    path: str
    columns: dict[str, str]
    text: tuple[str, ...] = ()
    join: Join | None = None
    where: str = ""
    decimal: Literal[".", ","] | None = None
    time_format: str = ""
    encoding: str = ""
    rows: str = ""
    optional: tuple[str, ...] = ()

    identifiers: tuple[str, ...] = ()
    """Kinds of identifiers that its columns may be; set by `load`."""

    key: ClassVar[str] = ""
    """The column that says of whom or what a row speaks."""
    FIXED: ClassVar[Mapping[str, str]] = {}
    """What those attributes are whose name tells it; `key` is text as that of events."""

    @property
    def money(self) -> tuple[str, ...]:
        """The columns or expressions that give amounts."""
        return tuple(self.columns[name] for name, kind in self.fixed.items() if kind == "money")

    @property
    def worth(self) -> Currency | None:
        """What its amounts are worth, where it says so."""
        return None

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes."""
        return tuple(name for name in self.columns if name not in {self.key, "valid_from", *self.identifiers})

    @property
    def fixed(self) -> Mapping[str, str]:
        """What those of its attributes are whose name tells it."""
        return {name: self.FIXED[name] for name in self.attributes if name in self.FIXED}


Clean = Literal["email", "phone", "postcode", "country", "birth_date"]
"""Kinds of values that have one form, in which attributes may be put."""


class AttributeTable(HistoryTable, frozen=True, forbid_unknown_fields=True):
    """What is known of customers, by `customer_id`."""

    clean: dict[str, Clean] = {}
    """By attribute, what its values are: they are put in one form, and those that are none are left out and told."""
    region: str = ""
    """The country of phones and postcodes, as two letters, where no country is cleaned in the same row."""

    key: ClassVar[str] = "customer_id"


class ProductTable(HistoryTable, frozen=True, forbid_unknown_fields=True):
    """What is known of products, by `product_id`."""

    currency: Currency | None = None
    """What its prices and costs are in; several are refused without it."""

    key: ClassVar[str] = "product_id"
    FIXED: ClassVar[Mapping[str, str]] = {
        "title": "text",
        "category": "key",
        "brand": "text",
        "image": "text",
        "parent": "key",
        "price": "money",
        "cost": "money",
    }

    @property
    def worth(self) -> Currency | None:
        """What its prices and costs are worth, where it says so."""
        return self.currency


class CampaignTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file with a row for each campaign; `columns` maps `campaign_id`, and `last_day`, through which it runs."""

    path: str
    columns: dict[str, str]
    time_format: str = ""


_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]


class Profit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What contacting a customer costs and brings, for the profit curves of the report. Money is in the currency."""

    cost: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 1.0
    """Of one contact."""
    value: Annotated[float, msgspec.Meta(gt=0, le=1e12)] = 10.0
    """What one success is worth: a customer kept, a sale made, a day with a purchase."""
    rate: _Share = 0.2
    """Of the contacted customers with the outcome, the share in whom the contact succeeds; for spend, the share of it
    that the contact adds."""
    margin: _Share = 0.3
    """Where the outcome is money, the share of it that is earned."""
    margins: dict[str, Annotated[float, msgspec.Meta(ge=-1, le=1)]] = {}
    """The same by category, in the place of `margin`; a product whose cost is known has that of its price and cost."""


class Features(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a dataset asks of the catalogue."""

    windows: tuple[int, ...] = ()
    """Days of windows that it wants beside the catalogue's."""


class Exclude(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Customers who do not count: staff, tests, resellers, bots."""

    ids: tuple[str, ...] = ()
    file: str = ""
    """A file with their ids, in a column `customer_id` or its only one."""
    mail_domains: tuple[str, ...] = ()
    """Where ids are mail addresses, those of whom do not count."""
    orders_a_day: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Who has more orders than that on one day does not count; 0: nobody for that reason."""


class Dataset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The sources of one business, how they map to canonical events, and the targets worth predicting."""

    name: str
    title: str = ""
    zone: str = "UTC"
    currency: str = ""
    language: str = LANGUAGES[0]
    """Of the report, and of the reasons in scores; of what has no words in it, English."""
    root: str = "."
    """Where relative paths start: a folder beside the TOML file, `package:NAME` for data in a package, or the folder
    that the environment names, `$HABITUS_DATA`."""
    end: datetime.date | None = None
    """The data are complete up to the start of this day; by default the volume of the days tells the end."""
    as_of: str = ""
    """NOW where answers speak of now; by default they speak of the data's end."""
    sources: tuple[Source, ...]
    attributes: tuple[AttributeTable, ...] = ()
    """What is known of customers: for profiles and rules, never a feature."""
    products: tuple[ProductTable, ...] = ()
    """What is known of products; events take their category where their source has none."""
    campaigns: tuple[CampaignTable, ...] = ()
    """What is known of campaigns beside their contacts."""
    assignments: tuple[dict[str, Any], ...] = ()
    """Whom chance gave which arm of an experiment; `sources.assignments` says what is allowed."""
    features: Features = Features()
    targets: dict[str, dict[str, Any]] = {}
    segments: dict[str, Any] = {}
    """How customers are segmented; training says what is allowed."""
    lifecycle: dict[str, Any] = {}
    """Where the states of a customer's life begin."""
    rules: dict[str, dict[str, Any]] = {}
    """Segments by condition, by name."""
    market: tuple[dict[str, Any], ...] = ()
    """What is known of the market: how many have some value of an attribute, by which source."""
    recommend: dict[str, Any] = {}
    """What is offered to whom, and what never; training says what is allowed."""
    actions: dict[str, Any] = {}
    """What is done for whom; training says what is allowed."""
    messages: dict[str, dict[str, Any]] = {}
    """What customers are told, by name."""
    offers: dict[str, dict[str, Any]] = {}
    """What customers are given, by name."""
    audiences: dict[str, Any] = {}
    """Who is contacted for what, by name, and who comes first; activation says what is allowed."""
    destinations: dict[str, dict[str, Any]] = {}
    """The tools that act on audiences and events, by name."""
    workflows: dict[str, dict[str, Any]] = {}
    """What follows from an event, a segment, a date or silence, by name."""
    experiments: dict[str, dict[str, Any]] = {}
    """What is done for some by chance, to see what it brings, by name; activation says what is allowed."""
    policies: dict[str, dict[str, Any]] = {}
    """Which action a customer is to have, by name: files that training wrote; training says what is allowed."""
    season: bool = True
    """Whether predictions follow the level of the same weeks a year ago, where the history can tell it."""
    exclude: Exclude = Exclude()
    """Who does not count: neither learned from, nor counted, nor answered for."""
    identity: dict[str, Any] = {}
    """Which identifiers link traces into customers; without it, `customer_id` is the customer."""
    consent: Consent | None = None
    """What customers allow, and what follows from it; without it, everything is used."""
    profit: Profit | None = None
    """By default what `Profit` says."""
    costs: tuple[dict[str, Any], ...] = ()
    """What was spent beside the cost of each contact, by day; `sources.costs` says what is allowed."""
    objectives: dict[str, dict[str, Any]] = {}
    """What a KPI of a segment is to become by a date, by name; activation says what is allowed."""
    simulation: Simulation | None = None
    """Where it is there, the files are made up by these knobs and `root` is not looked at."""
    tables: dict[str, Query] = {}
    """Tables and queries of databases, by name: a source whose path is `table:NAME` reads one as it reads a file."""
    folder: str = ""
    """The folder that the file was read from; set by `load`."""
    copies: Copies | None = None
    """What it reads from elsewhere, as of one moment; set by `load`."""

    def path(self, relative: str) -> Path:
        """Return where a source's file is; those of a simulation are generated where they are not there yet.

        Raises:
            DatasetError: the package that holds the data is not installed, or what is elsewhere cannot be read.
        """
        if far := self.far(relative):
            try:
                return (self.copies or Copies(self.tables)).path(far)
            except Unreachable as error:
                raise DatasetError(f"dataset {self.name!r}: {error}") from None
        if self.simulation is not None:
            from features.simulator.folder import cached

            return cached(self.simulation) / relative
        if self.root == f"${DATA}":
            if not (data := os.environ.get(DATA)):
                raise DatasetError(
                    f"dataset {self.name!r} does not come along: say where {relative} is, with make DATA=<folder>"
                    f" or {DATA}=<folder>. docs/datasets.md says where to get it."
                )
            return Path(data) / relative
        if self.root.startswith("package:"):
            package = self.root.removeprefix("package:")
            found = importlib.util.find_spec(package) if package.isidentifier() else None
            if found is None or not found.submodule_search_locations:
                raise DatasetError(f"dataset {self.name!r}: root: the package {package!r} is not installed.")
            return Path(found.submodule_search_locations[0]) / relative
        return Path(self.folder) / self.root / relative

    def far(self, relative: str) -> str:
        """Return the address of what a path names that is not on this machine; empty where it is."""
        if is_far(relative):
            return relative
        return f"{self.root.rstrip('/')}/{relative}" if is_far(self.root) else ""

    def let_go(self) -> None:
        """Remove copies of what is elsewhere, which hold people, before long work that does not read them."""
        if self.copies is not None:
            self.copies.let_go()

    @property
    def retention(self) -> int | None:
        """How many microseconds before an as-of an event may lie to be seen; None: however long."""
        days = self.consent.retention_days if self.consent else None
        return None if days is None else days * DAY

    @property
    def smallest_group(self) -> int:
        """How many customers a figure of a report is of at the least; 0: as many as there are."""
        return self.consent.smallest_group if self.consent else 0

    @property
    def identified(self) -> Identity | None:
        """How traces are linked; None where `customer_id` is the customer."""
        return identities.declared(self.identity, _RESERVED) if self.identity else None

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The kinds of identifiers, strongest first; `customer_id` alone where nothing is linked."""
        return self.identified.names if self.identified else (CUSTOMER,)

    @property
    def columns(self) -> frozenset[str]:
        """The canonical columns that at least one source fills, or the products."""
        return frozenset(column for source in self.sources for column in self.filled(source))

    def filled(self, source: Source) -> frozenset[str]:
        """Return the canonical columns that a source fills, its products' category among them."""
        return frozenset(source.columns) | ({"category"} if self.of_products(source) else frozenset())

    def of_products(self, source: Source) -> bool:
        """Return whether a source's events take the category of their product: it has none of its own."""
        known = any("category" in table.columns for table in self.products)
        return known and "product_id" in source.columns and "category" not in source.columns

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of event that the sources hold."""
        return frozenset(kind for source in self.sources for kind in source.kinds)

    @property
    def every_kind(self) -> tuple[str, ...]:
        """What the codes of its events mean: the kinds that are known, then its own, sorted."""
        return (*KINDS, *sorted(kind for kind in self.kinds if kind.startswith(CUSTOM)))

    @property
    def by_machine(self) -> Mapping[str, float]:
        """Of opens and clicks, within how many seconds of the delivery of their mail machines make them.

        It is the least of what all sources say that hold the kind: where an event came from is not known of a request.
        """
        least = {
            kind: min(source.by_machine.seconds for source in self.sources if kind in source.kinds)
            for kind in FOLLOWING
            if kind in self.kinds
        }
        return {kind: seconds for kind, seconds in least.items() if seconds}

    @property
    def codes(self) -> Mapping[str, int]:
        """The code of each kind that there is for it."""
        return {kind: code for code, kind in enumerate(self.every_kind)}


def shipped() -> list[str]:
    """Return the names of the datasets known out of the box."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load(name: str) -> Dataset:
    """Read a dataset by its shipped name or by the path of its TOML file.

    Raises:
        DatasetError: there is no such file, or it is not a valid dataset.
    """
    path = Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"
    if not path.is_file():
        raise DatasetError(
            f"there is no dataset {name!r}: give a shipped name or the path of a .toml file.{nearest(name, shipped())}"
        )
    try:
        dataset = msgspec.convert(expanded(tomllib.loads(path.read_text(encoding="utf-8-sig"))), Dataset)
    except NoSuchPreset as error:
        raise DatasetError(f"{path}: {error}") from None
    except msgspec.ValidationError as error:
        raise DatasetError(f"{path}: {_explained(str(error))}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: not a TOML file: {error}") from None
    kinds = _identifiers(dataset, path)
    for position, table in enumerate((*dataset.attributes, *dataset.products)):
        if table.identifiers:
            raise DatasetError(f"{path}: attributes or products[{position}]: unknown key 'identifiers'.")
    tables = tuple(msgspec.structs.replace(table, identifiers=kinds) for table in dataset.attributes)
    dataset = msgspec.structs.replace(dataset, attributes=tables)
    _check(dataset, path)
    return msgspec.structs.replace(dataset, folder=str(path.parent.resolve()), copies=Copies(dataset.tables))


_RESERVED = frozenset(column.name for column in COLUMNS) - {"customer_id"} | {"valid_from", "event"}
"""What no kind of identifier may be called."""


def _identifiers(dataset: Dataset, path: Path) -> tuple[str, ...]:
    """Return the kinds of identifiers."""
    try:
        return dataset.identified.names if dataset.identified else ()
    except ValueError as error:
        raise DatasetError(f"{path}: identity.{error}") from None


_SET_BY_LOAD = {"copies", "folder", "identifiers"}


def _explained(message: str) -> str:
    """Return msgspec's message with the place first, and for an unknown key the nearest that is allowed."""
    said, _, place = message.partition(" - at ")
    where = place.strip("`").removeprefix("$").lstrip(".")
    unknown = re.search(r"unknown field `([^`]*)`", said)
    if unknown:
        shapes: dict[str, type[msgspec.Struct]] = {
            "sources[]": Source,
            "sources[].join": Join,
            "sources[].fill": Fill,
            "sources[].currency": Currency,
            "sources[].machine": Machine,
            "sources[].event": EventOf,
            "sources[].event.when[]": Rule,
            "attributes[]": AttributeTable,
            "attributes[].join": Join,
            "products[]": ProductTable,
            "products[].join": Join,
            "products[].currency": Currency,
            "campaigns[]": CampaignTable,
            "features": Features,
            "exclude": Exclude,
            "profit": Profit,
            "consent": Consent,
            "consent.sources[]": AnswerTable,
            "simulation": Simulation,
            "tables.NAME": Query,
        }
        shape = shapes.get(re.sub(r"\[[^]]*\]", "[]", where), Dataset)
        allowed = [field.name for field in msgspec.structs.fields(shape) if field.name not in _SET_BY_LOAD]
        hint = nearest(unknown.group(1), allowed)
        said = f"unknown key {unknown.group(1)!r}.{hint}"
    return f"{where}: {said}" if where else said


def _check(dataset: Dataset, path: Path) -> None:
    """Check what the types cannot say."""
    kinds = dataset.identifiers
    allowed_columns = [*(column.name for column in COLUMNS if column.name != CUSTOMER), *kinds]
    _one_of(f"{path}: zone", dataset.zone, available_timezones())
    _one_of(f"{path}: language", dataset.language, LANGUAGES)
    _one_of(f"{path}: as_of", dataset.as_of or NOW, (NOW,))
    if not dataset.name.replace("_", "").replace("-", "").isalnum():
        raise DatasetError(f"{path}: name: got {dataset.name!r}; letters, digits, '_' and '-' are allowed.")
    if not dataset.sources:
        raise DatasetError(f"{path}: sources: got none; at least one is needed.")
    for position, source in enumerate(dataset.sources):
        where = f"{path}: sources[{position}]"
        if isinstance(source.event, str):
            _check_kind(f"{where}.event", source.event)
        else:
            _check_event(source.event, f"{where}.event")
        _check_currency(source.currency, dataset.currency, f"{where}.currency")
        _check_machine(source, dataset, f"{where}.machine")
        for column in source.columns:
            _one_of(f"{where}.columns", column, allowed_columns)
        _check_required(source, kinds, f"{where}.columns")
        if source.duplicates == "drop" and "event_id" in source.columns:
            raise DatasetError(f"{where}.duplicates: got 'drop'; rows with an event_id are told apart by it.")
    for name, query in dataset.tables.items():
        if wrong := query.wrong(name) or (_why_not_since(dataset, name) if query.since else ""):
            raise DatasetError(f"{path}: tables.{name}: {wrong}")
    _check_room(dataset, path)
    _check_windows(dataset, path)
    _check_attributes(dataset, path)
    _check_clean(dataset, path)
    _check_sensitive(dataset, path)
    _check_products(dataset, path)
    _check_campaigns(dataset, path)
    _check_consent(dataset, kinds, path)


def _why_not_since(dataset: Dataset, name: str) -> str:
    """Return why no table's new rows can be taken in by themselves; empty where they can."""
    reading = [source for source in dataset.sources if source.path == f"{TABLE}{name}"]
    if not reading:
        return "since: no source reads this table, and of other tables all is read each time."
    if dataset.identity or (dataset.consent and dataset.consent.gpc):
        return f"since: with {'identity' if dataset.identity else 'consent.gpc'} all rows are needed each time."
    if any("event_id" not in source.columns for source in reading):
        return "since: the sources that read this table need an event_id, by which a row is known again."
    if any(source.fill for source in reading):
        return "since: with fill rows say something together only, of which one may be new."
    return ""


def _check_consent(dataset: Dataset, kinds: Sequence[str], path: Path) -> None:
    """Check what is declared of consent, and that no event is made of a signal: what customers allow is no feature."""
    if dataset.consent is None:
        return
    attributes = [name for table in dataset.attributes for name in table.attributes]
    try:
        declaration.check(dataset.consent, kinds, attributes)
    except ValueError as error:
        raise DatasetError(f"{path}: consent.{error}") from None
    signal = rf"(?<!\w){re.escape(dataset.consent.gpc)}(?!\w)" if dataset.consent.gpc else "(?!)"
    for position, source in enumerate(dataset.sources):
        event = source.event if isinstance(source.event, EventOf) else EventOf()
        texts = {f"columns.{name}": text for name, text in source.columns.items()}
        texts |= {"event.column": event.column} | {f"event.when[{n}].where": r.where for n, r in enumerate(event.when)}
        for place, text in texts.items():
            if re.search(signal, text):
                raise DatasetError(
                    f"{path}: sources[{position}].{place}: got {text!r}, which is consent.gpc: consent is no feature."
                )


def _check_required(source: Source, kinds: Sequence[str], where: str) -> None:
    """Check that a source tells whose its rows are, and whatever else each must tell."""
    if not any(kind in source.columns for kind in kinds):
        needed = f"{kinds[0]!r} is required" if len(kinds) == 1 else f"one of {', '.join(kinds)} is needed"
        raise DatasetError(f"{where}: {needed}; got {sorted(source.columns)}.")
    for column in (column.name for column in COLUMNS if column.required and column.name != "customer_id"):
        if column not in source.columns:
            raise DatasetError(f"{where}: {column!r} is required; got {sorted(source.columns)}.")


def _check_currency(currency: Currency | None, own: str, where: str) -> None:
    """Check that rates are of different currencies, and that one of the dataset's own is worth one."""
    if currency is None:
        return
    if not currency.rates:
        raise DatasetError(f"{where}.rates: got none; at least one is needed, such as rates = {{ USD = 0.92 }}.")
    seen: set[str] = set()
    for code, worth in currency.rates.items():
        if code.upper() in seen:
            raise DatasetError(f"{where}.rates: got {code!r} again; each currency is allowed once.")
        if own and code.upper() == own.upper() and worth != 1:
            raise DatasetError(f"{where}.rates.{code}: got {worth}; one of the dataset's own currency is worth 1.")
        seen.add(code.upper())


def _check_machine(source: Source, dataset: Dataset, where: str) -> None:
    """Check that something is said of machines, and that there are mails where it is said by their delivery."""
    if isinstance(source.machine, str):
        return
    if not source.machine.where and not source.machine.seconds:
        raise DatasetError(f"{where}: got neither; `where`, `seconds` or both are needed.")
    if not source.machine.seconds:
        return
    for kinds, held, whose in (
        (FOLLOWING, source.kinds, "the source"),
        (DELIVERING, dataset.kinds, "a source of the dataset"),
    ):
        if not held.intersection(kinds):
            raise DatasetError(
                f"{where}.seconds: got {source.machine.seconds:g}; {whose} must hold {' or '.join(kinds)} for it."
            )


def _check_event(event: EventOf, where: str) -> None:
    """Check that kinds are told in one of the two ways, and are kinds."""
    by_column = bool(event.column or event.values or event.ignored)
    if by_column == bool(event.when):
        got = "both" if by_column else "neither"
        raise DatasetError(f"{where}: got {got}; either `column` with `values`, or rules in `when`, are allowed.")
    if by_column and not (event.column and event.values):
        raise DatasetError(f"{where}: `column` and at least one of `values` are needed.")
    for key, kind in event.named():
        if kind != IGNORED:
            _check_kind(f"{where}.{key}", kind)
    if all(kind == IGNORED for _, kind in event.named()):
        raise DatasetError(f"{where}: all rows are ignored; at least one kind of event is needed.")


def _check_kind(where: str, kind: str) -> None:
    """Check that a kind of event is known, or a name of the dataset's own."""
    if not kind.startswith(CUSTOM):
        if kind not in KINDS:
            raise DatasetError(
                f"{where}: got {kind!r}.{nearest(kind, KINDS)} A kind of your own is written {CUSTOM}NAME."
            )
        return
    name = kind.removeprefix(CUSTOM)
    if not any(letter.isalnum() for letter in name) or name != name.strip() or not name.isprintable():
        raise DatasetError(
            f"{where}: got {kind!r}; behind {CUSTOM!r} stands a name with a letter or digit, without blanks around it."
        )


def _check_room(dataset: Dataset, path: Path) -> None:
    """Check that the dataset's own kinds have room beside those that are known."""
    own, room = dataset.every_kind[len(KINDS) :], MOST_KINDS - len(KINDS)
    if len(own) > room:
        raise DatasetError(
            f"{path}: sources: got {len(own)} kinds of your own, and there is room for {room}; without room are"
            f" {', '.join(own[room:])}."
        )


LONGEST_WINDOW = 3650
"""Days."""


def _check_windows(dataset: Dataset, path: Path) -> None:
    """Check that each window is one, and asked for once."""
    windows = dataset.features.windows
    for place, days in enumerate(windows):
        where = f"{path}: features.windows[{place}]"
        if not 1 <= days <= LONGEST_WINDOW:
            raise DatasetError(f"{where}: got {days}; whole days from 1 to {LONGEST_WINDOW:,} are allowed.")
        if days in windows[:place]:
            raise DatasetError(f"{where}: got {days} again; each is allowed once.")


_OF_CAMPAIGNS = ("campaign_id", "last_day")


def _check_campaigns(dataset: Dataset, path: Path) -> None:
    """Check that each table of campaigns says which they are and when they end, and nothing else."""
    for position, campaigns in enumerate(dataset.campaigns):
        where = f"{path}: campaigns[{position}].columns"
        for column in campaigns.columns:
            _one_of(where, column, _OF_CAMPAIGNS)
        for column in _OF_CAMPAIGNS:
            if column not in campaigns.columns:
                raise DatasetError(f"{where}: {column!r} is required; got {sorted(campaigns.columns)}.")


_ALLOWED = {"score", "duration", "until"}
"""Columns of events whose names attributes had before events had them."""


def _check_attributes(dataset: Dataset, path: Path) -> None:
    """Check that each attribute has a name of its own, that is no word of an event."""
    _check_tables(f"{path}: attributes", dataset.attributes)
    reserved = {"event", "as_of", *(column.name for column in COLUMNS)} - _ALLOWED
    kinds = dataset.identifiers
    for position, table in enumerate(dataset.attributes):
        if CUSTOMER in table.columns and CUSTOMER not in kinds:
            raise DatasetError(
                f"{path}: attributes[{position}].columns: got 'customer_id', and identity.keys are {', '.join(kinds)}."
            )
    for position, table in enumerate(dataset.attributes):
        for name in (name for name in table.attributes if name in reserved):
            raise DatasetError(
                f"{path}: attributes[{position}].columns: got {name!r}, which is a column of events: give another name."
            )


def _check_clean(dataset: Dataset, path: Path) -> None:
    """Check that what is cleaned is an attribute, and that there is one country of a row."""
    for position, table in enumerate(dataset.attributes):
        where = f"{path}: attributes[{position}]"
        for name in table.clean:
            _one_of(f"{where}.clean", name, table.attributes)
        countries = [name for name, kind in table.clean.items() if kind == "country"]
        if len(countries) > 1:
            raise DatasetError(f"{where}.clean: got {', '.join(countries)} as countries; one is allowed.")
        if table.region and not re.fullmatch("[A-Z]{2}", table.region):
            raise DatasetError(f"{where}.region: got {table.region!r}; two capital letters are allowed, such as FR.")


def _check_sensitive(dataset: Dataset, path: Path) -> None:
    """Check that what is sensitive is an attribute."""
    attributes = [name for table in dataset.attributes for name in table.attributes]
    for place, name in enumerate(dataset.consent.sensitive if dataset.consent else ()):
        where = f"{path}: consent.sensitive[{place}]"
        if not attributes:
            raise DatasetError(f"{where}: got {name!r}, and the dataset has no attributes.")
        _one_of(where, name, attributes)


def _check_products(dataset: Dataset, path: Path) -> None:
    """Check that each thing that is known of products has a name of its own."""
    _check_tables(f"{path}: products", dataset.products)
    for position, table in enumerate(dataset.products):
        _check_currency(table.currency, dataset.currency, f"{path}: products[{position}].currency")
        for name in (name for name in table.text if name in table.fixed):
            raise DatasetError(f"{path}: products[{position}].text: got {name!r}, whose type is told by its name.")


def _check_tables(named: str, tables: Sequence[HistoryTable]) -> None:
    """Check that tables say whose attributes they hold, and each attribute once."""
    places: dict[str, str] = {}
    for position, table in enumerate(tables):
        where = f"{named}[{position}]"
        if table.key not in table.columns and not any(kind in table.columns for kind in table.identifiers):
            raise DatasetError(f"{where}.columns: {table.key!r} is required; got {sorted(table.columns)}.")
        if not table.attributes:
            raise DatasetError(f"{where}.columns: got no attribute; at least one is needed.")
        for name in table.attributes:
            if not re.fullmatch("[A-Za-z0-9_]+", name):
                raise DatasetError(f"{where}.columns: got {name!r}; letters, digits and '_' are allowed.")
            if name.casefold() in places:
                raise DatasetError(f"{where}.columns: got {name!r}, which {places[name.casefold()]} has already.")
            places[name.casefold()] = where.rpartition(": ")[2]
        for name in table.text:
            _one_of(f"{where}.text", name, table.attributes)


def _one_of(where: str, got: str, allowed: Collection[str]) -> None:
    if got not in allowed:
        raise DatasetError(f"{where}: got {got!r}.{nearest(got, allowed)}")
