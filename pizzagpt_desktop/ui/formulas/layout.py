"""MathML -> boxes, by the rules of The TeXbook, appendix G, with the measures of the font; paints nothing.

Every element is laid out once, so the work is linear in their number: a stretched sign never lays out again what it
stretches to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QTransform

from pizzagpt_desktop.ui.formulas import signs
from pizzagpt_desktop.ui.formulas.boxes import Box, Ink, glyph_box, grown, rule, shifted
from pizzagpt_desktop.ui.formulas.lengths import length
from pizzagpt_desktop.ui.formulas.signs import Kind, space

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pizzagpt_desktop.ui.formulas.math_font import MathFont

SHORTFALL, SHORTFALL_SHARE = 0.5, 0.901
"""How much of what it stands beside a fence need not cover: TeX's \\delimitershortfall and \\delimiterfactor."""
_TEXT_SPACE = 0.25
_OF_MI = {"normal": "", "": "italic"}


@dataclass(frozen=True, slots=True)
class Style:
    """scale: of the letters, 1 for those of the formula itself. level: of scripts. display: it stands by itself."""

    scale: float = 1.0
    level: int = 0
    display: bool = False
    cramped: bool = False
    colour: str = ""


class Layout:
    """Lays out one formula. text_font: for words in scripts that the mathematical font does not have."""

    def __init__(self, font: MathFont, text_font: QFont) -> None:
        from pizzagpt_desktop.ui.formulas.frames import Frames
        from pizzagpt_desktop.ui.formulas.scripts import Scripts
        from pizzagpt_desktop.ui.formulas.tables import Tables

        self.font = font
        self.measures = font.measures
        self._text_font = text_font
        self._scripts = Scripts(self)
        self._tables = Tables(self)
        self._frames = Frames(self)

    def formula(self, math: Element) -> Box:
        """The box of a whole formula."""
        return self.row(math, Style(display=math.get("display") == "block"))

    def axis(self, style: Style) -> float:
        """How far above the baseline the middle of a formula is."""
        return self.measures["axis_height"] * style.scale

    def inside(self, style: Style, *, cramped: bool | None = None) -> Style:
        """For the parts of a fraction."""
        if style.display:
            return replace(style, display=False, cramped=style.cramped if cramped is None else cramped)
        return self.script(style, cramped=cramped)

    def script(self, style: Style, *, cramped: bool | None = None) -> Style:
        """One level smaller."""
        return self.at_level(
            replace(style, display=False, cramped=style.cramped if cramped is None else cramped),
            style.level + 1,
        )

    def at_level(self, style: Style, level: int) -> Style:
        level = max(0, level)
        scales = (1.0, self.font.script_scale, self.font.script_script_scale)
        return replace(style, level=level, scale=scales[min(level, 2)])

    # --- elements ---------------------------------------------------------------------------------------------

    def element(self, element: Element, style: Style) -> Box:
        """The box of one element; how a sign is stretched is its row's matter."""
        match element.tag:
            case "mi":
                return self._identifier(element, style)
            case "mn" | "mtext":
                return self._words(element, style)
            case "mo":
                return self._operator(element, style)
            case "mspace":
                return self._frames.space(element, style)
            case "mfrac":
                return self._fraction(element, style)
            case "msqrt":
                return self._root(self.row(element, replace(style, cramped=True)), None, style)
            case "mroot":
                inner = self.element(element[0], replace(style, cramped=True))
                degree = self.at_level(replace(style, display=False), style.level + 2)
                return self._root(inner, self.element(element[1], degree), style)
            case "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover":
                return self._scripts.element(element, style)
            case "mtable":
                return self._tables.table(element, style)
            case "mphantom":
                box = self.row(element, style)
                return Box(box.width, box.ascent, box.descent, box.kind)
            case "mpadded":
                return self._frames.padded(element, style)
            case "menclose":
                return self._frames.enclosed(element, style)
            case "mstyle":
                return self.row(element, self.restyled(element, style))
            case _:
                return self.row(element, style)

    def restyled(self, element: Element, style: Style) -> Style:
        """The style inside an mstyle."""
        if (shown := element.get("displaystyle")) is not None:
            style = replace(style, display=shown == "true")
        if (level := element.get("scriptlevel")) is not None:
            to = int(level) if level.lstrip("+-").isdigit() else 0
            style = self.at_level(style, style.level + to if level[:1] in "+-" else min(to, 2))
        if colour := element.get("mathcolor"):
            style = replace(style, colour=colour)
        return style

    def row(self, element: Element, style: Style) -> Box:
        """The children side by side, with TeX's room between them and the fences as high as what they enclose."""
        children = list(self._spliced(element, style))
        if len(children) == 1:
            child, of_child = children[0]
            return self.element(child, of_child)
        boxes: list[Box] = []
        waiting: list[int] = []
        for child, of_child in children:
            if child.tag == "mo" and self._stretches(child):
                waiting.append(len(boxes))
                boxes.append(Box())
            else:
                boxes.append(self.element(child, of_child))
        fenced = False
        for index in waiting:
            child, of_child = children[index]
            fenced = fenced or child.get("stretchy") == "true"
            boxes[index] = self._fence(child, of_child, self._enclosed_by(index, children, boxes, waiting))
        result = self.beside(boxes, style.level > 0, style.scale)
        result.kind = Kind.INNER if fenced and element.tag == "mrow" else Kind.ORD
        return result

    def _spliced(self, element: Element, style: Style) -> list[tuple[Element, Style]]:
        """The children with their styles; an mstyle's are the row's own."""
        found: list[tuple[Element, Style]] = []
        waiting: list[tuple[Element, Style]] = [(child, style) for child in reversed(element)]
        while waiting:
            child, of_child = waiting.pop()
            if child.tag == "mstyle" or (child.tag == "mrow" and len(child) == 1):
                inner = self.restyled(child, of_child)
                waiting += [(grandchild, inner) for grandchild in reversed(child)]
            else:
                found.append((child, of_child))
        return found

    def beside(self, boxes: Sequence[Box], in_script: bool, scale: float) -> Box:
        """Boxes in a row."""
        kinds = _settled([box.kind for box in boxes])
        result = Box()
        before: Kind | None = None
        x = 0.0
        for box, kind in zip(boxes, kinds, strict=True):
            if before is not None and kind is not Kind.SPACE:
                x += space(before, kind, in_script) * scale
            result.put(box, x)
            x += box.width
            if kind is not Kind.SPACE:
                before = kind
        result.width = x
        if boxes and boxes[-1].single:
            result.italic = boxes[-1].italic
        return result

    # --- characters -------------------------------------------------------------------------------------------

    def characters(self, text: str, style: Style, kind: Kind = Kind.ORD) -> Box:
        """Characters as they are; those that the font does not have are the text font's."""
        if len(text) == 1 and (index := self.font.index(text)) and not text.isspace():
            return glyph_box(self.font.glyph(index), style.scale, kind, style.colour)
        result = Box(kind=kind)
        for known, group in groupby(text, lambda char: char.isspace() or self.font.index(char) > 0):
            words = "".join(group)
            for part in words if known else (words,):
                if part.isspace():
                    result.width += _TEXT_SPACE * style.scale
                    continue
                box = (
                    glyph_box(self.font.glyph(self.font.index(part)), style.scale, colour=style.colour)
                    if known
                    else self._foreign(part, style, kind)
                )
                result.put(box, result.width)
                result.width += box.width
        return result

    def _foreign(self, text: str, style: Style, kind: Kind) -> Box:
        font = QFont(self._text_font)
        font.setPixelSize(100)
        path = QPainterPath()
        path.addText(0.0, 0.0, font, text)
        scale = style.scale / 100
        path = QTransform.fromScale(scale, scale).map(path)
        bounds = path.boundingRect()
        width = QFontMetricsF(font).horizontalAdvance(text) * scale
        return Box(
            width, max(0.0, -bounds.top()), max(0.0, bounds.bottom()), kind,
            inks=[Ink(0.0, 0.0, 1.0, path, style.colour)],
        )  # fmt: skip

    def _identifier(self, element: Element, style: Style) -> Box:
        text = (element.text or "").strip()
        style = self.restyled(element, style)
        variant = element.get("mathvariant", "")
        if len(text) == 1:
            kind = Kind.ORD if text.isalnum() else signs.kind_of(text)
            upright = not variant and "Α" <= text <= "Ω"  # as TeX has them
            shown = text if upright else signs.styled(text, _OF_MI.get(variant, variant))
            return self.characters(shown, style, kind)
        named = not variant and text.isascii() and text.isalpha()
        shown = "".join(signs.styled(char, variant) for char in text)
        return self.characters(shown, style, Kind.OP if named else Kind.ORD)

    def _words(self, element: Element, style: Style) -> Box:
        text = element.text or ""
        style = self.restyled(element, style)
        variant = element.get("mathvariant", "")
        return self.characters("".join(signs.styled(char, variant) for char in text), style)

    def _operator(self, element: Element, style: Style) -> Box:
        text = (element.text or "").strip()
        style = self.restyled(element, style)
        if (least := element.get("minsize")) is not None:
            return self._fence(element, style, length(least, style.scale, 1.0) / 2)
        if text in signs.LARGE:
            return self._large(text, style)
        if len(text) > 1:
            return self.characters(text, style, Kind.OP if text[0].isalpha() else Kind.ORD)
        if text == "-":
            text = "−"
        elif text == "*":
            text = "∗"
        elif text in signs.BARS:
            text = "¯"
        return self.characters(text, style, signs.kind_of(text)) if text else Box()

    def _large(self, text: str, style: Style) -> Box:
        """A sum or integral, larger where the formula stands by itself, in the middle of the line."""
        index = self.font.index(text)
        wanted = self.font.display_operator_height * style.scale if style.display else 0.0
        box = grown(self.font, index, style.scale, wanted, True, style.colour)
        lean = box.italic
        result = shifted(box, (box.ascent - box.descent) / 2 - self.axis(style))
        result.kind, result.italic = Kind.OP, lean
        return result

    # --- fences -----------------------------------------------------------------------------------------------

    def _stretches(self, element: Element) -> bool:
        text = (element.text or "").strip()
        if element.get("minsize") is not None or element.get("stretchy") == "false":
            return False
        return element.get("stretchy") == "true" or text in signs.FENCES - frozenset("/\\↑↓↕⇑⇓⇕")

    def _enclosed_by(
        self, index: int, children: list[tuple[Element, Style]], boxes: list[Box], waiting: list[int]
    ) -> float:
        """Half of the height that a fence stands beside, measured from the axis."""
        explicit = children[index][0].get("stretchy") == "true"
        beside = range(len(boxes)) if explicit else (index - 1, index + 1)
        half = 0.0
        for other in beside:
            if not 0 <= other < len(boxes) or other in waiting:
                continue
            child, of_child = children[other]
            if explicit or child.tag == "mtable":
                axis = self.axis(of_child)
                half = max(half, boxes[other].ascent - axis, boxes[other].descent + axis)
        return half

    def _fence(self, element: Element, style: Style, half: float) -> Box:
        text = (element.text or "").strip()
        style = self.restyled(element, style)
        kind = signs.kind_of(text)
        form = element.get("form")
        if form in ("prefix", "postfix"):
            kind = Kind.OPEN if form == "prefix" else Kind.CLOSE
        if not text or text == ".":
            return Box(kind=kind)
        plain = self.characters(text, style, kind)
        wanted = max(2 * half * SHORTFALL_SHARE, 2 * half - SHORTFALL * style.scale)
        if element.get("minsize") is not None:
            wanted = 2 * half
        if wanted <= plain.height or len(text) != 1:
            return plain
        box = grown(self.font, self.font.index(text), style.scale, wanted, True, style.colour)
        result = shifted(box, (box.ascent - box.descent) / 2 - self.axis(style))
        result.kind = kind
        return result

    # --- fractions and roots ----------------------------------------------------------------------------------

    def _fraction(self, element: Element, style: Style) -> Box:
        above = self.element(element[0], self.inside(style))
        below = self.element(element[1], self.inside(style, cramped=True))
        line = self.measures["fraction_rule_thickness"] * style.scale
        given = element.get("linethickness")
        if given is not None:
            line = length(given, style.scale, line)
        return self._stacked(above, below, line, style)

    def _stacked(self, above: Box, below: Box, line: float, style: Style) -> Box:
        """One over the other. line: the thickness of the rule between them, 0 for none."""
        kind = "fraction" if line > 0 else "stack"
        wide = "_display_style" if style.display else ""

        def measure(name: str) -> float:
            return self.measures[name] * style.scale

        if line > 0:
            up = measure(f"{kind}_numerator{wide}_shift_up")
            down = measure(f"{kind}_denominator{wide}_shift_down")
            gap = measure("fraction_num_display_style_gap_min" if wide else "fraction_numerator_gap_min")
            axis = self.axis(style)
            up = max(up, axis + line / 2 + gap + above.descent)
            down = max(down, below.ascent + gap + line / 2 - axis)
        else:
            up, down = measure(f"stack_top{wide}_shift_up"), measure(f"stack_bottom{wide}_shift_down")
            gap = measure(f"stack{wide}_gap_min")
            missing = gap - (up - above.descent + down - below.ascent)
            if missing > 0:
                up, down = up + missing / 2, down + missing / 2
        side = 0.08 * style.scale
        wide_as = max(above.width, below.width) + (2 * side if line > 0 else 0.0)
        result = Box(wide_as + (2 * side if line > 0 else 0.0), kind=Kind.INNER if line > 0 else Kind.ORD)
        left = side if line > 0 else 0.0
        result.put(above, left + (wide_as - above.width) / 2, -up)
        result.put(below, left + (wide_as - below.width) / 2, down)
        if line > 0:
            result.put(rule(wide_as, line, style.colour), left, line / 2 - self.axis(style))
        return result

    def _root(self, inner: Box, degree: Box | None, style: Style) -> Box:
        measures, scale = self.measures, style.scale
        line = measures["radical_rule_thickness"] * scale
        name = "radical_display_style_vertical_gap" if style.display else "radical_vertical_gap"
        gap = measures[name] * scale
        ascent = max(inner.ascent, 0.4 * scale)
        wanted = ascent + max(inner.descent, 0.0) + gap + line
        sign = grown(self.font, self.font.index("√"), scale, wanted, True, style.colour)
        gap += max(0.0, sign.height - wanted) / 2
        top = ascent + gap + line
        result = Box()
        x = 0.0
        if degree is not None:
            before, after = measures["radical_kern_before_degree"], measures["radical_kern_after_degree"]
            x = max(0.0, before * scale)
            raised = (sign.height * self.font.degree_raise) - (sign.height - top)
            result.put(degree, x, -(raised + degree.descent))
            x = max(0.0, x + degree.width + after * scale)
        result.put(sign, x, sign.ascent - top)
        x += sign.width
        result.put(rule(inner.width + 0.05 * scale, line, style.colour), x, line - top)
        result.put(inner, x)
        result.width = x + inner.width + 0.05 * scale
        result.ascent = max(result.ascent, top + measures["radical_extra_ascender"] * scale)
        return result


def _settled(kinds: list[Kind]) -> list[Kind]:
    """Signs between two things are only that where there are two things: "-1" has no room after its sign."""
    result = list(kinds)
    before = Kind.OPEN
    for index, kind in enumerate(kinds):
        if kind is Kind.SPACE:
            continue
        if kind is Kind.BIN and before in (Kind.BIN, Kind.OP, Kind.REL, Kind.OPEN, Kind.PUNCT):
            result[index] = kind = Kind.ORD
        before = kind
    after = Kind.CLOSE
    for index in range(len(result) - 1, -1, -1):
        if result[index] is Kind.SPACE:
            continue
        if result[index] is Kind.BIN and after in (Kind.REL, Kind.CLOSE, Kind.PUNCT):
            result[index] = Kind.ORD
        after = result[index]
    return result
