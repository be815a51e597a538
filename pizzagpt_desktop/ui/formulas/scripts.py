"""What stands beside, above and below: scripts, limits, accents, braces and arrows; knows no table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pizzagpt_desktop.ui.formulas import signs
from pizzagpt_desktop.ui.formulas.boxes import Box, grown, rule
from pizzagpt_desktop.ui.formulas.signs import Kind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from pizzagpt_desktop.ui.formulas.layout import Layout, Style

_BRACES = frozenset("⏞⏟⏜⏝⎴⎵⏠⏡")
_PRIMES = frozenset("′″‴⁗'")
_ARROWS = frozenset("→←↔⇒⇐⇔↦↪↩⇀↽⇌⟶⟵⟷⟹⟸⟺↼⇁=")
_PLACES = {
    "msub": (1, None), "msup": (None, 1), "msubsup": (1, 2), "munder": (1, None), "mover": (None, 1),
    "munderover": (1, 2),
}  # fmt: skip


class Scripts:
    """Lays out elements with a base and one or two others."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._font = layout.font
        self._measures = layout.measures

    def element(self, element: Element, style: Style) -> Box:
        below, above = (element[place] if place is not None else None for place in _PLACES[element.tag])
        core = _core(element[0])
        text = (core.text or "").strip().replace("\u2009", " ") if core.tag in ("mo", "mi") else ""
        moves = text in signs.LIMITED or text in signs.LARGE - signs.INTEGRALS
        if element.tag in ("msub", "msup", "msubsup"):
            limits = style.display and core.tag == "mo" and moves
        else:
            limits = style.display or not moves
        if not limits:
            return self._beside(element[0], below, above, style)
        if (
            element.tag == "mover"
            and (mark := self._accent(element, element[0], element[1], style)) is not None
        ):
            return mark
        if element.tag == "munder" and (line := self._underline(element, style)) is not None:
            return line
        return self._limits(element, below, above, text, style)

    # --- beside -----------------------------------------------------------------------------------------------

    def _beside(self, base: Element, below: Element | None, above: Element | None, style: Style) -> Box:
        layout, measures, scale = self._layout, self._measures, style.scale
        core = layout.element(base, style)
        result = Box(kind=core.kind)
        result.put(core, 0.0)
        x = core.width
        lean = core.italic
        is_integral = core.kind is Kind.OP and lean > 0
        sub = layout.element(below, layout.script(style, cramped=True)) if below is not None else None
        if above is not None and _is_prime(above):
            sup: Box | None = layout.element(above, replace(style, display=False))
            up = 0.0  # the sign stands as high as it should by itself
        else:
            sup = layout.element(above, layout.script(style)) if above is not None else None
            up = measures["superscript_shift_up_cramped" if style.cramped else "superscript_shift_up"] * scale
            if sup is not None:
                least = measures["superscript_bottom_min"] * scale + sup.descent
                drop = 0.0 if core.single else core.ascent - measures["superscript_baseline_drop_max"] * scale
                up = max(up, least, drop)
        down = measures["subscript_shift_down"] * scale
        if sub is not None:
            drop = 0.0 if core.single else core.descent + measures["subscript_baseline_drop_min"] * scale
            down = max(down, drop, sub.ascent - measures["subscript_top_max"] * scale)
        if sub is not None and sup is not None:
            missing = measures["sub_superscript_gap_min"] * scale - (up - sup.descent + down - sub.ascent)
            if missing > 0:
                down += missing
        widest = 0.0
        if sup is not None:
            at = x + (0.0 if is_integral else lean)
            result.put(sup, at, -up)
            widest = at + sup.width
        if sub is not None:
            at = x - (lean if is_integral else 0.0)
            result.put(sub, at, down)
            widest = max(widest, at + sub.width)
        result.width = widest + measures["space_after_script"] * scale
        return result

    # --- above and below --------------------------------------------------------------------------------------

    def _limits(
        self, element: Element, below: Element | None, above: Element | None, text: str, style: Style
    ) -> Box:
        layout, measures, scale = self._layout, self._measures, style.scale
        over = self._part(above, style)
        under = self._part(below, style)
        widest = max((part.width for part in (over, under) if part is not None), default=0.0)
        core_element = _core(element[0])
        if core_element.tag == "mo" and text in _ARROWS and _is_arrow(text):
            core = grown(self._font, self._font.index(text), scale, widest + 0.6 * scale, False, style.colour)
            core.kind = Kind.REL
        else:
            core = layout.element(element[0], style)
        over = self._brace(above, core, style) or over
        under = self._brace(below, core, style) or under
        width = max([core.width, *(part.width for part in (over, under) if part is not None)])
        result = Box(width, kind=core.kind)
        left = (width - core.width) / 2
        result.put(core, left)
        lean = core.italic / 2 if core.kind is Kind.OP else 0.0
        if over is not None:
            gap = max(
                measures["upper_limit_gap_min"] * scale + max(0.0, over.descent),
                measures["upper_limit_baseline_rise_min"] * scale if core.kind is Kind.OP else 0.0,
            )
            if _is_brace(above):
                gap = 0.08 * scale + over.descent
            result.put(over, (width - over.width) / 2 + lean, -(core.ascent + gap))
        if under is not None:
            gap = max(
                measures["lower_limit_gap_min"] * scale + max(0.0, under.ascent),
                measures["lower_limit_baseline_drop_min"] * scale if core.kind is Kind.OP else 0.0,
            )
            if _is_brace(below):
                gap = 0.08 * scale + under.ascent
            result.put(under, (width - under.width) / 2 - lean, core.descent + gap)
        if core.kind is not Kind.OP and core.kind is not Kind.REL:
            result.kind = Kind.ORD
        return result

    def _part(self, element: Element | None, style: Style) -> Box | None:
        if element is None or _is_brace(element):
            return None
        return self._layout.element(element, self._layout.script(style, cramped=True))

    def _brace(self, element: Element | None, core: Box, style: Style) -> Box | None:
        """A brace as wide as what it stands at."""
        if element is None or not _is_brace(element):
            return None
        sign = (_core(element).text or "").strip()
        return grown(self._font, self._font.index(sign), style.scale, core.width, False, style.colour)

    def _accent(self, element: Element, base: Element, over: Element, style: Style) -> Box | None:
        """A mark above a letter, or one as wide as what is below it; None where it is no mark."""
        core = _core(over)
        text = (core.text or "").strip()
        if core.tag not in ("mo", "mtext", "mi") or len(text) != 1:
            return None
        bar = text in signs.BARS
        if not bar and (text not in signs.ACCENTS or (over.tag != "mo" and element.get("accent") != "true")):
            return None
        inner = self._layout.element(base, replace(style, cramped=True))
        result = Box(inner.width, kind=Kind.ORD, italic=inner.italic, single=inner.single)
        result.put(inner, 0.0)
        scale = style.scale
        if bar:
            line = self._measures["overbar_rule_thickness"] * scale
            gap = self._measures["overbar_vertical_gap"] * scale * (0.6 if inner.single else 1.0)
            lean = inner.italic + 0.05 * scale if inner.single else 0.0
            result.put(rule(inner.width - lean / 2, line, style.colour), lean, -(inner.ascent + gap))
            result.ascent += self._measures["overbar_extra_ascender"] * scale
            return result
        index = self._font.index(signs.ACCENTS[text])
        wide = not inner.single and text in "^ˆ~˜→←↔"
        mark = grown(self._font, index, scale, inner.width * 0.9 if wide else 0.0, False, style.colour)
        if wide and mark.accent is not None and mark.accent > inner.width:
            mark = grown(self._font, index, scale, 0.0, False, style.colour)
        below = self._measures["accent_base_height"] * scale
        up = max(0.0, inner.ascent - below)
        centre = inner.accent if inner.single and inner.accent is not None else inner.width / 2
        result.put(mark, centre - (mark.accent or 0.0), -up)
        return result

    def _underline(self, element: Element, style: Style) -> Box | None:
        core = _core(element[1])
        if core.tag != "mo" or (core.text or "").strip() not in signs.BARS:
            return None
        inner = self._layout.element(element[0], style)
        line = self._measures["underbar_rule_thickness"] * style.scale
        gap = self._measures["underbar_vertical_gap"] * style.scale
        result = Box(inner.width, kind=Kind.ORD)
        result.put(inner, 0.0)
        result.put(rule(inner.width, line, style.colour), 0.0, inner.descent + gap + line)
        return result


def _core(element: Element) -> Element:
    """What an element comes down to: groups of one are that one."""
    while element.tag in ("mrow", "mstyle") and len(element) == 1:
        element = element[0]
    return element


def _is_brace(element: Element | None) -> bool:
    return element is not None and (_core(element).text or "").strip() in _BRACES


def _is_prime(element: Element) -> bool:
    text = (_core(element).text or "").strip()
    return bool(text) and not set(text) - _PRIMES


def _is_arrow(text: str) -> bool:
    return text != "="
