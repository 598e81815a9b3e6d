"""Constants: numbers and texts of a rule as people write them, and the rule's own words for messages."""

import ast
import re

from features.sources.expression.formula import Formula, NotAFormulaError, parse

ALLOWED = (
    "compare features, predicted.TARGET, segment.NAME, policy.NAME and attribute.NAME with numbers or quoted text by =="
    " != < <= > >= or in ('a', 'b'), and join with and, or, not; arithmetic is not known"
)
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`]|``)+`"""
_PERCENT = re.compile(rf"{_QUOTED}|(?<![\w.])(?P<number>\d+(?:\.\d+)?)\s*%")
_TOLD = re.compile(r"percent\(([\d.]+)\)")
_HINTS = (
    (r"(?<![=!<>])=(?!=)", "write == to compare"),
    (r"<>", "write != for what differs"),
    (r"&&|\|\||(?<!\w)(AND|OR|NOT|IN)(?!\w)", "write and, or, not, in in small letters"),
    (r"(?i)(?<!\w)(is\s+(not\s+)?null|null)(?!\w)", "write missing(...) for what is not known"),
)
WORDS = {"true": True, "false": False}


class Constants:
    """Reads what is constant in one rule."""

    allowed = ALLOWED
    """What may stand in it, for messages."""

    def __init__(self, text: str) -> None:
        self.formula = _parsed(text, self.allowed)

    def options(self, node: ast.expr) -> tuple[ast.expr, ...]:
        """Return what stands in brackets behind `in`.

        Raises:
            ValueError: there are no brackets.
        """
        if isinstance(node, ast.Tuple | ast.List) and node.elts:
            return tuple(node.elts)
        if self.formula.bracketed(node):
            return (node,)
        raise ValueError(f"{self.text(node)!r}: what is looked for stands in brackets, as in ('a', 'b').")

    def is_constant(self, node: ast.expr) -> bool:
        """Return whether a node is a number, a text, or true or false."""
        return self.constant(node) is not None

    def constant(self, node: ast.expr) -> float | str | bool | None:
        """Return the number, the text, or true or false that a node is; None where it is something else."""
        if (text := self.formula.string(node)) is not None:
            return text
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float | bool):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if isinstance(value, int | float):
                return -value
            case ast.Name(id=word) if word in WORDS:
                return WORDS[word]
            case ast.Call(func=ast.Name(id="percent"), args=[ast.Constant(value=value)]) if isinstance(
                value, int | float
            ):
                return value / 100
        return None

    def string(self, node: ast.expr) -> str:
        """Return the text in quotes that a node is.

        Raises:
            ValueError: it is something else.
        """
        text = self.formula.string(node)
        if text is None:
            raise ValueError(f"{self.text(node)!r}: text in quotes is needed here.")
        return text

    def whole(self, node: ast.expr, most: int) -> int:
        """Return the whole number from 1 on that a node is.

        Raises:
            ValueError: it is something else.
        """
        value = self.constant(node)
        if isinstance(value, bool | str) or value is None or value != int(value) or not 1 <= value <= most:
            raise ValueError(f"got {self.text(node)}; a whole number from 1 to {most:,} is needed here.")
        return int(value)

    def degrees(self, node: ast.expr, most: float) -> float:
        """Return the number of degrees that a node is.

        Raises:
            ValueError: it is something else.
        """
        value = self.constant(node)
        if isinstance(value, bool | str) or value is None or abs(value) > most:
            raise ValueError(f"got {self.text(node)}; degrees from -{most:g} to {most:g} are needed here.")
        return float(value)

    def text(self, node: ast.AST) -> str:
        """Return a part of the rule as it was written, with blanks where people write them."""
        part = ast.get_source_segment(self.formula.written, node) or self.formula.written
        plain = re.sub(r"\s+([,)])", r"\1", re.sub(r"\(\s+", "(", " ".join(part.split())))
        restored = re.sub(r"\w+", lambda word: self.formula.tokens.get(word.group(), word.group()), plain)
        return _TOLD.sub(r"\1%", restored)


def _parsed(text: str, allowed: str) -> Formula:
    try:
        return parse(_PERCENT.sub(lambda one: f"percent({one['number']})" if one["number"] else one[0], text))
    except NotAFormulaError:
        bare = re.sub(_QUOTED, "''", text)
        said = "; ".join(hint for pattern, hint in _HINTS if re.search(pattern, bare))
        raise ValueError(f"{text[:80]!r} is no condition: {said or allowed}.") from None
