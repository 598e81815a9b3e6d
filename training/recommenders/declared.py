"""What a dataset file says of what is offered: which lists, and which products are never on them."""

import re
from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec

from features import clock
from features.dataset import Dataset, DatasetError, ProductTable
from features.log.log import PRODUCT
from features.nearest import nearest

BUY_AGAIN = "buy_again"
"""The list of what was bought: the one that something bought recently could be on."""
OF_CUSTOMERS = (BUY_AGAIN, "new_to_you", "looked_at", "new_in_your_categories")
"""Lists of what to offer one customer."""
BY_PRODUCT = ("bought_together", "similar", "up_sell")
"""Lists of what goes with one product."""
LISTS = (*OF_CUSTOMERS, *BY_PRODUCT)
"""All of them."""
MOST = 100
"""Products of a list at the most."""
PRICE, COST, PARENT, CATEGORY = "price", "cost", "parent", "category"
"""Columns of products that mean the same in every dataset."""

_KINDS = {"in_stock": (), "price": ("money",), "parent": ("key", "text"), "category": ("key", "text")}
"""By key that names a column, what that may be where its name tells it."""
_Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_Money = Annotated[float, msgspec.Meta(gt=0, le=1e12)]
_Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


class Recommend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[recommend]` of a dataset file. Columns are those of `[[products]]`, money is in the currency.

    What a rule needs and is not known of a product leaves the product out, and is counted by itself.
    """

    lists: tuple[str, ...] = LISTS
    """Those that are wanted."""
    k: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 10
    """Products of a list at the most, where nobody asks for fewer or more."""
    in_stock: str = ""
    """The column that says whether there is any: yes, or a number above 0."""
    price: str = ""
    """The column of the price; by default the one that is called so."""
    min_price: _Money | None = None
    """What costs less is not offered."""
    min_margin: _Share | None = None
    """What earns a smaller share of its price, which is what is left of it after `cost`, is not offered."""
    exclude: tuple[str, ...] = ()
    """Products that are never offered."""
    exclude_where: str = ""
    """A condition on columns of products, as rules have it: where it holds, a product is not offered."""
    trigger: tuple[str, ...] = ()
    """Products that begin something of their own when they are bought, and are never offered for that."""
    cap: Annotated[int, msgspec.Meta(ge=1, le=MOST)] | dict[str, Annotated[int, msgspec.Meta(ge=0, le=MOST)]] = {}
    """Of one category, so many products of a list at the most: one number for each, or by name, where 0 is none."""
    recently_bought: dict[str, _Days] = {}
    """Of `buy_again`: what the customer bought within so many days is not on it. Without it nothing is left out for
    that: most of what is bought again was bought recently. Of no other list anything could be left out for it."""
    parent: str = ""
    """The column that names the product of which others are variants; by default the one that is called so."""
    category: str = ""
    """The column that says what kind of thing a product is, for `cap` and what is similar; by default the category of
    its events."""

    @property
    def priced(self) -> str:
        """The column of the price."""
        return self.price or PRICE

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The columns that it names or needs, each behind its key."""
        named = [(name, getattr(self, name)) for name in ("in_stock", "price", "parent", "category")]
        asked = [("min_price", self.priced)] if self.min_price is not None else []
        asked += [("min_margin", self.priced), ("min_margin", COST)] if self.min_margin is not None else []
        return tuple((key, column) for key, column in (*named, *asked) if column)

    @property
    def rested(self) -> int:
        """Within how many microseconds what a customer bought is not offered to them again; 0: it is."""
        return self.recently_bought.get(BUY_AGAIN, 0) * clock.DAY


def declared(dataset: Dataset) -> Recommend:
    """Return what a dataset says of what is offered; its condition is not read yet.

    Raises:
        DatasetError: a key, a type, a list or a column is not allowed.
    """
    where = f"dataset {dataset.name!r}: recommend"
    try:
        said = msgspec.convert(dataset.recommend, Recommend)
    except msgspec.ValidationError as error:
        raise DatasetError(f"{where}{_explained(str(error))}") from None
    if dataset.recommend and PRODUCT not in dataset.columns:
        raise DatasetError(f"{where}: no source of the dataset has {PRODUCT}, so there is nothing to offer.")
    _several(f"{where}.lists", said.lists, LISTS)
    if not said.lists:
        raise DatasetError(f"{where}.lists: got none; at least one is needed: {', '.join(LISTS)}.")
    for name in said.recently_bought:
        _again(f"{where}.recently_bought", name)
    for key in ("exclude", "trigger"):
        _several(f"{where}.{key}", getattr(said, key))
    names = [name for table in dataset.products for name in table.attributes]
    for key, column in said.columns:
        _column(f"{where}.{key}", column, names)
    for key, kinds in _KINDS.items():
        _fixed(f"{where}.{key}", getattr(said, key), kinds)
    return said


def _again(where: str, name: str) -> None:
    """Refuse a list from which nothing could be left out since a customer bought it."""
    _one_of(where, name, LISTS)
    if name != BUY_AGAIN:
        why = "is of a product and of no customer" if name in BY_PRODUCT else "holds nothing that the customer bought"
        raise DatasetError(f"{where}: got {name!r}, which {why}; {BUY_AGAIN} alone is allowed.")


def _column(where: str, column: str, names: Sequence[str]) -> None:
    if not names:
        raise DatasetError(f"{where}: got {column!r}, and the dataset says nothing of its products in [[products]].")
    _one_of(where, column, names)


def _fixed(where: str, column: str, kinds: Collection[str]) -> None:
    """Refuse a column whose name alone tells that it is something else."""
    kind = ProductTable.FIXED.get(column)
    if kind is not None and kind not in kinds:
        allowed = [name for name, one in ProductTable.FIXED.items() if one in kinds]
        others = f"{', '.join(allowed)} or a column of your own" if allowed else "a column of your own"
        raise DatasetError(
            f"{where}: got {column!r}, which is {'money' if kind == 'money' else 'text'}; {others} is allowed."
        )


def _several(where: str, got: Sequence[str], allowed: Collection[str] | None = None) -> None:
    """Check that each name stands there once, and is allowed."""
    for place, name in enumerate(got):
        if name in got[:place]:
            raise DatasetError(f"{where}[{place}]: got {name!r} again; each is allowed once.")
        if allowed is not None:
            _one_of(f"{where}[{place}]", name, allowed)


def _one_of(where: str, got: str, allowed: Collection[str]) -> None:
    if got not in allowed:
        raise DatasetError(f"{where}: got {got!r}.{nearest(got, allowed)}")


def _explained(message: str) -> str:
    """Return msgspec's message behind its place, and for an unknown key the nearest that is allowed."""
    said, _, place = message.partition(" - at ")
    if unknown := re.search(r"unknown field `([^`]*)`", said):
        return f": unknown key {unknown[1]!r}.{nearest(unknown[1], Recommend.__struct_fields__)}"
    return f"{place.strip('`').removeprefix('$')}: {said}"
