"""Reasons: for each product on a list its evidence, as numbers and in words."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import clock
from features.compiled import compiled
from training.reasons.wording import LANGUAGES, known, words
from training.recommenders.candidates import ARRIVED, BOUGHT, LOOKED, NEAR
from training.recommenders.history import HALF_LIVES, OWN, Floats, Ints, Places
from training.recommenders.ranked import Ranked
from training.recommenders.shop import Seen, Shop

AGAIN, ONCE, LOOK, WITH, NEW, ALIKE, POPULAR = range(7)
"""What stands behind a product: it was bought again and again, or once; it was looked at; buyers of something that
the customer bought buy it, too; it is new in a category that the customer buys; it goes with all together that was
bought, or with something of which no share is told; it is popular now, the fall-back."""

WORDING: dict[int, tuple[str, str, str]] = {
    AGAIN: (
        "bought {times} times, every {gap} on the mean, last {days} ago",
        "{times}-mal gekauft, im Mittel alle {gap}, zuletzt vor {days}",
        "acheté {times} fois, tous les {gap} en moyenne, la dernière fois il y a {days}",
    ),
    ONCE: ("bought {days} ago", "gekauft vor {days}", "acheté il y a {days}"),
    LOOK: (
        "looked at {times:time|times}, last {days} ago",
        "{times:Mal|Mal} angesehen, zuletzt vor {days}",
        "consulté {times:fois|fois}, la dernière fois il y a {days}",
    ),
    WITH: (
        "bought by {share} of the buyers of {source}, {lift} times the usual",
        "gekauft von {share} derer, die {source} kauften: das {lift}-Fache des Üblichen",
        "acheté par {share} des acheteurs de {source}, {lift} fois l'habitude",
    ),
    NEW: (
        "new {days} ago in a category that was bought",
        "neu vor {days} in einer gekauften Kategorie",
        "nouveau depuis {days} dans une catégorie achetée",
    ),
    ALIKE: (
        "goes with what was bought, as others bought it together",
        "passt zu dem, was gekauft wurde, wie andere es zusammen kauften",
        "va avec ce qui a été acheté, comme d'autres l'ont acheté ensemble",
    ),
    POPULAR: (
        "popular now: bought by {share} of the buyers of 28 days",
        "gerade beliebt: gekauft von {share} der Käufer der letzten 28 Tage",
        "populaire en ce moment : acheté par {share} des acheteurs des 28 derniers jours",
    ),
}
"""What is said, in each of LANGUAGES."""
_DAYS = {"en": "day|days", "de": "Tag|Tagen", "fr": "jour|jours"}


class Evidence(NamedTuple):
    """What stands behind ranked products, each of shape (ranked,); a number that does not belong is NaN, or -1."""

    kind: NDArray[np.int8]
    source: Places
    """The place of the product that it follows from."""
    times: Ints
    """In how many baskets it was bought, or how often it was looked at."""
    days: Floats
    """Days since the last basket, the newest look or the first event."""
    gap: Floats
    """Mean days between two baskets."""
    share: Floats
    """Which share of the source's buyers bought it, or of the buyers of 28 days."""
    lift: Floats
    """That share over the share of all buyers."""

    @property
    def fallback(self) -> float:
        """Which share of the products nothing of the customer stands behind; NaN where there are none."""
        return float((self.kind == POPULAR).mean()) if self.kind.size else float("nan")


