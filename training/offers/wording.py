"""Wording: why a product is on a list of another, in each of LANGUAGES."""

from collections.abc import Mapping

from training.reasons.wording import LANGUAGES, known, words
from training.recommenders.by_product import SIMILAR, TOGETHER, UP_SELL

WORDING: Mapping[str, tuple[str, str, str]] = {
    TOGETHER: (
        "in {share} of the baskets with {product}, {lift} times the usual",
        "in {share} der Körbe mit {product}: das {lift}-Fache des Üblichen",
        "dans {share} des paniers avec {product}, {lift} fois l'habitude",
    ),
    SIMILAR: (
        "bought by {share} of the buyers of {product}, at {price} times its price",
        "gekauft von {share} derer, die {product} kauften, zum {price}-Fachen seines Preises",
        "acheté par {share} des acheteurs de {product}, à {price} fois son prix",
    ),
    UP_SELL: (
        "bought afterwards by {share} of the buyers of {product}, at {price} times its price",
        "danach gekauft von {share} derer, die {product} kauften, zum {price}-Fachen seines Preises",
        "acheté ensuite par {share} des acheteurs de {product}, à {price} fois son prix",
    ),
}
"""What is said of each list of products."""
NOBODY_KNOWN = (
    "nothing is known of this customer: what is popular now",
    "von diesem Kunden ist nichts bekannt: was gerade beliebt ist",
    "rien n'est connu de ce client : ce qui est populaire en ce moment",
)
FEWER = (
    "{count} of the {k} that were asked for: of those that are considered no more may be offered",
    "{count} von {k} verlangten: von denen, die in Frage kommen, darf nicht mehr angeboten werden",
    "{count} sur {k} demandés : parmi ceux qui sont considérés, on ne peut pas en proposer d'autres",
)
POPULAR = (
    "nothing was bought yet: popular in the segment {segment}, bought by {share} of its buyers of 28 days",
    "noch nichts gekauft: beliebt im Segment {segment}, gekauft von {share} seiner Käufer der letzten 28 Tage",
    "rien n'a encore été acheté : populaire dans le segment {segment}, acheté par {share} de ses acheteurs de 28 jours",
)
_ONE_DIGIT = 0.1


def said(of: tuple[str, str, str], language: str, **values: object) -> str:
    """Return a sentence of a row of three, in a language that there are words of."""
    return of[LANGUAGES.index(known(language))].format(**values)


def because(name: str, product: str, evidence: Mapping[str, float], language: str) -> str:
    """Return why a product is on a list of another.

    Args:
        name: the list.
        product: the other.
        evidence: as `Pairs` has it.
        language: one of LANGUAGES.
    """
    ratios = {key: _number(evidence[key], 1, language) for key in ("lift", "price") if key in evidence}
    return said(WORDING[name], language, share=_share(evidence["p"], language), product=product, **ratios)


def in_segment(segment: str, share: float, language: str) -> str:
    """Return why a product is offered to somebody who bought nothing yet.

    Args:
        segment: what theirs is called.
        share: which of its buyers of 28 days bought the product.
        language: one of LANGUAGES.
    """
    return said(POPULAR, language, segment=segment, share=_share(share, language))


def _number(value: float, digits: int, language: str) -> str:
    return f"{value:.{digits}f}".replace(".", words(language)["decimal point"])


def _share(share: float, language: str) -> str:
    told = _number(100 * share, 0 if share >= _ONE_DIGIT else 1, language)
    return words(language)["per cent"].format(number=told)
