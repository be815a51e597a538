"""A formula's TeX -> MathML of a fixed, small kind; knows no font, no picture and no clipboard.

The source is a stranger's. Before it is read it is bounded (length, depth, no definitions), and what comes of it is
built anew from the elements and attributes listed here, so that the result can stand in a page without harm.
"""

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from pizzagpt_desktop.domain.formula_dialect import plainer

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH_LIMIT = 4_000
"""Characters of a source that is read at all; our Markdown takes no longer one for a formula."""
BRACES_LIMIT = 40
"""Levels of braces, environments and brackets that grow."""
DEPTH_LIMIT, SIZE_LIMIT = 48, 1_500
"""Levels and elements of the result."""
NAMESPACE = "http://www.w3.org/1998/Math/MathML"

_ELEMENTS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "mfenced",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "accent",
        "accentunder",
        "columnalign",
        "columnlines",
        "columnspacing",
        "depth",
        "display",
        "displaystyle",
        "fence",
        "form",
        "frame",
        "height",
        "largeop",
        "linethickness",
        "lspace",
        "mathbackground",
        "mathcolor",
        "mathsize",
        "mathvariant",
        "maxsize",
        "minsize",
        "movablelimits",
        "notation",
        "rowlines",
        "rowspacing",
        "rspace",
        "scriptlevel",
        "separator",
        "stretchy",
        "symmetric",
        "voffset",
        "width",
    ]
)
_PARTS = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
"""How many children an element must have."""
_TOKENS = frozenset({"mi", "mn", "mo", "mtext"})
_VALUE = re.compile(r"[\w#.%+ -]{1,80}")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})|[A-Za-z]{3,20}")
_COLOURED = ("mathcolor", "mathbackground")
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_ESCAPED = {"\\{": "{", "\\}": "}", "\\|": "\N{DOUBLE VERTICAL LINE}"}
"""What the reader leaves as it is written after a word like \\big."""
_DEFINES = re.compile(
    r"\\(?:[egx]?def|let|futurelet|(?:re)?newcommand|providecommand|(?:re)?newenvironment|DeclareMathOperator)"
    r"(?![A-Za-z])"
)
_NESTS = re.compile(r"\\\\|\\[{}]|[{}]|\\(?:begin|end|left|right)(?![A-Za-z])")
_UNREADABLE: tuple[type[Exception], ...] = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError,
)  # fmt: skip
"""What a parser that others wrote may raise on what it was not made for; RecursionError is a RuntimeError."""


class FormulaError(ValueError):
    """A formula that stays source; its words say why, for people."""


def mathml(source: str, display: bool) -> str | None:
    """The MathML of a formula without its delimiters; None where it cannot be read. display: it stands by itself."""
    try:
        return tostring(read(source, display), encoding="unicode")
    except FormulaError:
        return None


def read(source: str, display: bool) -> Element:
    """The tree of a formula: `math` with its namespace as an attribute. Raises FormulaError."""
    from latex2mathml import exceptions
    from latex2mathml.converter import convert_to_element

    _bounded(source)
    strange: tuple[type[Exception], ...] = tuple(
        kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)
    )
    try:
        found = convert_to_element(plainer(source), display="block" if display else "inline")
        result = Element("math", {"xmlns": NAMESPACE, "display": "block" if display else "inline"})
        _copy(found, result)
    except FormulaError:
        raise
    except RecursionError as error:
        raise FormulaError("It is nested too deeply.") from error
    except (*_UNREADABLE, *strange) as error:
        raise FormulaError("It cannot be read.") from error
    return result


def _bounded(source: str) -> None:
    if len(source) > LENGTH_LIMIT:
        raise FormulaError("It is too long.")
    if not source.strip():
        raise FormulaError("It is empty.")
    if _DEFINES.search(source) is not None:
        raise FormulaError("It defines commands of its own.")
    depth = 0
    for match in _NESTS.finditer(source):
        word = match.group()
        depth += 1 if word in ("{", "\\begin", "\\left") else -1 if word in ("}", "\\end", "\\right") else 0
        if depth > BRACES_LIMIT:
            raise FormulaError("It is nested too deeply.")


def _copy(found: Element, result: Element) -> None:
    """Build below `result` what is below `found`, without whatever is not on the lists."""
    count = 0
    waiting: list[tuple[Iterator[Element], Element]] = [(iter(found), result)]
    while waiting:
        children, parent = waiting[-1]
        child = next(children, None)
        if child is None:
            waiting.pop()
            continue
        count += 1
        if count > SIZE_LIMIT or len(waiting) > DEPTH_LIMIT:
            raise FormulaError("It is too large.")
        tag = child.tag if child.tag in _ELEMENTS and child.tag != "math" else "mrow"
        made = SubElement(parent, tag, _attributes(child))
        if tag in _TOKENS:
            made.text = _words(child.text or "", tag)
        elif child.text and child.text.strip():  # characters stand in tokens only
            SubElement(made, "mtext").text = _words(child.text, "mtext")
        if len(child) != _PARTS.get(tag, len(child)):
            raise FormulaError("It cannot be read.")
        waiting.append((iter(child), made))


def _attributes(element: Element) -> dict[str, str]:
    kept = {}
    for name, value in element.attrib.items():
        pattern = _COLOUR if name in _COLOURED else _VALUE
        if name in _ATTRIBUTES and pattern.fullmatch(value):
            kept[name] = value
    return kept


def _words(text: str, tag: str) -> str:
    """The characters of a token, without those that no XML may hold."""
    text = _REFERENCE.sub(lambda match: _character(int(match.group(1), 16)), text)
    if tag == "mo" and text in _ESCAPED:
        text = _ESCAPED[text]
    if tag != "mtext" and (unknown := _COMMAND.search(text)) is not None:
        raise FormulaError(f"The command {unknown.group()[:40]} is not known.")
    return "".join(char if _is_fit(char) else "\ufffd" for char in text)


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _is_fit(char: str) -> bool:
    return char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\x7f\ufffe\uffff"
