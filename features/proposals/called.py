"""How columns are called: which of a file's columns mean one of ours, by their names alone."""

import re
from collections.abc import Iterator, Mapping

import duckdb

from features.log.event import COLUMNS
from features.sources.expression.field import shown

_NUMBER = "(id|nr|no|num|number|nummer|code|key|ref)?"
_WHO = "customer|client|kunden?|user|member|household|buyer|account|contact|cliente|klant"
_MEANS = {
    "customer_id": f"({_WHO}){_NUMBER}",
    "occurred_at": "(order|invoice|purchase|transaction|event|created|rechnungs|bestell|buchungs|beleg|auftrags|kauf"
    "|paid|sale|posting|booking|sent|received|redemption|visit|action|activity|session)?(date|time|datetime|timestamp|ts|datum|at|on|fecha|data|jour)(created|utc)?"
    "|when|day|tag",
    "amount": "(order|line|net|gross|grand|item|sales)?(amount|total|revenue|sales|value|betrag|umsatz|montant|importe"
    "|summe|netto|brutto|spend|turnover)(net|gross|amount|eur|usd|gbp)?|(total|order)price|amountpaid",
    "order_id": "(order|invoice|transaction|basket|receipt|document|voucher|bestell|rechnungs?|auftrags?|beleg|facture"
    f"|commande){_NUMBER}",
    "product_id": f"(product|item|article|artikel|sku|stock|produit|producto){_NUMBER}",
    "quantity": "(line|item|order)?(quantity|qty|menge|anzahl|quantite|cantidad|units|pieces)",
    "category": "(product|item)?(category|department|kategorie|warengruppe|categorie|categoria)(name)?",
    "store_id": f"(store|shop|branch|filiale|magasin|tienda){_NUMBER}",
}
"""How columns are called that mean one of ours, in small letters without signs."""
_AT = "(at|on|date|time|datum)?(utc)?"
SINCE = re.compile(
    f"(account|customer|member|user)?(created|registered|registration|joined|signup|signedup|added|since){_AT}"
)
"""How a time is called since when somebody is known, which is no event's time where a row is a customer."""
_BEGINS = re.compile(f"(current)?(period|billing|subscription)?(start|started|begin|starts){_AT}")
ENDS = re.compile(f"(cancell?ed|ended|terminated|churned|gekuendigt){_AT}")
"""How the time is called at which a subscription ended."""
UNTIL = re.compile(
    "((paid|valid|active)(until|till|through|to)|(current|billing|subscription)*period(end|ends)|until"
    f"|(expires|expiry|expiration|renews|renewal)|next(billing|payment|renewal|charge|invoice)){_AT}"
)
"""How the time is called up to which something is paid."""
_MAIL = re.compile("(customer|client|user|billing|contact)?e?mail(address)?")
_PRICE = re.compile("(unit|item|einzel|line)?(price|preis|prix|precio)")
_SOMEBODY = re.compile(f"({_WHO}|profile|person|visitor)s?")
_ID = re.compile("(customer|client|user|external)?(id|uuid)")
_SEVERAL = ("STRUCT", "MAP", "UNION")
"""Types of columns that hold several values."""
_DEEP = 3
"""So many names a path into a column has at most."""


def word(name: str) -> str:
    """Return a name in small letters without signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


def flat(types: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that hold one value in a row, each with its name in small letters without signs."""
    return {
        name: word(name) for name, kind in types.items() if not kind.startswith(_SEVERAL) and not kind.endswith("]")
    }


def columns(types: Mapping[str, str]) -> dict[str, str]:
    """Return ours by the columns that are called as they might be, each once, the first that is.

    One that has our own name goes before all others. A customer may be inside another column, or be a mail address.
    """
    plain = flat(types)
    found: dict[str, str] = {}
    patterns = [(column.name, re.escape(word(column.name))) for column in COLUMNS] + list(_MEANS.items())
    patterns += [("occurred_at", SINCE.pattern), ("occurred_at", _BEGINS.pattern)]
    for ours, pattern in patterns:
        of = [name for name, own in plain.items() if re.fullmatch(pattern, own) and own and name not in found.values()]
        if of and ours not in found:
            found[ours] = of[0]
    if "customer_id" not in found and (who := inside(types, _ID) or mail(types)):
        found["customer_id"] = who
    if "amount" not in found and (price := of_price(types, found)):
        found["amount"] = price
    return {column.name: found[column.name] for column in COLUMNS if column.name in found}


def of_price(types: Mapping[str, str], found: Mapping[str, str]) -> str:
    """Return the amount of a line as its price, times its quantity where there is one; empty without a price."""
    price = [name for name, own in flat(types).items() if _PRICE.fullmatch(own)]
    return shown(price[0]) + (f" * {shown(found['quantity'])}" if "quantity" in found else "") if price else ""


def first(types: Mapping[str, str], pattern: re.Pattern[str]) -> str:
    """Return the first column that holds one value and is called by a pattern; empty where there is none."""
    return next((name for name, own in flat(types).items() if pattern.fullmatch(own)), "")


def mail(types: Mapping[str, str]) -> str:
    """Return the expression of a mail address, wherever it stands; empty where there is none."""
    name = first(types, _MAIL)
    where = shown(name) if name else inside(types, _MAIL)
    return f"lower({where})" if where else ""


def is_mail(text: str) -> bool:
    """Return whether an expression is that of a mail address, or a column is called like one."""
    return text.startswith("lower(") or bool(_MAIL.fullmatch(word(text)))


def inside(types: Mapping[str, str], pattern: re.Pattern[str]) -> str:
    """Return the path to what is called so inside an object that is somebody, else anywhere; empty where none is."""
    paths = [path for name, kind in types.items() for path in _paths((name,), kind)]
    of_somebody = [path for path in paths if pattern.fullmatch(word(path[-1])) and _SOMEBODY.fullmatch(word(path[-2]))]
    own = _MAIL if pattern is _MAIL else re.compile(_MEANS["customer_id"])
    anywhere = [path for path in paths if own.fullmatch(word(path[-1]))]
    return next((".".join(map(shown, path)) for path in (*of_somebody, *anywhere)), "")


def _paths(above: tuple[str, ...], kind: str) -> Iterator[tuple[str, ...]]:
    """Yield the path to each single value inside a struct."""
    if not kind.startswith("STRUCT") or kind.endswith("]") or len(above) == _DEEP:
        return
    for name, of in duckdb.sqltype(kind).children:
        if str(of).startswith(_SEVERAL):
            yield from _paths((*above, name), str(of))
        elif not str(of).endswith("]"):
            yield (*above, name)
