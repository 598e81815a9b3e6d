# ruff: noqa: E501  a table
"""Phrases: what personas say of customers, in one table. Another language is one more column.

Of counts and sums, windows of a season and longer are told: who did not buy this week is no other customer for it.
"""

import re
from dataclasses import dataclass

from training.reasons.reasons import Explainer, Sentence, shown
from training.segmenters.profile import Trait

LANGUAGES = ("en", "de", "fr")
LESS, MORE, EITHER = -1, 1, 0


@dataclass(frozen=True)
class Phrase:
    """What is said of a feature whose whole name matches; `{value}` and `{usual}` are numbers as people read them."""

    pattern: str
    side: int
    """Where the segment lies: LESS or MORE than usual, or EITHER."""
    en: str
    de: str
    fr: str
    name: tuple[str, str, str] = ("", "", "")
    """What such customers are called, in each of LANGUAGES; empty where that names nobody."""

    @property
    def topic(self) -> str:
        """What it speaks of: two phrases of one topic say the same thing."""
        return self.name[0] or self.en


PHRASES: tuple[Phrase, ...] = (
    Phrase(r"(gap_mean|gap_geometric)(_\d+d)?", LESS, "buys every {value:day|days} (usual {usual})", "kauft alle {value:Tag|Tage} (üblich {usual})", "achète tous les {value:jour|jours} (d'habitude {usual})", ("Frequent buyers", "Häufige Käufer", "Acheteurs fréquents")),
    Phrase(r"(gap_mean|gap_geometric)(_\d+d)?", MORE, "buys only every {value:day|days} (usual {usual})", "kauft nur alle {value:Tag|Tage} (üblich {usual})", "n'achète que tous les {value:jour|jours} (d'habitude {usual})", ("Occasional buyers", "Gelegenheitskäufer", "Acheteurs occasionnels")),
    Phrase(r"purchase_recency", LESS, "last bought {value:day|days} ago (usual {usual})", "letzter Kauf vor {value:Tag|Tagen} (üblich {usual})", "dernier achat il y a {value:jour|jours} (d'habitude {usual})", ("Recent buyers", "Jüngste Käufer", "Acheteurs récents")),
    Phrase(r"purchase_recency", MORE, "silent for {value:day|days} (usual {usual})", "still seit {value:Tag|Tagen} (üblich {usual})", "silencieux depuis {value:jour|jours} (d'habitude {usual})", ("Silent", "Still geworden", "Silencieux")),
    Phrase(r"purchase_tenure", EITHER, "customer for {value:day|days} (usual {usual})", "seit {value:Tag|Tagen} dabei (üblich {usual})", "client depuis {value:jour|jours} (d'habitude {usual})"),
    Phrase(r"(purchase_days|visits)_(?P<days>8[4-9]|9\d|\d{3,})d", LESS, "buys seldom: {value:time|times} in {days} days (usual {usual})", "kauft selten: {value}-mal in {days} Tagen (üblich {usual})", "achète rarement : {value} fois en {days} jours (d'habitude {usual})", ("Rare buyers", "Seltene Käufer", "Acheteurs rares")),
    Phrase(r"(purchase_days|visits)_(?P<days>8[4-9]|9\d|\d{3,})d", MORE, "buys often: {value:time|times} in {days} days (usual {usual})", "kauft oft: {value}-mal in {days} Tagen (üblich {usual})", "achète souvent : {value} fois en {days} jours (d'habitude {usual})", ("Frequent buyers", "Häufige Käufer", "Acheteurs fréquents")),
    Phrase(r"spend_(?P<days>8[4-9]|9\d|\d{3,})d", LESS, "spends little: {value} in {days} days (usual {usual})", "gibt wenig aus: {value} in {days} Tagen (üblich {usual})", "dépense peu : {value} en {days} jours (d'habitude {usual})", ("low spend", "wenig Umsatz", "petites dépenses")),
    Phrase(r"spend_(?P<days>8[4-9]|9\d|\d{3,})d", MORE, "spends much: {value} in {days} days (usual {usual})", "gibt viel aus: {value} in {days} Tagen (üblich {usual})", "dépense beaucoup : {value} en {days} jours (d'habitude {usual})", ("high spend", "viel Umsatz", "grosses dépenses")),
    Phrase(r"(spend_per_visit|spend_per_day)_\d+d", LESS, "small baskets of {value} (usual {usual})", "kleine Einkäufe von {value} (üblich {usual})", "petits paniers de {value} (d'habitude {usual})", ("small baskets", "kleine Einkäufe", "petits paniers")),
    Phrase(r"(spend_per_visit|spend_per_day)_\d+d", MORE, "large baskets of {value} (usual {usual})", "große Einkäufe von {value} (üblich {usual})", "gros paniers de {value} (d'habitude {usual})", ("large baskets", "große Einkäufe", "gros paniers")),
    Phrase(r"lines_per_visit_\d+d", LESS, "small baskets of {value:line|lines} (usual {usual})", "kleine Einkäufe mit {value:Position|Positionen} (üblich {usual})", "petits paniers de {value:ligne|lignes} (d'habitude {usual})", ("small baskets", "kleine Einkäufe", "petits paniers")),
    Phrase(r"lines_per_visit_\d+d", MORE, "large baskets of {value:line|lines} (usual {usual})", "große Einkäufe mit {value:Position|Positionen} (üblich {usual})", "gros paniers de {value:ligne|lignes} (d'habitude {usual})", ("large baskets", "große Einkäufe", "gros paniers")),
    Phrase(r"discounted_line_share_\d+d", LESS, "{value} of the lines at a discount (usual {usual})", "{value} der Positionen rabattiert (üblich {usual})", "{value} des lignes en promotion (d'habitude {usual})", ("full price", "zum vollen Preis", "plein tarif")),
    Phrase(r"discounted_line_share_\d+d", MORE, "much at a discount: {value} of the lines (usual {usual})", "viel mit Rabatt: {value} der Positionen (üblich {usual})", "beaucoup en promotion : {value} des lignes (d'habitude {usual})", ("on discount", "mit Rabatt", "en promotion")),
    Phrase(r"discount_share_\d+d", LESS, "little discount: {value} (usual {usual})", "wenig Rabatt: {value} (üblich {usual})", "peu de remises : {value} (d'habitude {usual})", ("full price", "zum vollen Preis", "plein tarif")),
    Phrase(r"discount_share_\d+d", MORE, "much discount: {value} (usual {usual})", "viel Rabatt: {value} (üblich {usual})", "beaucoup de remises : {value} (d'habitude {usual})", ("on discount", "mit Rabatt", "en promotion")),
    Phrase(r"repeat_share_\d+d", LESS, "tries new products: {value} bought before (usual {usual})", "probiert Neues: {value} schon gekauft (üblich {usual})", "essaie du nouveau : {value} déjà achetés (d'habitude {usual})", ("explorers", "Entdecker", "explorateurs")),
    Phrase(r"repeat_share_\d+d", MORE, "buys the same again: {value} bought before (usual {usual})", "kauft dasselbe wieder: {value} schon gekauft (üblich {usual})", "rachète la même chose : {value} déjà achetés (d'habitude {usual})", ("creatures of habit", "Gewohnheitskäufer", "fidèles à leurs produits")),
    Phrase(r"categories_(?P<days>8[4-9]|9\d|\d{3,})d", EITHER, "{value:category|categories} in {days} days (usual {usual})", "{value:Kategorie|Kategorien} in {days} Tagen (üblich {usual})", "{value:catégorie|catégories} en {days} jours (d'habitude {usual})"),
    Phrase(r"products_(?P<days>8[4-9]|9\d|\d{3,})d", EITHER, "{value:different product|different products} in {days} days (usual {usual})", "{value:Produkt|verschiedene Produkte} in {days} Tagen (üblich {usual})", "{value:produit différent|produits différents} en {days} jours (d'habitude {usual})"),
    Phrase(r"stores_(?P<days>8[4-9]|9\d|\d{3,})d", EITHER, "in {value:store|stores} in {days} days (usual {usual})", "in {value:Filiale|Filialen} in {days} Tagen (üblich {usual})", "dans {value:magasin|magasins} en {days} jours (d'habitude {usual})"),
)  # fmt: skip


