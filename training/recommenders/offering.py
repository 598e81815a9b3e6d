"""The offering: what a bundle holds of what is offered: who answers for each list, and what goes with each product."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from training.recommenders.by_product import ByProduct
from training.recommenders.compared import Compared
from training.recommenders.popular import Popular
from training.recommenders.recommender import Recommender

BY_PRODUCT = "by_product"
NOBODYS = Popular()


@dataclass(frozen=True)
class Offering:
    """Lists of customers, lists of products, by what methods were chosen, and what is popular in segments."""

    recommender: Recommender
    by_product: ByProduct
    compared: Compared
    popular: Popular = NOBODYS

    @property
    def chosen(self) -> dict[str, str]:
        """The method of each list."""
        return {name: method.name for name, method in self.recommender.methods.items()}

    def save(self, folder: Path) -> None:
        """Write it into an existing folder."""
        self.recommender.save(folder)
        (folder / BY_PRODUCT).mkdir()
        self.by_product.save(folder / BY_PRODUCT)
        self.compared.save(folder)
        self.popular.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(
            Recommender.load(folder), ByProduct.load(folder / BY_PRODUCT), Compared.load(folder), Popular.load(folder)
        )
