# ruff: noqa: E501  a table
"""Wording: segments in other languages than English, by segmenter and the segment's name in data.

English is where the segments are declared. What has no words here stays English.
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache

from training.charts.reader import Reader
from training.segmenters.rfm_map import SEGMENTS
from training.segmenters.segment import Segment

MERGED = " (merged: few customers)"
"""Behind the titles of segments that are told as one."""
_RFM, _OURS = "rfm", {one.name: one for one in SEGMENTS}
"""What a dataset file may say otherwise under the same title: its own texts stay as they are."""
_AND, _OR = "_and_", "; or "
"""Between their names, and between what they mean."""


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
            "reactivated": Words("Reactivated", "Réactivés", "", "les accueillir de nouveau, comprendre ce qui les a ramenés"),
            "new": Words("New", "Nouveaux", "", "les accueillir, faciliter le deuxième achat"),
            "one_time": Words("One-time buyers", "Un seul achat", "", "donner une raison de revenir"),
            "active": Words("Active", "Actifs", "", "entretenir l'habitude, ne rien demander"),
            "cooling": Words("Cooling", "En refroidissement", "", "les rappeler avant que l'habitude ne se perde"),
            "at_risk": Words("At risk", "À risque", "", "les reconquérir avec ce qu'ils achetaient"),
            "highly_at_risk": Words("Highly at risk", "À grand risque", "", "une dernière bonne offre, en personne s'ils en valent la peine"),
            "lost": Words("Lost", "Perdus", "", "les laisser tranquilles, ou les reconquérir à peu de frais"),
        },
        "": {
            "no_purchase": Words("No purchase yet", "Encore aucun achat", "connus par d'autres événements seulement", "faciliter le premier achat"),
        },
    },
    "de": {
        "rfm": {
            "champions": Words("Champions", "Champions", "kauften kürzlich, oft und viel", "ihnen zuerst danken, sie zu Wort kommen lassen"),
            "loyal": Words("Loyal customers", "Treue Kunden", "kaufen oft und viel, vor einer Weile zuletzt", "die Gewohnheit pflegen, Passendes anbieten"),
            "potential_loyalists": Words("Potential loyalists", "Mögliche Stammkunden", "kauften kürzlich, ziemlich oft", "Mitgliedschaft anbieten, mehr Arten von Waren"),
            "new": Words("New customers", "Neue Kunden", "kauften zum ersten Mal, gerade erst", "sie begrüßen, beim Gekauften helfen"),
            "promising": Words("Promising", "Vielversprechende", "kauften kürzlich, aber bisher wenig", "zurückbringen, was sie ansahen"),
            "need_attention": Words("Need attention", "Brauchen Aufmerksamkeit", "in allem mittel, driften ab", "sie erinnern, für begrenzte Zeit"),
            "about_to_sleep": Words("About to sleep", "Bald inaktiv", "unter der Mitte, vor einer Weile zuletzt", "zeigen, was beliebt und neu ist"),
            "at_risk": Words("At risk", "Gefährdet", "kauften früher oft, eine Weile nicht mehr", "sie persönlich zurückgewinnen, bevor sie gehen"),
            "cannot_lose": Words("Cannot lose them", "Nicht zu verlieren", "waren unter den Besten, am längsten her", "sie anrufen, nach dem Grund fragen"),
            "hibernating": Words("Hibernating", "Im Winterschlaf", "kauften wenig, lange her", "ab und zu ein Angebot, zu geringen Kosten"),
            "lost": Words("Lost", "Verloren", "kauften wenig, am längsten her", "ein letzter Versuch, dann in Ruhe lassen"),
        },
        "value": {
            "top": Words("Top value", "Höchster Wert", "um die Mitte mit den höchsten Ausgaben"),
            "high": Words("High value", "Hoher Wert", "um die Mitte mit den zweithöchsten Ausgaben"),
            "middle": Words("Middle value", "Mittlerer Wert", "um die Mitte mit den mittleren Ausgaben"),
            "low": Words("Low value", "Geringer Wert", "um die Mitte mit den zweitniedrigsten Ausgaben"),
            "lowest": Words("Lowest value", "Geringster Wert", "um die Mitte mit den niedrigsten Ausgaben"),
        },
        "lifecycle": {
            "prospect": Words("Prospects", "Interessenten", "nur durch andere Ereignisse bekannt", "den ersten Kauf leicht machen"),
            "reactivated": Words("Reactivated", "Zurückgekehrte", "", "sie wieder begrüßen, erfahren, was sie zurückbrachte"),
            "new": Words("New", "Neue", "", "sie begrüßen, den zweiten Kauf leicht machen"),
            "one_time": Words("One-time buyers", "Einmalkäufer", "", "einen Grund für einen zweiten Kauf geben"),
            "active": Words("Active", "Aktive", "", "die Gewohnheit pflegen, um nichts bitten"),
            "cooling": Words("Cooling", "Abkühlende", "", "sie erinnern, bevor die Gewohnheit vergeht"),
            "at_risk": Words("At risk", "Gefährdete", "", "sie mit dem zurückgewinnen, was sie kauften"),
            "highly_at_risk": Words("Highly at risk", "Stark Gefährdete", "", "ein letztes gutes Angebot, persönlich, wo sie es wert sind"),
            "lost": Words("Lost", "Verlorene", "", "in Ruhe lassen, oder zu geringen Kosten zurückgewinnen"),
        },
        "": {
            "no_purchase": Words("No purchase yet", "Noch kein Kauf", "nur durch andere Ereignisse bekannt", "den ersten Kauf leicht machen"),
        },
    },
}  # fmt: skip
"""By language, segmenter and name; under the empty name what every segmenter may have. A meaning that is empty has numbers
in it: PHRASES tell it."""


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
    "de": {
        "Rarely or long ago": "Selten oder lange her",
        "Now and then": "Ab und zu",
        "Often": "Oft",
        "Very often": "Sehr oft",
        "lower spend": "geringere Ausgaben",
        "middle spend": "mittlere Ausgaben",
        "higher spend": "höhere Ausgaben",
        "an offer to come back, at low cost; more of it where the spend was higher": "ein Angebot zur Rückkehr, zu geringen Kosten; mehr davon, wo die Ausgaben höher waren",
        "remind them of what they usually buy": "sie an das erinnern, was sie gewöhnlich kaufen",
        "offer what goes with what they buy": "anbieten, was zu dem passt, was sie kaufen",
        "keep the habit, thank them, no discounts": "die Gewohnheit pflegen, ihnen danken, keine Rabatte",
    },
}
"""By language, what titles are put together of, and actions that several segments share."""


PHRASES: tuple[tuple[str, str, str], ...] = (
    ("bought in the last {n} days, after more than {m} days of silence", "kauften in den letzten {n} Tagen, nach mehr als {m} Tagen Stille", "ont acheté dans les {n} derniers jours, après plus de {m} jours de silence"),
    ("bought for the first time in the last {n} days", "kauften in den letzten {n} Tagen zum ersten Mal", "premier achat dans les {n} derniers jours"),
    ("bought on one day alone, more than {n} days ago", "kauften an einem einzigen Tag, vor mehr als {n} Tagen", "ont acheté un seul jour, il y a plus de {n} jours"),
    ("buy within {n} days with a probability from {p}%", "kaufen binnen {n} Tagen mit einer Wahrscheinlichkeit ab {p} %", "achèteront sous {n} jours avec une probabilité d'au moins {p} %"),
    ("buy within {n} days with a probability below {p}%", "kaufen binnen {n} Tagen mit einer Wahrscheinlichkeit unter {p} %", "achèteront sous {n} jours avec une probabilité inférieure à {p} %"),
    ("where nothing is predicted: {silent}", "wo nichts vorhergesagt ist: {silent}", "sans prédiction : {silent}"),
    ("silent for up to {n} usual gaps", "still seit höchstens {n} üblichen Abständen", "silencieux depuis {n} intervalles habituels au plus"),
    ("silent for more than {n} usual gaps", "still seit mehr als {n} üblichen Abständen", "silencieux depuis plus de {n} intervalles habituels"),
    ("{told} (a purchase day counts 1, one of {n} days ago a half, and so on)", "{told} (ein Kauftag zählt 1, einer vor {n} Tagen die Hälfte, und so weiter)", "{told} (un jour d'achat compte 1, un d'il y a {n} jours la moitié, et ainsi de suite)"),
    ("{activity}, spend of {n} days above {low}, up to {high}", "{activity}, Ausgaben von {n} Tagen über {low}, bis {high}", "{activity}, dépenses de {n} jours au-dessus de {low}, jusqu'à {high}"),
    ("{activity}, spend of {n} days above {low}", "{activity}, Ausgaben von {n} Tagen über {low}", "{activity}, dépenses de {n} jours au-dessus de {low}"),
    ("{activity}, spend of {n} days up to {high}", "{activity}, Ausgaben von {n} Tagen bis {high}", "{activity}, dépenses de {n} jours jusqu'à {high}"),
    ("{activity}, any spend of {n} days", "{activity}, beliebige Ausgaben von {n} Tagen", "{activity}, toutes dépenses de {n} jours"),
    ("activity above {low}, up to {high}", "Aktivität über {low}, bis {high}", "activité au-dessus de {low}, jusqu'à {high}"),
    ("activity above {low}", "Aktivität über {low}", "activité au-dessus de {low}"),
    ("activity up to {high}", "Aktivität bis {high}", "activité jusqu'à {high}"),
    ("any activity", "beliebige Aktivität", "toute activité"),
    ("{n} purchase days", "{n} Kauftage", "{n} jours d'achat"),
    ("that of one purchase {n} days ago", "die eines Kaufs vor {n} Tagen", "celle d'un achat il y a {n} jours"),
    ("recent ones in full", "jüngste voll gezählt", "les récents comptés en entier"),
    ("{n} in 364 days", "{n} in 364 Tagen", "{n} en 364 jours"),
    ("buy every {n} days", "kaufen alle {n} Tage", "achètent tous les {n} jours"),
    ("{n} lines a visit", "{n} Positionen je Besuch", "{n} lignes par visite"),
    ("{n} a visit", "{n} je Besuch", "{n} par visite"),
    ("{n} % of lines bought before", "{n} % der Positionen schon gekauft", "{n} % de lignes déjà achetées"),
    ("{n} % of lines at a discount", "{n} % der Positionen mit Rabatt", "{n} % de lignes remisées"),
    ("{one} (all: {other})", "{one} (alle: {other})", "{one} (tous : {other})"),
    ("like all others", "wie alle anderen", "comme tous les autres"),
    ("like all others in every input", "in allem wie alle anderen", "comme tous les autres en tout"),
    ("scores {cells}", "Punktzahlen {cells}", "scores {cells}"),
)  # fmt: skip
"""What titles and meanings with numbers are put together of, in English, German and French."""
_COLUMNS = {"de": 1, "fr": 2}
_SIGNS = {"de": (".", ","), "fr": ("\u202f", ",")}
"""The signs of thousands and decimals."""


@cache
def _reader(language: str) -> Reader:
    place = _COLUMNS[language]
    return Reader(language, {}, {one[0]: one[place] for one in PHRASES}, *_SIGNS[language])


def _told(text: str, language: str) -> str:
    """Return a meaning in a language, part by part; a part that is not known stays English."""
    if language not in _COLUMNS:
        return text
    return (" ; " if language == "fr" else "; ").join(map(_reader(language).phrase, text.split("; ")))


def _titled(text: str, language: str) -> str:
    """Return a title that is put together of known parts; another one as it is."""
    if language not in _COLUMNS or not text:
        return text
    phrase, known = _reader(language).phrase, PARTS[language]
    parts = (text[0].lower() + text[1:]).split(", ")
    told = [known.get(own) or phrase(part) for own, part in zip(text.split(", "), parts, strict=True)]
    if any(one == part for one, part in zip(told, parts, strict=True)):
        return text
    title = ", ".join(told)
    return title[0].upper() + title[1:]


@lru_cache(1 << 12)
def worded(segmenter: str, segment: Segment, language: str) -> Segment:
    """Return a segment with its words in a language, as far as there are some; merged ones part by part."""
    known = WORDING.get(language, {})
    own = known.get("", {}) | known.get(segmenter, {})
    if segment.title.endswith(MERGED):
        return _merged(segment, own, language)
    words = own.get(segment.name)
    if words and words.en == segment.title:
        ours = _OURS.get(segment.name, segment) if segmenter == _RFM else segment
        meaning = words.meaning if segment.meaning == ours.meaning else segment.meaning
        action = words.action if segment.action == ours.action else segment.action
        meaning = meaning or _told(segment.meaning, language)
        return replace(segment, title=words.title, meaning=meaning, action=action or segment.action)
    action = PARTS.get(language, {}).get(segment.action, segment.action)
    title, meaning = _titled(segment.title, language), _told(segment.meaning, language)
    return replace(segment, title=title, meaning=meaning, action=action)


def _merged(segment: Segment, own: dict[str, Words], language: str) -> Segment:
    """Return segments that are told as one, each of them in its words."""
    parts = [own.get(name) for name in segment.name.split(_AND)]
    told, bare = [one for one in parts if one], segment.title.removesuffix(MERGED)
    meanings = segment.meaning.split(_OR)
    if len(told) == len(parts) and bare == ", ".join(one.en for one in told):
        bare = ", ".join(one.title for one in told)
        meanings = [one.meaning or _told(meaning, language) for one, meaning in zip(told, meanings, strict=False)]
    elif (title := _titled(bare, language)) != bare:
        bare, meanings = title, [_told(meaning, language) for meaning in meanings]
    else:
        return segment
    return replace(segment, title=bare + MERGED, meaning=" ; ".join(meanings))


def titles(segmenter: str, segments: tuple[Segment, ...], language: str) -> list[str]:
    """Return what segments are called in a language."""
    return [worded(segmenter, segment, language).title for segment in segments]
