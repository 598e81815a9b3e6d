# ruff: noqa: E501  a table
"""Wording: everything that reasons say, in one table. Another language is one more column.

A row's key tells what it is for:

- `text PATTERN`: the sentence about features whose whole name matches the pattern; its named groups can be used in the
  text. The first row that fits counts; one with a `usual` fits customers who have that feature, which then is what is
  usual for them. `otherwise` fits all.
- `kind ...` and `formula ...`: what a feature is, made from its declaration. English needs none, since every feature
  of the catalogue has an English meaning.
- `event ...`, `column ...`, `window ...`: the parts of those; of an event, one and many.
- the others: how numbers are written.

In a text, `{value:day|days}` is the number with the word for one or for many, and what follows the first semicolon is
left out where nothing is usual.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from features.nearest import nearest
from training.charts.reader import Reader

LANGUAGES = ("en", "de", "fr")
ENGLISH = LANGUAGES[0]


@dataclass(frozen=True)
class Row:
    """What is said in each language."""

    key: str
    en: str
    de: str
    fr: str
    usual: str = ""
    """The feature that tells what is usual for the customer; `{name}` is the name of the feature that is explained.

    Empty: the median of the cohort does.
    """
    topic: str = ""
    """Features of one topic say the same thing; empty: their declarations tell which do."""


WORDING: tuple[Row, ...] = (
    Row("text purchase_recency", "last purchase {value:day|days} ago; usually every {usual}", "letzter Kauf vor {value:Tag|Tagen}; sonst alle {usual}", "dernier achat il y a {value:jour|jours} ; d'ordinaire tous les {usual}", usual="gap_mean"),
    Row("text purchase_recency", "last purchase {value:day|days} ago; usual {usual}", "letzter Kauf vor {value:Tag|Tagen}; üblich {usual}", "dernier achat il y a {value:jour|jours} ; habituel {usual}"),
    Row("text purchase_tenure", "customer for {value:day|days}; usual {usual}", "seit {value:Tag|Tagen} dabei; üblich {usual}", "client depuis {value:jour|jours} ; habituel {usual}"),
    Row(r"text overdue_longest_\d+d", "silent for {value} times the longest gap; usual {usual}", "still seit dem {value}-Fachen des längsten Abstands; üblich {usual}", "silence de {value} fois le plus long intervalle ; habituel {usual}"),
    Row(r"text overdue(_\d+d)?", "silent for {value} times the mean gap; usual {usual}", "still seit dem {value}-Fachen des mittleren Abstands; üblich {usual}", "silence de {value} fois l'intervalle moyen ; habituel {usual}"),
    Row(r"text purchase_days_\d+d", "{value:day|days} with a purchase {window}; {usual} in the {days} before", "{value:Tag|Tage} mit Kauf {window}; {usual} in den {days} davor", "{value:jour|jours} avec achat {window} ; {usual} dans les {days} d'avant", usual="{name}_before"),
    Row(r"text spend_\d+d", "net spend {window}: {value}; {usual} in the {days} before", "Nettoumsatz {window}: {value}; {usual} in den {days} davor", "dépenses nettes {window} : {value} ; {usual} dans les {days} d'avant", usual="{name}_before"),
    Row(r"text days_trend_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage an den Kauftagen dieser und der {days} Tage davor: {value}; üblich {usual}", "part des {days} derniers jours dans les jours d'achat de ces {days} jours et des {days} d'avant : {value} ; habituel {usual}", topic="trend"),
    Row(r"text spend_trend_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage am Nettoumsatz dieser und der {days} Tage davor: {value}; üblich {usual}", "part des {days} derniers jours dans les dépenses nettes de ces {days} jours et des {days} d'avant : {value} ; habituel {usual}", topic="trend"),
    Row(r"text days_year_on_year_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage an den Kauftagen dieser und derselben vor einem Jahr: {value}; üblich {usual}", "part des {days} derniers jours dans les jours d'achat de ceux-ci et des mêmes il y a un an : {value} ; habituel {usual}", topic="trend"),
    Row(r"text spend_year_on_year_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage am Nettoumsatz dieser und derselben vor einem Jahr: {value}; üblich {usual}", "part des {days} derniers jours dans les dépenses nettes de ceux-ci et des mêmes il y a un an : {value} ; habituel {usual}", topic="trend"),
    Row(r"text spend_per_visit_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Besuch in {days} Tagen: {value}; üblich {usual}", "dépenses nettes par visite en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text spend_per_line_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Position in {days} Tagen: {value}; üblich {usual}", "dépenses nettes par ligne en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text spend_per_day_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Tag mit Kauf in {days} Tagen: {value}; üblich {usual}", "dépenses nettes par jour d'achat en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text price_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Stück in {days} Tagen: {value}; üblich {usual}", "dépenses nettes par unité en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text lines_per_visit_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Positionen je Besuch in {days} Tagen: {value}; üblich {usual}", "lignes par visite en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text units_per_line_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Stück je Position in {days} Tagen: {value}; üblich {usual}", "unités par ligne en {days} jours : {value} ; habituel {usual}", topic="basket"),
    Row(r"text purchase_rate", "{meaning}: {value}; usual {usual}", "Tage mit Kauf je Tag seit dem ersten: {value}; üblich {usual}", "jours d'achat par jour depuis le premier : {value} ; habituel {usual}"),
    Row(r"text spend_rate", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Tag seit dem ersten Kauf: {value}; üblich {usual}", "dépenses nettes par jour depuis le premier achat : {value} ; habituel {usual}"),
    Row(r"text silent_share", "{meaning}: {value}; usual {usual}", "Zeit seit dem letzten Kauf, gemessen an der seit dem ersten: {value}; üblich {usual}", "temps depuis le dernier achat, rapporté à celui depuis le premier : {value} ; habituel {usual}"),
    Row(r"text discount_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Rabatt an Rabatt und Nettoumsatz in {days} Tagen: {value}; üblich {usual}", "remise rapportée aux dépenses nettes et à la remise en {days} jours : {value} ; habituel {usual}"),
    Row(r"text discounted_line_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil rabattierter Positionen in {days} Tagen: {value}; üblich {usual}", "part des lignes remisées en {days} jours : {value} ; habituel {usual}"),
    Row(r"text repeat_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der Positionen mit schon gekauften Produkten in {days} Tagen: {value}; üblich {usual}", "part des lignes de produits déjà achetés en {days} jours : {value} ; habituel {usual}"),
    Row(r"text campaign_days", "the campaign lasts {value:day|days}; usual {usual}", "die Kampagne dauert {value:Tag|Tage}; üblich {usual}", "la campagne dure {value:jour|jours} ; habituel {usual}"),
    Row(r"text campaign_is_(?P<type>.+)", "{meaning}: {value}; usual {usual}", "Kampagne der Art {type}: {value}; üblich {usual}", "campagne de type {type} : {value} ; habituel {usual}", topic="campaign type"),
    Row(r"text campaign_type_(contact|mail_sent)_campaigns", "contacts in 364 days by campaigns of this type: {value}; usual {usual}", "Kontakte durch Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}", "contacts en 364 jours par des campagnes de ce type : {value} ; habituel {usual}"),
    Row(r"text campaign_type_\w+_campaigns", "campaigns of this type answered in 364 days: {value}; usual {usual}", "beantwortete Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}", "campagnes de ce type suivies d'une réponse en 364 jours : {value} ; habituel {usual}"),
    Row(r"text campaign_type_\w+_recency", "days since the last answer to campaigns of this type: {value}; usual {usual}", "Tage seit der letzten Antwort auf Kampagnen dieser Art: {value}; üblich {usual}", "jours depuis la dernière réponse à des campagnes de ce type : {value} ; habituel {usual}"),
    Row(r"text campaign_type_\w+_rate", "share of the campaigns of this type that were answered: {value}; usual {usual}", "Anteil der beantworteten Kampagnen dieser Art: {value}; üblich {usual}", "part des campagnes de ce type suivies d'une réponse : {value} ; habituel {usual}"),
    Row(r"text campaign_type_\w+s", "answers to campaigns of this type in 364 days: {value}; usual {usual}", "Antworten auf Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}", "réponses à des campagnes de ce type en 364 jours : {value} ; habituel {usual}"),
    Row("otherwise", "{meaning}: {value}; usual {usual}", "{composed}: {value}; üblich {usual}", "{composed} : {value} ; habituel {usual}"),
    Row("kind count", "", "{events} {window}", "{events} {window}"),
    Row("kind count purchase", "", "gekaufte Positionen{of} {window}", "lignes achetées{of} {window}"),
    Row("kind count discounted", "", "rabattierte Positionen{of} {window}", "lignes remisées{of} {window}"),
    Row("kind count refund", "", "erstattete Positionen{of} {window}", "lignes remboursées{of} {window}"),
    Row("kind sum", "", "{column} ({events}) {window}", "{column} ({events}) {window}"),
    Row("kind sum net amount", "", "Nettoumsatz{of} {window}", "dépenses nettes{of} {window}"),
    Row("kind sum purchase quantity", "", "gekaufte Stückzahl{of} {window}", "unités achetées{of} {window}"),
    Row("kind sum purchase discount", "", "erhaltener Rabatt{of} {window}", "remises reçues{of} {window}"),
    Row("kind sum refund amount", "", "erstatteter Betrag{of} {window}", "montant remboursé{of} {window}"),
    Row("kind largest", "", "größte Position{of} {window}", "plus grosse ligne{of} {window}"),
    Row("kind day_largest", "", "größte Summe eines Tages mit {event} {window}", "plus gros total d'un jour avec {event} {window}"),
    Row("kind day_spread", "", "Schwankung der Tagessummen{of} (Logarithmus) {window}", "dispersion des totaux par jour{of} (logarithme) {window}"),
    Row("kind days", "", "Tage mit {event} {window}", "jours avec {event} {window}"),
    Row("kind weeks", "", "Wochen mit {event} {window}", "semaines avec {event} {window}"),
    Row("kind weekdays", "", "Wochentage mit {event} {window}", "jours de la semaine avec {event} {window}"),
    Row("kind decayed", "", "Tage mit {event}, jüngere zählen mehr", "jours avec {event}, les plus récents comptent plus"),
    Row("kind weekend", "", "{events} am Wochenende {window}", "{events} le week-end {window}"),
    Row("kind night", "", "{events} von 0 bis 6 Uhr {window}", "{events} entre 0 h et 6 h {window}"),
    Row("kind morning", "", "{events} von 6 bis 12 Uhr {window}", "{events} entre 6 h et 12 h {window}"),
    Row("kind afternoon", "", "{events} von 12 bis 18 Uhr {window}", "{events} entre 12 h et 18 h {window}"),
    Row("kind evening", "", "{events} von 18 bis 24 Uhr {window}", "{events} entre 18 h et 24 h {window}"),
    Row("kind distinct", "", "verschiedene {column} ({events}) {window}", "nombre de {column} sans doublon ({events}) {window}"),
    Row("kind distinct purchase order", "", "Besuche{of} {window}", "visites{of} {window}"),
    Row("kind entropy", "", "Vielfalt der {column}{of} (Entropie) {window}", "diversité des {column}{of} (entropie) {window}"),
    Row("kind top_share", "", "Anteil der Nummer eins ({column}){of} {window}", "part du n° 1 des {column}{of} {window}"),
    Row("kind silence", "", "Tage ohne {event}", "jours sans {event}"),
    Row("kind tenure", "", "Tage seit dem ersten Mal: {event}", "jours depuis la première fois : {event}"),
    Row("kind gap_mean", "", "mittlerer Abstand der Tage mit {event} {window}", "intervalle moyen entre jours avec {event} {window}"),
    Row("kind gap_spread", "", "Schwankung des Abstands der Tage mit {event} {window}", "dispersion de l'intervalle entre jours avec {event} {window}"),
    Row("kind gap_longest", "", "längster Abstand der Tage mit {event} {window}", "plus long intervalle entre jours avec {event} {window}"),
    Row("kind gap_geometric", "", "üblicher Abstand der Tage mit {event} {window}", "intervalle habituel entre jours avec {event} {window}"),
    Row("kind gap_newest", "", "letzter Abstand der Tage mit {event}", "dernier intervalle entre jours avec {event}"),
    Row("kind paid_left", "", "Tage bis zum Ende der bezahlten Zeit ({event})", "jours jusqu'à la fin de la période payée ({event})"),
    Row("kind paid_length", "", "Tage von der letzten Zahlung bis zum Ende der bezahlten Zeit ({event})", "jours du dernier paiement à la fin de la période payée ({event})"),
    Row("kind periods", "", "bezahlte Zeiträume seit Beginn ({event})", "périodes payées depuis le début ({event})"),
    Row("kind answered", "", "beantwortete {events} {window}", "{events} avec réponse {window}"),
    Row("kind answer_delay", "", "mittlere Tage bis zur Antwort ({events}) {window}", "jours en moyenne jusqu'à la réponse ({events}) {window}"),
    Row("kind", "", "Wert aus: {events} {window}", "valeur tirée de : {events} {window}"),
    Row("formula ratio", "", "{a} / {b}", "{a} / {b}"),
    Row("formula share", "", "Anteil: {a}, an der Summe mit: {b}", "part de : {a}, dans la somme avec : {b}"),
    Row("formula rest", "", "1 - {a} / {b}", "1 - {a} / {b}"),
    Row("formula same", "", "{a} so wie {b}", "{a} comme {b}"),
    Row("formula", "", "{a} zu {b}", "{a} par rapport à {b}"),
    Row("event purchase", "purchase|purchases", "Kauf|Käufe", "achat|achats"),
    Row("event discounted", "discounted line|discounted lines", "Kauf mit Rabatt|Käufe mit Rabatt", "achat remisé|achats remisés"),
    Row("event net", "purchase or refund|purchases and refunds", "Kauf oder Erstattung|Käufe und Erstattungen", "achat ou remboursement|achats et remboursements"),
    Row("event refund", "refund|refunds", "Erstattung|Erstattungen", "remboursement|remboursements"),
    Row("event contact", "campaign contact|campaign contacts", "Kampagnenkontakt|Kampagnenkontakte", "contact de campagne|contacts de campagne"),
    Row("event redemption", "coupon redemption|coupon redemptions", "Gutscheineinlösung|Gutscheineinlösungen", "coupon utilisé|coupons utilisés"),
    Row("event page_view", "page view|page views", "Seitenaufruf|Seitenaufrufe", "page vue|pages vues"),
    Row("event cart_add", "product put into the cart|products put into the cart", "Produkt im Warenkorb|Produkte im Warenkorb", "produit mis au panier|produits mis au panier"),
    Row("event cart_abandon", "abandoned cart|abandoned carts", "abgebrochenen Einkauf|abgebrochene Einkäufe", "panier abandonné|paniers abandonnés"),
    Row("event mail_sent", "mail|mails", "gesendete Mail|gesendete Mails", "e-mail envoyé|e-mails envoyés"),
    Row("event mail_open", "opened mail|opened mails", "geöffnete Mail|geöffnete Mails", "e-mail ouvert|e-mails ouverts"),
    Row("event mail_click", "clicked mail|clicked mails", "geklickte Mail|geklickte Mails", "e-mail cliqué|e-mails cliqués"),
    Row("event app_session", "app session|app sessions", "App-Sitzung|App-Sitzungen", "session de l'application|sessions de l'application"),
    Row("event support_contact", "contact with support|contacts with support", "Supportkontakt|Supportkontakte", "contact avec le support|contacts avec le support"),
    Row("event coupon", "coupon at the till|coupons at the till", "Gutschein an der Kasse|Gutscheine an der Kasse", "coupon en caisse|coupons en caisse"),
    Row("event survey_answered", "answered survey|answered surveys", "beantwortete Umfrage|beantwortete Umfragen", "enquête remplie|enquêtes remplies"),
    Row("event web_session", "web session|web sessions", "Website-Besuch|Website-Besuche", "visite du site|visites du site"),
    Row("event feature_use", "use of a function|uses of functions", "Nutzung einer Funktion|Nutzungen von Funktionen", "usage d'une fonction|usages de fonctions"),
    Row("event content_download", "download|downloads", "Download|Downloads", "téléchargement|téléchargements"),
    Row("event webinar", "webinar|webinars", "Webinar|Webinare", "webinaire|webinaires"),
    Row("event comment", "comment|comments", "Kommentar|Kommentare", "commentaire|commentaires"),
    Row("event social_activity", "social media activity|social media activities", "Aktivität in sozialen Medien|Aktivitäten in sozialen Medien", "activité sur les réseaux sociaux|activités sur les réseaux sociaux"),
    Row("event sign_up", "sign-up|sign-ups", "Anmeldung|Anmeldungen", "inscription|inscriptions"),
    Row("event demo_request", "request for a demo|requests for a demo", "Demo-Anfrage|Demo-Anfragen", "demande de démonstration|demandes de démonstration"),
    Row("event support_solved", "solved support case|solved support cases", "gelöster Supportfall|gelöste Supportfälle", "demande de support résolue|demandes de support résolues"),
    Row("event dispute", "dispute|disputes", "Reklamation|Reklamationen", "litige|litiges"),
    Row("event payment_failed", "failed payment|failed payments", "gescheiterte Zahlung|gescheiterte Zahlungen", "paiement échoué|paiements échoués"),
    Row("event mail_delivered", "delivered mail|delivered mails", "zugestellte Mail|zugestellte Mails", "e-mail distribué|e-mails distribués"),
    Row("event mail_bounced", "bounced mail|bounced mails", "unzustellbare Mail|unzustellbare Mails", "e-mail non distribué|e-mails non distribués"),
    Row("event mail_unsubscribed", "unsubscription from mails|unsubscriptions from mails", "Abmeldung von Mails|Abmeldungen von Mails", "désinscription des e-mails|désinscriptions des e-mails"),
    Row("event mail_complained", "complaint about a mail|complaints about mails", "Spam-Beschwerde|Spam-Beschwerden", "plainte pour spam|plaintes pour spam"),
    Row("event subscription_started", "subscription started|subscriptions started", "begonnenes Abo|begonnene Abos", "abonnement commencé|abonnements commencés"),
    Row("event subscription_renewed", "subscription renewed|subscriptions renewed", "verlängertes Abo|verlängerte Abos", "abonnement renouvelé|abonnements renouvelés"),
    Row("event subscription_ended", "subscription ended|subscriptions ended", "beendetes Abo|beendete Abos", "abonnement terminé|abonnements terminés"),
    Row("event subscription", "subscription|subscriptions", "Abo|Abos", "abonnement|abonnements"),
    Row("event subscription_period", "paid period of a subscription|paid periods of a subscription", "bezahlter Zeitraum eines Abos|bezahlte Zeiträume eines Abos", "période payée d'un abonnement|périodes payées d'un abonnement"),
    Row("event campaign", "campaign|campaigns", "Kampagne|Kampagnen", "campagne|campagnes"),
    Row("event mailing", "mail|mails", "Mail|Mails", "e-mail|e-mails"),
    Row("event begun", "sign of life|signs of life", "Lebenszeichen|Lebenszeichen", "signe de vie|signes de vie"),
    Row("event any", "event|events", "Ereignis|Ereignisse", "événement|événements"),
    Row("event", "event|events", "Ereignis|Ereignisse", "événement|événements"),
    Row("column amount", "amount", "Betrag", "montant"),
    Row("column discount", "discount", "Rabatt", "remise"),
    Row("column quantity", "quantity", "Stückzahl", "quantité"),
    Row("column order", "visits", "Besuche", "visites"),
    Row("column product", "products", "Produkte", "produits"),
    Row("column category", "categories", "Kategorien", "catégories"),
    Row("column store", "stores", "Filialen", "magasins"),
    Row("column campaign", "campaigns", "Kampagnen", "campagnes"),
    Row("column channel", "channels", "Kanäle", "canaux"),
    Row("column until", "paid-until dates", "Enden der bezahlten Zeit", "dates de fin de période payée"),
    Row("column", "values", "Werte", "valeurs"),
    Row("window", "in {days} days", "in {days} Tagen", "en {days} jours"),
    Row("window lagged", "in the {days} days up to {lag} days ago", "in den {days} Tagen bis vor {lag} Tagen", "dans les {days} jours jusqu'à il y a {lag} jours"),
    Row("window ever", "since the first", "insgesamt", "depuis le début"),
    Row("never", "none yet", "noch nie", "jamais encore"),
    Row("unknown", "unknown", "unbekannt", "inconnu"),
    Row("why probability", "probability of a purchase within the horizon", "Wahrscheinlichkeit eines Kaufs im Horizont", "probabilité d'un achat dans l'horizon"),
    Row("why came back", "silence before the first purchase of the last {horizon} days: more than {silent} days", "Stille vor dem ersten Kauf der letzten {horizon} Tage: mehr als {silent} Tage", "silence avant le premier achat des {horizon} derniers jours : plus de {silent} jours"),
    Row("why days", "{days} days", "{days} Tage", "{days} jours"),
    Row("why bounds", "{meaning}: {bounds}", "{meaning}: {bounds}", "{meaning} : {bounds}"),
    Row("why more than", "more than {value}", "mehr als {value}", "plus de {value}"),
    Row("why at most", "at most {value}", "höchstens {value}", "au plus {value}"),
    Row("why and", " and ", " und ", " et "),
    Row("why none", "{meaning}: none", "{meaning}: keine", "{meaning} : aucun"),
    Row("why any", "{meaning}: any", "{meaning}: beliebig", "{meaning} : quelconque"),
    Row("why no score", "{meaning}: no score without a purchase", "{meaning}: ohne Kauf keine Punktzahl", "{meaning} : pas de score sans achat"),
    Row("why score", "{meaning}: score {score} of {most}, cut at {cuts}", "{meaning}: Punktzahl {score} von {most}, geteilt bei {cuts}", "{meaning} : score {score} sur {most}, coupes à {cuts}"),
    Row("yes", "yes", "ja", "oui"),
    Row("no", "no", "nein", "non"),
    Row("per cent", "{number}%", "{number} %", "{number} %"),
    Row("decimal point", ".", ",", ","),
    Row("thousands", ",", ".", "\u202f"),
)  # fmt: skip


OUTSIDE: tuple[tuple[str, str, str], ...] = (
    ("no purchase in the last {n} days", "kein Kauf in den letzten {n} Tagen", "aucun achat dans les {n} derniers jours"),
    ("no purchase so far", "bisher kein Kauf", "aucun achat jusqu'ici"),
    ("a purchase in the last {n} days", "ein Kauf in den letzten {n} Tagen", "un achat dans les {n} derniers jours"),
    ("purchases on fewer than {m} of the last {n} days", "Käufe an weniger als {m} der letzten {n} Tage", "des achats pendant moins de {m} des {n} derniers jours"),
    ("purchases on more than one day", "Käufe an mehr als einem Tag", "des achats pendant plus d'un jour"),
    ("a purchase before", "schon ein Kauf", "déjà un achat"),
    ("no activity in the last {n} days", "keine Aktivität in den letzten {n} Tagen", "aucune activité dans les {n} derniers jours"),
    ("no subscription that is paid up to a known date to come, and not ended", "kein laufendes Abo, das bis zu einem bekannten künftigen Tag bezahlt ist", "aucun abonnement en cours payé jusqu'à une date connue à venir"),
    ("a subscription that is paid for {n} days or more", "ein Abo, das für {n} Tage oder mehr bezahlt ist", "un abonnement payé pour {n} jours ou plus"),
    ("name a campaign in the request", "in der Anfrage eine Kampagne nennen", "indiquer une campagne dans la requête"),
)  # fmt: skip
"""Why somebody is outside a cohort, as targets say it in English, in each of LANGUAGES."""


def known(language: str) -> str:
    """Return a language that there are words of.

    Raises:
        ValueError: there are none; the message says which languages are allowed.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language: got {language!r}.{nearest(language, LANGUAGES)}")
    return language


@cache
def words(language: str) -> dict[str, str]:
    """Return a language's words by key, but for those of texts."""
    return {row.key: getattr(row, language) for row in WORDING if not row.key.startswith("text ")}


def first(language: str, *keys: str) -> str:
    """Return the words of the first of some keys that the table has."""
    table = words(language)
    return next(table[key] for key in keys if key in table)


@lru_cache(1 << 10)
def outside(text: str, language: str) -> str:
    """Return why somebody is outside a cohort in a language; what the table does not have stays English."""
    return text if language == ENGLISH else _outside(language).phrase(text)


@cache
def _outside(language: str) -> Reader:
    place = LANGUAGES.index(language)
    return Reader(language, {}, {one[0]: one[place] for one in OUTSIDE})
