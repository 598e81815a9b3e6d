"""The order: an amount that is the whole order's, on each of its lines, would count once for each of them."""

from pathlib import Path

import duckdb

from features.arrow import quoted
from features.dataset import Dataset, Source
from features.proposals import called
from features.proposals.forms import Form
from features.proposals.happened import comment
from features.sources.expression import number
from features.sources.relation import opened

_SEVERAL = 10
"""So many orders with several lines tell."""
_ALIKE = 0.95
"""The share of them whose lines all have the same amount, where it is the order's."""


def without_totals(
    connection: duckdb.DuckDBPyConnection, form: Form, columns: dict[str, str], folder: Path
) -> tuple[dict[str, str], str]:
    """Return the columns without an amount that is the whole order's on each of its lines, and what is said of it."""
    own = {ours: columns[ours] for ours in ("order_id", "amount") if columns.get(ours, "") in form.types}
    several = alike = 0
    for path in form.paths if len(own) > 1 else ():
        source = Source(str(Path(path).resolve()), "", own, rows=form.rows, encoding=form.encoding)
        for one in opened(connection, Dataset(name="proposal", sources=(source,)), source, folder, path).each:
            amount = number(own["amount"], one.types, one.reader)
            of_orders = (
                f"SELECT count(*) AS lines, min({amount}) = max({amount}) AND max({amount}) <> 0 AS same"
                f" FROM {one.sql} WHERE {quoted(own['order_id'])} IS NOT NULL GROUP BY {quoted(own['order_id'])}"
            )
            ((more, same),) = connection.sql(
                f"SELECT count(*) FILTER (lines > 1), count(*) FILTER (lines > 1 AND same) FROM ({of_orders})"
            ).fetchall()
            several, alike = several + int(more), alike + int(same)
    if several < _SEVERAL or alike < _ALIKE * several:
        return columns, ""
    of_line = called.of_price(form.types, columns)
    instead = {"amount": of_line} if of_line else {}
    said = (
        f"# {comment([own['amount']])} is the same on all lines of {alike:,} of {several:,} orders with several:"
        " mapped to amount, it would count once for each line"
    )
    return {ours: instead.get(ours, theirs) for ours, theirs in columns.items() if ours != "amount" or instead}, said
