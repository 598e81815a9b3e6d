"""Formulas: the text of an expression as a tree, with its names and texts told apart; nothing is ever evaluated."""

import ast
import re
import unicodedata
from dataclasses import dataclass

LONGEST = 4_000
"""Characters of a formula."""
DEEPEST = 250
"""Levels of its tree; a sum of 200 columns has as many."""

_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`]|``)+`|\bif(?=\s*\()""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"""\\(['"\\])""")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_ONLY_QUOTED = re.compile("[#'\"`\\\\]")
"""What stands nowhere outside quotes: a comment, say, is no expression, and Python's parser would pass over it."""


class NotAFormulaError(ValueError):
    """The text is not of the grammar."""


@dataclass(frozen=True)
class Formula:
    """A parsed text. Names in backticks, texts in quotes and `if` stand in the tree as words that the text lacks."""

    text: str
    tree: ast.expr
    written: str
    """The text with those words in it: the tree's positions refer to it."""
    tokens: dict[str, str]
    """Those words, and what was written in their place."""

    def quoted(self, word: str) -> bool:
        """Return whether a word of the tree is a name in backticks."""
        return self.tokens.get(word, "").startswith("`")

    def name(self, word: str) -> str:
        """Return the name that a word of the tree stands for."""
        token = self.tokens.get(word, word)
        return token[1:-1].replace("``", "`") if token.startswith("`") else token

    def string(self, node: ast.expr) -> str | None:
        """Return the text that a node is, None where it is something else."""
        token = self.tokens.get(node.id, "") if isinstance(node, ast.Name) else ""
        return _ESCAPED.sub(r"\1", token[1:-1]) if token[:1] in {"'", '"'} and token else None

    def bracketed(self, node: ast.expr) -> bool:
        """Return whether an opening bracket stands before a node, as in `in ('a')`."""
        return self.written.encode()[: node.col_offset].rstrip().endswith(b"(")

    def shown(self, node: ast.AST) -> str:
        """Return a part of the text in quotes, as it was written, cut at 80 characters."""
        part = ast.get_source_segment(self.written, node) or self.written
        restored = re.sub(r"\w+", lambda word: self.tokens.get(word.group(), word.group()), part)
        return repr(" ".join(restored.split())[:80])


def parse(text: str) -> Formula:
    """Parse a text.

    Raises:
        NotAFormulaError: it is not of Python's grammar.
        ValueError: it is too long or too deep.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{text[:40]!r}... has {len(text):,} characters; at most {LONGEST:,} are allowed.")
    written, tokens = _worded(text)
    try:
        tree = ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(text) from None
    if _depth(tree) > DEEPEST:
        raise ValueError(f"{text[:40]!r}... is nested more than {DEEPEST} levels deep.")
    return Formula(text, tree, written, tokens)


def _worded(text: str) -> tuple[str, dict[str, str]]:
    """Return the text on one line with a word for each token, and the tokens by their words."""
    prefix = "q_"
    while prefix in text:
        prefix += "_"
    parts: list[str] = []
    tokens: dict[str, str] = {}
    end = 0
    for match in _TOKEN.finditer(text):
        word = f"{prefix}{len(tokens)}"
        tokens[word] = match.group()
        parts += [text[end : match.start()], f" {word} "]
        end = match.end()
    parts.append(text[end:])
    # Python reads a letter as its plain form: a name of others must be quoted, or it could mean another column.
    plain = all(unicodedata.is_normalized("NFKC", part) for part in parts)
    if not plain or _UNWRITABLE.search(text) or any(_ONLY_QUOTED.search(part) for part in parts):
        raise _refused(text)
    return " ".join("".join(parts).split()), tokens


def _depth(tree: ast.expr) -> int:
    """Return the levels of a tree, counted without recursion."""
    level, depth = [tree], 0
    while level and depth <= DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        depth += 1
    return depth


def _refused(text: str) -> NotAFormulaError:
    return NotAFormulaError(f"{text[:80]!r} is neither a column nor an expression of columns.")
