"""Machine: which rows were made by mail proxies, scanners and other machines, as a column or a condition says."""

from features.arrow import literal
from features.sources.batch import UNTOLD_KIND
from features.sources.expression import condition, text_of, unreadable
from features.sources.kinds import BY_MACHINE
from features.sources.relation import Relation, translated

YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
"""What a column holds that says whether a machine did it, in any case."""


def kind(text: str, relation: Relation, own: str, where: str) -> str:
    """Return SQL for the code of a row's kind: BY_MACHINE where a machine made it, else its own.

    Args:
        text: a column of yes and no, or a condition on columns.
        relation: the rows.
        own: SQL of the kind.
        where: the beginning of an error's message.

    Raises:
        DatasetError: the text is neither.
    """
    held, untold = translated(lambda: told(text, relation), where)
    cases = f"WHEN {held} THEN {BY_MACHINE}" + (f" WHEN {untold} THEN {UNTOLD_KIND}" if untold != "false" else "")
    return f"(CASE {cases} ELSE {own} END)::UTINYINT"


def told(text: str, relation: Relation) -> tuple[str, str]:
    """Return SQL of whether a machine made a row, and of whether that cannot be told.

    Raises:
        ValueError: the text is neither a column nor a condition.
    """
    given = said(text, relation)
    if not given:
        types, reader = relation.types, relation.reader
        return condition(text, types, reader), unreadable(text, types, reader)
    yes, both = (", ".join(map(literal, words)) for words in (YES, ("", *YES, *NO)))
    return f"({given} IN ({yes}))", f"({given} NOT IN ({both}))"


def said(text: str, relation: Relation) -> str:
    """Return SQL of what a column, or an expression of text, says in small letters; empty where it is a condition."""
    try:
        return f"lower(trim({text_of(text, relation.types, relation.reader)}))"
    except ValueError:
        return ""
