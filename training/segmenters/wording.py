# ruff: noqa: E501  a table
"""Wording: segments in other languages than English, by segmenter and the segment's name in data.

English is where the segments are declared. What has no words here stays English.
"""

from dataclasses import dataclass, replace

from training.segmenters.segment import Segment

MERGED = " (merged: few customers)"
"""Behind the titles of segments that are told as one."""
_AND = "_and_"


@dataclass(frozen=True)
class Words:
    """What a segment is called, who is in it, and what is usually done for them."""

    en: str
    """Its English title: one of another title is another segment, which a dataset has under the same name."""
    title: str
    meaning: str = ""
    action: str = ""


WORDING: dict[str, dict[str, dict[str, Words]]] = {
    "fr": {
        "rfm": {
            "champions": Words("Champions", "Champions", "ont acheté récemment, souvent et beaucoup", "les remercier en premier, leur donner la parole"),
            "loyal": Words("Loyal customers", "Clients fidèles", "achètent souvent et beaucoup, il y a peu de temps", "entretenir l'habitude, proposer ce qui va avec"),
            "potential_loyalists": Words("Potential loyalists", "Fidèles en puissance", "ont acheté récemment, assez souvent", "proposer la carte de fidélité, élargir le choix"),
            "new": Words("New customers", "Nouveaux clients", "ont acheté pour la première fois, tout récemment", "les accueillir, les accompagner après le premier achat"),
            "promising": Words("Promising", "Prometteurs", "ont acheté récemment, mais encore peu", "rappeler ce qu'ils ont regardé"),
            "need_attention": Words("Need attention", "À surveiller", "moyens en tout, s'éloignent", "leur écrire, avec une offre limitée dans le temps"),
            "about_to_sleep": Words("About to sleep", "Bientôt endormis", "sous la moyenne, il y a quelque temps", "montrer ce qui plaît et ce qui est nouveau"),
            "at_risk": Words("At risk", "À risque", "achetaient souvent, plus depuis longtemps", "les reconquérir en personne, avant qu'ils ne partent"),
            "cannot_lose": Words("Cannot lose them", "À ne pas perdre", "étaient parmi les meilleurs, il y a très longtemps", "les appeler, demander pourquoi"),
            "hibernating": Words("Hibernating", "En sommeil", "ont acheté peu, il y a longtemps", "une offre de temps en temps, à peu de frais"),
            "lost": Words("Lost", "Perdus", "ont acheté peu, il y a très longtemps", "un dernier essai, puis les laisser tranquilles"),
        },
        "value": {
            "top": Words("Top value", "Très grande valeur", "autour du centre aux plus grosses dépenses"),
            "high": Words("High value", "Grande valeur", "autour du centre aux deuxièmes dépenses"),
            "middle": Words("Middle value", "Valeur moyenne", "autour du centre aux dépenses moyennes"),
            "low": Words("Low value", "Petite valeur", "autour du centre aux avant-dernières dépenses"),
            "lowest": Words("Lowest value", "Très petite valeur", "autour du centre aux plus petites dépenses"),
        },
        "lifecycle": {
            "prospect": Words("Prospects", "Prospects", "n'ont encore rien acheté", "faciliter le premier achat"),
            "reactivated": Words("Reactivated", "Réactivés", "de retour après un long silence", "les accueillir de nouveau, comprendre ce qui les a ramenés"),
            "new": Words("New", "Nouveaux", "premier achat tout récent", "les accompagner vers le deuxième achat"),
            "one_time": Words("One-time buyers", "Un seul achat", "ont acheté une fois, sans revenir", "donner une raison de revenir"),
            "active": Words("Active", "Actifs", "achèteront très probablement bientôt", "entretenir l'habitude"),
            "cooling": Words("Cooling", "En refroidissement", "achèteront plutôt bientôt", "les rappeler à temps"),
            "at_risk": Words("At risk", "À risque", "n'achèteront plutôt pas bientôt", "une offre, avant qu'ils ne partent"),
            "highly_at_risk": Words("Highly at risk", "À grand risque", "n'achèteront probablement pas bientôt", "les reconquérir en personne"),
            "lost": Words("Lost", "Perdus", "n'achèteront très probablement plus", "un dernier essai, puis les laisser tranquilles"),
        },
        "": {
            "no_purchase": Words("No purchase yet", "Encore aucun achat", "connus par d'autres événements seulement", "faciliter le premier achat"),
        },
    },
}  # fmt: skip
"""By language, segmenter and name; under the empty name what every segmenter may have."""


PARTS: dict[str, dict[str, str]] = {
    "fr": {
        "Rarely or long ago": "Rarement ou il y a longtemps",
        "Now and then": "De temps en temps",
        "Often": "Souvent",
        "Very often": "Très souvent",
        "lower spend": "dépenses plus faibles",
        "middle spend": "dépenses moyennes",
        "higher spend": "dépenses plus fortes",
        "an offer to come back, at low cost; more of it where the spend was higher": "une offre pour revenir, à peu de frais ; davantage là où les dépenses étaient plus fortes",
        "remind them of what they usually buy": "leur rappeler ce qu'ils achètent d'habitude",
        "offer what goes with what they buy": "proposer ce qui va avec ce qu'ils achètent",
        "keep the habit, thank them, no discounts": "entretenir l'habitude, les remercier, sans remises",
    },
}
"""By language, what titles are put together of, and actions that several segments share."""


def worded(segmenter: str, segment: Segment, language: str) -> Segment:
    """Return a segment with its words in a language, as far as there are some; merged ones part by part."""
    known = WORDING.get(language, {})
    own = known.get("", {}) | known.get(segmenter, {})
    if segment.title.endswith(MERGED):
        return _merged(segment, own)
    words = own.get(segment.name)
    if words and words.en == segment.title:
        meaning, action = words.meaning or segment.meaning, words.action or segment.action
        return replace(segment, title=words.title, meaning=meaning, action=action)
    parts = PARTS.get(language, {})
    title, action = segment.title.split(", "), parts.get(segment.action, segment.action)
    if all(part in parts for part in title):
        return replace(segment, title=", ".join(parts[part] for part in title), action=action)
    return replace(segment, action=action)


def _merged(segment: Segment, own: dict[str, Words]) -> Segment:
    """Return segments that are told as one in their words, where all of them have some."""
    parts = [own.get(name) for name in segment.name.split(_AND)]
    told = [one for one in parts if one]
    if len(told) < len(parts) or segment.title != ", ".join(one.en for one in told) + MERGED:
        return segment
    title = ", ".join(one.title for one in told) + MERGED
    return replace(segment, title=title, meaning=" ; ".join(one.meaning for one in told))


def titles(segmenter: str, segments: tuple[Segment, ...], language: str) -> list[str]:
    """Return what segments are called in a language."""
    return [worded(segmenter, segment, language).title for segment in segments]