def evidence(shop: Shop, seen: Seen, ranked: Ranked) -> Evidence:
    """Return what stands behind ranked products.

    Args:
        shop: what is known of products.
        seen: what was seen when they were ranked.
        ranked: the products, with their pairs.
    """
    pairs, own = seen.pairs, seen.found.own
    why, place = pairs.why[ranked.pair], pairs.own[ranked.pair]
    owner = np.repeat(np.arange(ranked.begin.size - 1), ranked.sizes)
    as_of, told = seen.as_of[owner], {name: own[place, at] for at, name in enumerate(OWN)}
    at, source = _sources(shop, seen, ranked, owner)
    shares, there = np.full(at.size, np.nan), at >= 0
    shares[there] = shop.cosine.share[at[there]]
    kinds = [(why & BOUGHT > 0) & (told["baskets"] > 1), why & BOUGHT > 0, why & LOOKED > 0, ~np.isnan(shares)]
    kinds += [why & ARRIVED > 0, (why & NEAR > 0) | (at >= 0)]
    kind = np.select(kinds, (AGAIN, ONCE, LOOK, WITH, NEW, ALIKE), POPULAR).astype(np.int8)
    first_seen = shop.items.first_seen[ranked.item]
    moment = np.select([kind <= ONCE, kind == LOOK], [told["last"], told["looked"]], first_seen)
    share = np.full(kind.size, np.nan)
    followed = kind == WITH
    share[followed] = shares[followed]
    share[kind == POPULAR] = shop.items.of("share_28d", ranked.item[kind == POPULAR])
    usual = shop.items.of("share", ranked.item)
    gap = (told["last"] - told["first"]) / clock.DAY / np.maximum(told["baskets"] - 1, 1)
    return Evidence(
        kind,
        np.where(followed, source, -1).astype(np.int32),
        np.select([kind <= ONCE, kind == LOOK], [told["baskets"], told["looks"]], -1),
        np.where(np.isin(kind, (WITH, ALIKE, POPULAR)), np.nan, (as_of - moment) / clock.DAY),
        np.where(kind == AGAIN, gap, np.nan),
        share,
        np.where(followed, share / np.where(usual > 0, usual, np.nan), np.nan),
    )


def text(told: Evidence, row: int, names: list[str], language: str) -> str:
    """Return what stands behind a product, in words.

    Args:
        told: the evidence.
        row: which of it.
        names: what each item is called, by its place.
        language: one of LANGUAGES.

    Raises:
        ValueError: there are no words of the language.
    """
    column = LANGUAGES.index(known(language))
    kind = int(told.kind[row])
    days, gap = (_days(float(one[row]), language) for one in (told.days, told.gap))
    source = names[told.source[row]] if told.source[row] >= 0 else ""
    share, lift = _percent(float(told.share[row]), language), _number(float(told.lift[row]), 1, language)
    times = _Count(int(told.times[row]))
    return WORDING[kind][column].format(times=times, days=days, gap=gap, source=source, share=share, lift=lift)


def popular(share: float, language: str) -> str:
    """Return what is said of the fall-back: which share of the buyers of 28 days bought it."""
    return WORDING[POPULAR][LANGUAGES.index(known(language))].format(share=_percent(share, language))


class _Count(int):
    """A count; as a format it takes the words for one and for many."""

    def __format__(self, form: str) -> str:
        one, _, many = form.partition("|")
        return f"{int(self)} {one if self == 1 else many}" if form else str(int(self))


def _days(days: float, language: str) -> str:
    return "" if np.isnan(days) else format(_Count(round(days)), _DAYS[language])


def _number(number: float, digits: int, language: str) -> str:
    return "" if np.isnan(number) else f"{number:.{digits}f}".replace(".", words(language)["decimal point"])


def _percent(share: float, language: str) -> str:
    digits = 0 if share >= 0.1 else 1  # noqa: PLR2004
    return "" if np.isnan(share) else words(language)["per cent"].format(number=_number(100 * share, digits, language))


def _sources(shop: Shop, seen: Seen, ranked: Ranked, owner: Ints) -> tuple[Ints, Places]:
    """Return which of the cosine's neighbours each product is, and whose; -1 where it follows from nothing."""
    found = seen.found
    at, source = np.full(ranked.item.size, -1, np.int64), np.full(ranked.item.size, -1, np.int32)
    baskets = np.ascontiguousarray(found.own[:, OWN.index("baskets")])
    decay = np.ascontiguousarray(found.decays[:, HALF_LIVES.index(56)])
    cosine = (shop.cosine.begin, shop.cosine.item, shop.cosine.weight)
    _follow(owner, ranked.item, found.begin, found.item, baskets, decay, *cosine, at, source)
    return at, source


@compiled
def _follow(
    owner: Ints, offered: Places, history: Ints, bought: Places, baskets: Ints, decay: Floats, begin: Ints,
    item: Places, weight: Floats, at: Ints, source: Places,
) -> None:  # fmt: skip
    """Write of each product the neighbour's place and the product bought that adds most to it, the newest of equals."""
    for r in range(offered.size):
        most = 0.0
        for s in range(history[owner[r]], history[owner[r] + 1]):
            if baskets[s] == 0:
                break
            low, high = begin[bought[s]], begin[bought[s] + 1]
            place = low + np.searchsorted(item[low:high], offered[r])
            if place < high and item[place] == offered[r] and weight[place] * decay[s] > most:
                most = weight[place] * decay[s]
                at[r], source[r] = place, bought[s]
