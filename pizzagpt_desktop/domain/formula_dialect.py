"""The TeX that models write -> the part of it that our reader knows; works on the source alone, knows no MathML.

One pass from left to right that never makes the source much longer: what it does not know it leaves as it is.
"""

import re

_WORD = re.compile(
    r"\\\\\*?(?:[ \t]*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?"  # the end of a row, with the room below it
    r"|\\(?P<side>begin|end)\s*\{(?P<name>[A-Za-z]+\*?)\}"
    r"|\\(?P<command>[A-Za-z]+)\*?"
    r"|\\."
    r"|%[^\n]*",
    re.S,
)
_ENVIRONMENTS = {
    **dict.fromkeys(
        ("aligned", "align", "split", "alignat", "alignat*", "alignedat", "flalign", "flalign*",
         "eqnarray", "eqnarray*"), "align*"),
    **dict.fromkeys(("gathered", "gather", "gather*", "multline", "multline*", "multlined"), "displaylines"),
    "dcases": "cases", "darray": "array", "subarray": "array", "tabular": "array",
}  # fmt: skip
"""What is arranged alike; equations are not numbered, since the numbers would count for one reply only."""
_COUNTED = frozenset({"alignat", "alignat*", "alignedat"})
"""Environments that say first how many columns they have."""
_FENCED = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "cases"})
_BARE = frozenset({"equation", "equation*", "math", "displaymath"})
_DROPPED = frozenset({"nonumber", "notag", "displaylimits", "allowbreak", "nobreak", "noindent", "centering"})
_DROPPED_WITH_WORD = frozenset({"label", "require", "vspace"})
_OPERATOR_SPACE = re.compile(r"\\[,:;! ]|~|\s")
_KNOWN_OPERATORS = {"argmax": r"\argmax", "argmin": r"\argmin", "limsup": r"\limsup", "liminf": r"\liminf"}
_COLUMNS = re.compile(r"[lcr|]")


def plainer(source: str) -> str:
    """`source` in the words of our reader; the same picture."""
    parts: list[str] = []
    closing: list[str] = []
    at = 0
    while (match := _WORD.search(source, at)) is not None:
        parts.append(source[at : match.start()])
        at = match.end()
        text, name, command = match.group(), match.group("name"), match.group("command")
        if text.startswith("%"):
            continue
        if text.startswith("\\\\"):
            parts.append("\\\\ ")
        elif match.group("side") == "begin":
            opening, ending, at = _environment(source, name, at)
            parts.append(opening)
            closing.append(ending)
        elif match.group("side") == "end":
            parts.append(closing.pop() if closing else text)
        elif command is not None:
            written, at = _command(source, text, command, at)
            parts.append(written)
        else:
            parts.append(text)
    parts.append(source[at:])
    return "".join(parts)


def group(source: str, at: int) -> tuple[str, int] | None:
    """What stands between braces at `at`, blanks before them left out, and where it ends; None: no such braces."""
    while at < len(source) and source[at].isspace():
        at += 1
    if not source.startswith("{", at):
        return None
    depth, place = 0, at
    while place < len(source):
        char = source[place]
        if char == "\\":
            place += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return source[at + 1 : place], place + 1
        place += 1
    return None


def _environment(source: str, name: str, at: int) -> tuple[str, str, int]:
    """How an environment begins and ends in the words of our reader, and where its inside begins."""
    if name in _BARE:
        return "{", "}", at
    if name in _COUNTED and (columns := group(source, at)) is not None:
        at = columns[1]
    known = _ENVIRONMENTS.get(name, name)
    if known == "array":
        if source.startswith("[", at) and (end := source.find("]", at)) >= 0:
            at = end + 1  # how it stands beside its neighbours
        if (columns := group(source, at)) is not None:
            return "\\begin{array}{" + "".join(_COLUMNS.findall(columns[0])) + "}", "\\end{array}", columns[1]
    if name == "rcases":
        return "\\left.\\begin{array}{ll}", "\\end{array}\\right\\}", at
    if known in _FENCED:  # its scripts belong to the whole of it
        return f"{{\\begin{{{known}}}", f"\\end{{{known}}}}}", at
    return f"\\begin{{{known}}}", f"\\end{{{known}}}", at


def _command(source: str, text: str, command: str, at: int) -> tuple[str, int]:
    """What to write for a command, and where to go on."""
    if command in _DROPPED:
        return " ", at
    inside = group(source, at)
    if inside is None:
        return text, at
    words, end = inside
    if command in _DROPPED_WITH_WORD:
        return " ", end
    if command == "tag":
        return "\\qquad\\text{" + (words if text.endswith("*") else f"({words})") + "}", end
    if command == "operatorname":
        name = _OPERATOR_SPACE.sub("", words)
        if name in _KNOWN_OPERATORS:
            return _KNOWN_OPERATORS[name] + " ", end
        if name.isascii() and name.isalpha():
            return f"{text}{{{name}}}", end
        return f"\\mathrm{{{plainer(words)}}}", end
    if command == "mathrm" and len(words) == 1 and words.isalnum():
        return f"\\text{{{words}}}", end  # the reader forgets that it stands upright
    if command == "hspace":
        return f"\\hspace{{{words}}}", end
    if command in ("ref", "eqref"):
        return "\\text{(" + words + ")}", end
    if command == "raisebox":
        return " ", end
    return text, at
