"""SVG: elements as safe text, and the frame that gives a drawing its name for those who cannot see it."""

from markupsafe import Markup, escape

DIGITS = 1
"""After the point of a coordinate: a tenth of a pixel is finer than anybody sees."""


def element(name: str, *children: str, **attributes: object) -> Markup:
    """Return an element; an attribute's `_` stands for `-`, and one at its end for nothing. Text is escaped."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value)) for key, value in attributes.items()
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), said, inside)  # noqa: S704  a literal of this package


def frame(width: float, height: float, label: str, *children: str, class_: str = "chart") -> Markup:
    """Return a drawing that grows and shrinks with the page; `label` says in words what it shows."""
    box = f"0 0 {_value(width)} {_value(height)}"
    return element("svg", *children, class_=class_, viewBox=box, role="img", aria_label=label)


def text(x: float, y: float, said: str, **attributes: object) -> Markup:
    """Return a line of text; it begins at x unless `text_anchor` says otherwise."""
    return element("text", said, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def polyline(points: list[tuple[float, float]], class_: str) -> Markup:
    """Return a line through points."""
    return element("polyline", points=" ".join(f"{_value(x)},{_value(y)}" for x, y in points), class_=class_)


def titled(title: str, *children: str, **attributes: object) -> Markup:
    """Return a group whose title is shown while the pointer rests on it."""
    return element("g", element("title", title), *children, **attributes)


def _value(value: object) -> str:
    return f"{value:.{DIGITS}f}".removesuffix(f".{'0' * DIGITS}") if isinstance(value, float) else str(value)