def plain(feature: str) -> bool:
    """Return whether there is a phrase for a feature, by its name."""
    return any(re.fullmatch(one.pattern, feature) for one in PHRASES)


def phrase(trait: Trait) -> tuple[Phrase, dict[str, str]] | None:
    """Return the first phrase that fits a trait, with the groups of its pattern; None where none does."""
    side = MORE if trait.inside > trait.overall else LESS
    for one in PHRASES:
        found = re.fullmatch(one.pattern, trait.feature)
        if found and one.side in {side, EITHER}:
            return one, found.groupdict()
    return None


def said(trait: Trait, explainer: Explainer, language: str) -> str:
    """Return a trait in words, beside what is usual; one without a phrase as reasons compare it."""
    found = phrase(trait)
    if found is None:
        return explainer.compared(trait.feature, trait.inside, trait.overall, language)
    feature = explainer.by_name[trait.feature]
    text = getattr(found[0], language)
    for name, value in found[1].items():
        text = text.replace(f"{{{name}}}", value)
    value, usual = (shown(feature, number, language, explainer.currency) for number in (trait.inside, trait.overall))
    return Sentence(text, text, None).text(value, usual)


def called(trait: Trait, language: str) -> str:
    """Return what customers of such a trait are called; empty where it names nobody."""
    found = phrase(trait)
    return found[0].name[LANGUAGES.index(language)] if found else ""
