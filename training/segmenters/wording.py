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

    title: str
    meaning: str = ""
    action: str = ""


WORDING: dict[str, dict[str, dict[str, Words]]] = {
    "fr": {
        "rfm": {
            "champions": Words("Champions", "ont acheté récemment, souvent et beaucoup", "les remercier en premier, leur donner la parole"),
            "loyal": Words("Clients fidèles", "achètent souvent et beaucoup, il y a peu de temps", "entretenir l'habitude, proposer ce qui va avec"),
            "potential_loyalists": Words("Fidèles en puissance", "ont acheté récemment, assez souvent", "proposer la carte de fidélité, élargir le choix"),
            "new": Words("Nouveaux clients", "ont acheté pour la première fois, tout récemment", "les accueillir, les accompagner après le premier achat"),
            "promising": Words("Prometteurs", "ont acheté récemment, mais encore peu", "rappeler ce qu'ils ont regardé"),
            "need_attention": Words("À surveiller", "moyens en tout, s'éloignent", "leur écrire, avec une offre limitée dans le temps"),
            "about_to_sleep": Words("Bientôt endormis", "sous la moyenne, il y a quelque temps", "montrer ce qui plaît et ce qui est nouveau"),
            "at_risk": Words("À risque", "achetaient souvent, plus depuis longtemps", "les reconquérir en personne, avant qu'ils ne partent"),
            "cannot_lose": Words("À ne pas perdre", "étaient parmi les meilleurs, il y a très longtemps", "les appeler, demander pourquoi"),
            "hibernating": Words("En sommeil", "ont acheté peu, il y a longtemps", "une offre de temps en temps, à peu de frais"),
            "lost": Words("Perdus", "ont acheté peu, il y a très longtemps", "un dernier essai, puis les laisser tranquilles"),
        },
        "value": {
            "top": Words("Très grande valeur", "autour du centre aux plus grosses dépenses"),
            "high": Words("Grande valeur", "autour du centre aux deuxièmes dépenses"),
            "middle": Words("Valeur moyenne", "autour du centre aux dépenses moyennes"),
            "low": Words("Petite valeur", "autour du centre aux avant-dernières dépenses"),
            "lowest": Words("Très petite valeur", "autour du centre aux plus petites dépenses"),
        },
        "lifecycle": {
            "prospect": Words("Prospects", "n'ont encore rien acheté", "faciliter le premier achat"),
            "reactivated": Words("Réactivés", "de retour après un long silence", "les accueillir de nouveau, comprendre ce qui les a ramenés"),
            "new": Words("Nouveaux", "premier achat tout récent", "les accompagner vers le deuxième achat"),
            "one_time": Words("Un seul achat", "ont acheté une fois, sans revenir", "donner une raison de revenir"),
            "active": Words("Actifs", "achèteront très probablement bientôt", "entretenir l'habitude"),
            "cooling": Words("En refroidissement", "achèteront plutôt bientôt", "les rappeler à temps"),
            "at_risk": Words("À risque", "n'achèteront plutôt pas bientôt", "une offre, avant qu'ils ne partent"),
            "highly_at_risk": Words("À grand risque", "n'achèteront probablement pas bientôt", "les reconquérir en personne"),
            "lost": Words("Perdus", "n'achèteront très probablement plus", "un dernier essai, puis les laisser tranquilles"),
        },
        "": {
            "no_purchase": Words("Encore aucun achat", "connus par d'autres événements seulement", "faciliter le premier achat"),
        },
    },
}  # fmt: skip
"""By language, segmenter and name; under the empty name what every segmenter may have."""


def worded(segmenter: str, segment: Segment, language: str) -> Segment:
    """Return a segment with its words in a language, where there are some; merged ones part by part."""
    known = WORDING.get(language, {})
    own = known.get("", {}) | known.get(segmenter, {})
    if segment.title.endswith(MERGED):
        parts = [own[name] for name in segment.name.split(_AND) if name in own]
        if len(parts) == len(segment.name.split(_AND)):
            title = ", ".join(one.title for one in parts) + MERGED
            return replace(segment, title=title, meaning=" ; ".join(one.meaning for one in parts))
        return segment
    if words := own.get(segment.name):
        meaning, action = words.meaning or segment.meaning, words.action or segment.action
        return replace(segment, title=words.title, meaning=meaning, action=action)
    return segment


def titles(segmenter: str, segments: tuple[Segment, ...], language: str) -> list[str]:
    """Return what segments are called in a language."""
    return [worded(segmenter, segment, language).title for segment in segments]
