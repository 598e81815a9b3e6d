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
from functools import cache

from features.nearest import nearest

LANGUAGES = ("en", "de")
ENGLISH = LANGUAGES[0]


@dataclass(frozen=True)
class Row:
    """What is said in each language."""

    key: str
    en: str
    de: str
    usual: str = ""
    """The feature that tells what is usual for the customer; `{name}` is the name of the feature that is explained.

    Empty: the median of the cohort does.
    """
    topic: str = ""
    """Features of one topic say the same thing; empty: their declarations tell which do."""


WORDING: tuple[Row, ...] = (
    Row("text purchase_recency", "last purchase {value:day|days} ago; usually every {usual}", "letzter Kauf vor {value:Tag|Tagen}; sonst alle {usual}", usual="gap_mean"),
    Row("text purchase_recency", "last purchase {value:day|days} ago; usual {usual}", "letzter Kauf vor {value:Tag|Tagen}; üblich {usual}"),
    Row("text purchase_tenure", "customer for {value:day|days}; usual {usual}", "seit {value:Tag|Tagen} dabei; üblich {usual}"),
    Row(r"text overdue_longest_\d+d", "silent for {value} times the longest gap; usual {usual}", "still seit dem {value}-Fachen des längsten Abstands; üblich {usual}"),
    Row(r"text overdue(_\d+d)?", "silent for {value} times the mean gap; usual {usual}", "still seit dem {value}-Fachen des mittleren Abstands; üblich {usual}"),
    Row(r"text purchase_days_\d+d", "{value:day|days} with a purchase {window}; {usual} in the {days} before", "{value:Tag|Tage} mit Kauf {window}; {usual} in den {days} davor", usual="{name}_before"),
    Row(r"text spend_\d+d", "net spend {window}: {value}; {usual} in the {days} before", "Nettoumsatz {window}: {value}; {usual} in den {days} davor", usual="{name}_before"),
    Row(r"text days_trend_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage an den Kauftagen dieser und der {days} Tage davor: {value}; üblich {usual}", topic="trend"),
    Row(r"text spend_trend_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage am Nettoumsatz dieser und der {days} Tage davor: {value}; üblich {usual}", topic="trend"),
    Row(r"text days_year_on_year_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage an den Kauftagen dieser und derselben vor einem Jahr: {value}; üblich {usual}", topic="trend"),
    Row(r"text spend_year_on_year_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der letzten {days} Tage am Nettoumsatz dieser und derselben vor einem Jahr: {value}; üblich {usual}", topic="trend"),
    Row(r"text spend_per_visit_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Besuch in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text spend_per_line_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Position in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text spend_per_day_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Tag mit Kauf in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text price_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Stück in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text lines_per_visit_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Positionen je Besuch in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text units_per_line_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Stück je Position in {days} Tagen: {value}; üblich {usual}", topic="basket"),
    Row(r"text purchase_rate", "{meaning}: {value}; usual {usual}", "Tage mit Kauf je Tag seit dem ersten: {value}; üblich {usual}"),
    Row(r"text spend_rate", "{meaning}: {value}; usual {usual}", "Nettoumsatz je Tag seit dem ersten Kauf: {value}; üblich {usual}"),
    Row(r"text silent_share", "{meaning}: {value}; usual {usual}", "Zeit seit dem letzten Kauf, gemessen an der seit dem ersten: {value}; üblich {usual}"),
    Row(r"text discount_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Rabatt an Rabatt und Nettoumsatz in {days} Tagen: {value}; üblich {usual}"),
    Row(r"text discounted_line_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil rabattierter Positionen in {days} Tagen: {value}; üblich {usual}"),
    Row(r"text repeat_share_(?P<days>\d+)d", "{meaning}: {value}; usual {usual}", "Anteil der Positionen mit schon gekauften Produkten in {days} Tagen: {value}; üblich {usual}"),
    Row(r"text campaign_days", "the campaign lasts {value:day|days}; usual {usual}", "die Kampagne dauert {value:Tag|Tage}; üblich {usual}"),
    Row(r"text campaign_is_(?P<type>.+)", "{meaning}: {value}; usual {usual}", "Kampagne der Art {type}: {value}; üblich {usual}", topic="campaign type"),
    Row(r"text campaign_type_(contact|mail_sent)_campaigns", "contacts in 364 days by campaigns of this type: {value}; usual {usual}", "Kontakte durch Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}"),
    Row(r"text campaign_type_\w+_campaigns", "campaigns of this type answered in 364 days: {value}; usual {usual}", "beantwortete Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}"),
    Row(r"text campaign_type_\w+_recency", "days since the last answer to campaigns of this type: {value}; usual {usual}", "Tage seit der letzten Antwort auf Kampagnen dieser Art: {value}; üblich {usual}"),
    Row(r"text campaign_type_\w+_rate", "share of the campaigns of this type that were answered: {value}; usual {usual}", "Anteil der beantworteten Kampagnen dieser Art: {value}; üblich {usual}"),
    Row(r"text campaign_type_\w+s", "answers to campaigns of this type in 364 days: {value}; usual {usual}", "Antworten auf Kampagnen dieser Art in 364 Tagen: {value}; üblich {usual}"),
    Row("otherwise", "{meaning}: {value}; usual {usual}", "{composed}: {value}; üblich {usual}"),
    Row("kind count", "", "{events} {window}"),
    Row("kind count purchase", "", "gekaufte Positionen{of} {window}"),
    Row("kind count discounted", "", "rabattierte Positionen{of} {window}"),
    Row("kind count refund", "", "erstattete Positionen{of} {window}"),
    Row("kind sum", "", "{column} ({events}) {window}"),
    Row("kind sum net amount", "", "Nettoumsatz{of} {window}"),
    Row("kind sum purchase quantity", "", "gekaufte Stückzahl{of} {window}"),
    Row("kind sum purchase discount", "", "erhaltener Rabatt{of} {window}"),
    Row("kind sum refund amount", "", "erstatteter Betrag{of} {window}"),
    Row("kind largest", "", "größte Position{of} {window}"),
    Row("kind day_largest", "", "größte Summe eines Tages mit {event} {window}"),
    Row("kind day_spread", "", "Schwankung der Tagessummen{of} (Logarithmus) {window}"),
    Row("kind days", "", "Tage mit {event} {window}"),
    Row("kind weeks", "", "Wochen mit {event} {window}"),
    Row("kind weekdays", "", "Wochentage mit {event} {window}"),
    Row("kind decayed", "", "Tage mit {event}, jüngere zählen mehr"),
    Row("kind weekend", "", "{events} am Wochenende {window}"),
    Row("kind night", "", "{events} von 0 bis 6 Uhr {window}"),
    Row("kind morning", "", "{events} von 6 bis 12 Uhr {window}"),
    Row("kind afternoon", "", "{events} von 12 bis 18 Uhr {window}"),
    Row("kind evening", "", "{events} von 18 bis 24 Uhr {window}"),
    Row("kind distinct", "", "verschiedene {column} ({events}) {window}"),
    Row("kind distinct purchase order", "", "Besuche{of} {window}"),
    Row("kind entropy", "", "Vielfalt der {column}{of} (Entropie) {window}"),
    Row("kind top_share", "", "Anteil der Nummer eins ({column}){of} {window}"),
    Row("kind silence", "", "Tage ohne {event}"),
    Row("kind tenure", "", "Tage seit dem ersten Mal: {event}"),
    Row("kind gap_mean", "", "mittlerer Abstand der Tage mit {event} {window}"),
    Row("kind gap_spread", "", "Schwankung des Abstands der Tage mit {event} {window}"),
    Row("kind gap_longest", "", "längster Abstand der Tage mit {event} {window}"),
    Row("kind gap_geometric", "", "üblicher Abstand der Tage mit {event} {window}"),
    Row("kind gap_newest", "", "letzter Abstand der Tage mit {event}"),
    Row("kind paid_left", "", "Tage bis zum Ende der bezahlten Zeit ({event})"),
    Row("kind paid_length", "", "Tage von der letzten Zahlung bis zum Ende der bezahlten Zeit ({event})"),
    Row("kind periods", "", "bezahlte Zeiträume seit Beginn ({event})"),
    Row("kind answered", "", "beantwortete {events} {window}"),
    Row("kind answer_delay", "", "mittlere Tage bis zur Antwort ({events}) {window}"),
    Row("kind", "", "Wert aus: {events} {window}"),
    Row("formula ratio", "", "{a} / {b}"),
    Row("formula share", "", "Anteil: {a}, an der Summe mit: {b}"),
    Row("formula rest", "", "1 - {a} / {b}"),
    Row("formula same", "", "{a} so wie {b}"),
    Row("formula", "", "{a} zu {b}"),
    Row("event purchase", "purchase|purchases", "Kauf|Käufe"),
    Row("event discounted", "discounted line|discounted lines", "Kauf mit Rabatt|Käufe mit Rabatt"),
    Row("event net", "purchase or refund|purchases and refunds", "Kauf oder Erstattung|Käufe und Erstattungen"),
    Row("event refund", "refund|refunds", "Erstattung|Erstattungen"),
    Row("event contact", "campaign contact|campaign contacts", "Kampagnenkontakt|Kampagnenkontakte"),
    Row("event redemption", "coupon redemption|coupon redemptions", "Gutscheineinlösung|Gutscheineinlösungen"),
    Row("event page_view", "page view|page views", "Seitenaufruf|Seitenaufrufe"),
    Row("event cart_add", "product put into the cart|products put into the cart", "Produkt im Warenkorb|Produkte im Warenkorb"),
    Row("event cart_abandon", "abandoned cart|abandoned carts", "abgebrochenen Einkauf|abgebrochene Einkäufe"),
    Row("event mail_sent", "mail|mails", "gesendete Mail|gesendete Mails"),
    Row("event mail_open", "opened mail|opened mails", "geöffnete Mail|geöffnete Mails"),
    Row("event mail_click", "clicked mail|clicked mails", "geklickte Mail|geklickte Mails"),
    Row("event app_session", "app session|app sessions", "App-Sitzung|App-Sitzungen"),
    Row("event support_contact", "contact with support|contacts with support", "Supportkontakt|Supportkontakte"),
    Row("event coupon", "coupon at the till|coupons at the till", "Gutschein an der Kasse|Gutscheine an der Kasse"),
    Row("event survey_answered", "answered survey|answered surveys", "beantwortete Umfrage|beantwortete Umfragen"),
    Row("event web_session", "web session|web sessions", "Website-Besuch|Website-Besuche"),
    Row("event feature_use", "use of a function|uses of functions", "Nutzung einer Funktion|Nutzungen von Funktionen"),
    Row("event content_download", "download|downloads", "Download|Downloads"),
    Row("event webinar", "webinar|webinars", "Webinar|Webinare"),
    Row("event comment", "comment|comments", "Kommentar|Kommentare"),
    Row("event social_activity", "social media activity|social media activities", "Aktivität in sozialen Medien|Aktivitäten in sozialen Medien"),
    Row("event sign_up", "sign-up|sign-ups", "Anmeldung|Anmeldungen"),
    Row("event demo_request", "request for a demo|requests for a demo", "Demo-Anfrage|Demo-Anfragen"),
    Row("event support_solved", "solved support case|solved support cases", "gelöster Supportfall|gelöste Supportfälle"),
    Row("event dispute", "dispute|disputes", "Reklamation|Reklamationen"),
    Row("event payment_failed", "failed payment|failed payments", "gescheiterte Zahlung|gescheiterte Zahlungen"),
    Row("event mail_delivered", "delivered mail|delivered mails", "zugestellte Mail|zugestellte Mails"),
    Row("event mail_bounced", "bounced mail|bounced mails", "unzustellbare Mail|unzustellbare Mails"),
    Row("event mail_unsubscribed", "unsubscription from mails|unsubscriptions from mails", "Abmeldung von Mails|Abmeldungen von Mails"),
    Row("event mail_complained", "complaint about a mail|complaints about mails", "Spam-Beschwerde|Spam-Beschwerden"),
    Row("event subscription_started", "subscription started|subscriptions started", "begonnenes Abo|begonnene Abos"),
    Row("event subscription_renewed", "subscription renewed|subscriptions renewed", "verlängertes Abo|verlängerte Abos"),
    Row("event subscription_ended", "subscription ended|subscriptions ended", "beendetes Abo|beendete Abos"),
    Row("event subscription", "subscription|subscriptions", "Abo|Abos"),
    Row("event subscription_period", "paid period of a subscription|paid periods of a subscription", "bezahlter Zeitraum eines Abos|bezahlte Zeiträume eines Abos"),
    Row("event campaign", "campaign|campaigns", "Kampagne|Kampagnen"),
    Row("event mailing", "mail|mails", "Mail|Mails"),
    Row("event begun", "sign of life|signs of life", "Lebenszeichen|Lebenszeichen"),
    Row("event any", "event|events", "Ereignis|Ereignisse"),
    Row("event", "event|events", "Ereignis|Ereignisse"),
    Row("column amount", "amount", "Betrag"),
    Row("column discount", "discount", "Rabatt"),
    Row("column quantity", "quantity", "Stückzahl"),
    Row("column order", "visits", "Besuche"),
    Row("column product", "products", "Produkte"),
    Row("column category", "categories", "Kategorien"),
    Row("column store", "stores", "Filialen"),
    Row("column campaign", "campaigns", "Kampagnen"),
    Row("column channel", "channels", "Kanäle"),
    Row("column until", "paid-until dates", "Enden der bezahlten Zeit"),
    Row("column", "values", "Werte"),
    Row("window", "in {days} days", "in {days} Tagen"),
    Row("window lagged", "in the {days} days up to {lag} days ago", "in den {days} Tagen bis vor {lag} Tagen"),
    Row("window ever", "since the first", "insgesamt"),
    Row("never", "none yet", "noch nie"),
    Row("unknown", "unknown", "unbekannt"),
    Row("yes", "yes", "ja"),
    Row("no", "no", "nein"),
    Row("per cent", "{number}%", "{number} %"),
    Row("decimal point", ".", ","),
    Row("thousands", ",", "."),
)  # fmt: skip


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
