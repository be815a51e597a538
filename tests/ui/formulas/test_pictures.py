"""Formulas as pictures: what stands where, that all work is linear and within a budget, and that nothing breaks it."""

from collections import Counter
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.formulas import read
from pizzagpt_desktop.ui.formulas import pictures as made
from pizzagpt_desktop.ui.formulas.boxes import Box, grown
from pizzagpt_desktop.ui.formulas.layout import Layout, Style
from pizzagpt_desktop.ui.formulas.math_font import FontError, MathFont, math_font
from pizzagpt_desktop.ui.formulas.pictures import Picture, Pictures
from pizzagpt_desktop.ui.formulas.signs import Kind, kind_of, styled

TYPICAL = [
    r"E=mc^2", r"\frac{a}{b}+\frac{1}{1+\frac{1}{x}}", r"\sum_{i=1}^n i^2=\frac{n(n+1)(2n+1)}{6}",
    r"A=\begin{pmatrix}a&b\\c&d\end{pmatrix}^{-1}", r"\int_0^\infty e^{-x^2}\,dx=\frac{\sqrt\pi}{2}",
    r"x_{1,2}=\frac{-b\pm\sqrt{b^2-4ac}}{2a}", r"f(x)=\begin{cases}1&x>0\\0&\text{otherwise}\end{cases}",
    r"\begin{aligned}a&=b+c\\&=d\cdot\frac{e}{f}\end{aligned}", r"\sqrt[3]{\hat{x}+\vec{y}}",
    r"\lim_{x\to 0}\frac{\sin x}{x}=1", r"\mathbb{R}\subset\mathbb{C},\ \mathbf{v}\in\mathcal{L}",
    r"\overline{AB}+\underbrace{x+\dots+y}_{n}+\overbrace{a+b}^{m}", r"\binom{n}{k}=\frac{n!}{k!(n-k)!}",
    r"f'(x)\ne f''(x)\approx 3.14", r"A\xrightarrow{f}B", r"\boxed{x=1}\quad\cancel{y}",
    r"\color{red}x+\textcolor{blue}{y}=z", r"\left(\frac{\frac{a}{b}}{\frac{c}{d}}\right)^2\left\{x\mid y\right\}",
    r"|x|\ \|v\|\ \langle a,b\rangle\ \lfloor x\rfloor", r"\begin{array}{c|c}a&b\\\hline c&d\end{array}",
    r"\operatorname{argmax}_x\max_y\det A", r"\prod_{p}\bigcup_{i\in I}A_i\oint_C\iint_D",
    r"\dot x\ \ddot y\ \tilde z\ \bar w\ \widehat{xyz}\ \overrightarrow{AB}", r"\alpha\beta\gamma\Gamma\Delta\Omega",
    r"\nabla\times\mathbf{E}=-\frac{\partial\mathbf{B}}{\partial t}", r"P(A\mid B)=\frac{P(B\mid A)P(A)}{P(B)}",
    r"\forall\epsilon>0\ \exists\delta>0", r"\begin{vmatrix}1&2&3\\4&5&6\\7&8&9\end{vmatrix}",
    r"e^{i\pi}+1=0,\ x^{y^{z}},\ a_{i_j}^{2}", r"\text{speed}=\frac{\text{distance}}{\text{time}}\ \text{für 速度}",
    r"\Bigl(\bigl(x\bigr)\Bigr)\ \frac{d}{dx}\int_a^x f(t)\,dt", r"\overset{!}{=}\ \underset{x}{\min}\ \tag{1}",
    r"\begin{bmatrix}1&\cdots&n\\\vdots&\ddots&\vdots\\0&\cdots&1\end{bmatrix}", r"\phantom{x}\ \hspace{1em}\not=",
]  # fmt: skip


def box(source: str, display: bool = True) -> Box:
    return Layout(math_font(), QFont()).formula(read(source, display))


def warm() -> Pictures:
    """Pictures that have all they need and any time they like."""
    found = Pictures(QFont())
    found._left = 1e9
    while found.of("x", False) is None:
        found._left = 1e9
    return found


@pytest.fixture
def pictures(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    monkeypatch.setattr(made, "BURST_S", 1e9)
    return warm()


@pytest.mark.parametrize("source", TYPICAL)
def test_typical_formulas_have_pictures_with_all_their_ink_inside(qtbot: QtBot, source: str) -> None:
    for display in (True, False):
        found = box(source, display)
        assert 0.3 < found.width < 30
        assert 0.4 < found.height < 8
        bounds = [ink.path.boundingRect() for ink in found.all_ink()]
        for ink, rect in zip(found.all_ink(), bounds, strict=True):
            assert ink.x + rect.left() * ink.scale > -0.25
            assert ink.x + rect.right() * ink.scale < found.width + 0.25
            assert -found.ascent - 0.02 < ink.y + rect.top() * ink.scale
            assert ink.y + rect.bottom() * ink.scale < found.descent + 0.02


def places(found: Box) -> dict[tuple[float, float], float]:
    """Left and baseline of every outline with its scale, rounded."""
    return {(round(ink.x, 2), round(ink.y, 2)): round(ink.scale, 2) for ink in found.all_ink()}


def test_things_stand_where_they_should(qtbot: QtBot) -> None:
    axis = math_font().measures["axis_height"]
    fraction = box(r"\frac{a}{b}")
    above, below = sorted(y for (_, y), scale in places(fraction).items() if scale == 1 and abs(y) > 0.3)
    assert above < -axis < 0 < below
    raised = places(box("x^2"))
    assert [(y < -0.2, scale) for (x, y), scale in raised.items() if x > 0] == [(True, 0.7)]
    lowered = places(box("x_2"))
    assert [(y > 0.1, scale) for (x, y), scale in lowered.items() if x > 0] == [(True, 0.7)]
    limits, beside = box(r"\sum_{i}^{n}"), box(r"\sum_{i}^{n}", False)
    assert limits.height > 1.5 * beside.height
    assert limits.width < beside.width
    assert box(r"\lim_{x}").width < box(r"\lim_{x}", False).width
    assert box(r"\left(\frac{a}{b}\right)").height > 1.8 * box("(x)").height
    assert box("a=b").width > box("ab").width + 1.0, "a relation has room"
    assert box("-1").width < box("a-1").width - 0.5 - box("a").width + 0.6, "a sign of a number has none"
    two, three = box(r"\begin{matrix}1\\2\end{matrix}"), box(r"\begin{matrix}1\\2\\3\end{matrix}")
    assert three.height == pytest.approx(two.height + 1.26)
    assert abs((two.ascent - axis) - (two.descent + axis)) < 1e-6, "it stands in the middle of the line"


def test_signs_grow_as_far_as_is_wanted(qtbot: QtBot) -> None:
    font = math_font()
    for char, upright in (("(", True), ("{", True), ("√", True), ("⏞", False), ("→", False)):
        for wanted in (0.5, 1.3, 2.9, 7.0, 30.0):
            found = grown(font, font.index(char), 1.0, wanted, upright)
            size = found.height if upright else found.width
            assert wanted <= size + 1e-6 < wanted + 1.5
    assert grown(font, font.index("("), 1.0, 1e6, True).height < 1e3, "within reason"


def test_letters_and_classes(qtbot: QtBot) -> None:
    assert [styled(char, "italic") for char in "xhAα"] == ["𝑥", "ℎ", "𝐴", "𝛼"]
    assert [styled(char, "double-struck") for char in "RX1"] == ["ℝ", "𝕏", "𝟙"]
    assert [styled(char, "bold") for char in "aΩ9∇"] == ["𝐚", "𝛀", "𝟗", "𝛁"]
    assert styled("é", "bold") == "é"
    wanted = {"+": Kind.BIN, "=": Kind.REL, "→": Kind.REL, "(": Kind.OPEN, "⟩": Kind.CLOSE, ",": Kind.PUNCT}
    assert {char: kind_of(char) for char in wanted} == wanted
    assert kind_of("∑") is Kind.OP
    assert kind_of("∞") is Kind.ORD


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(r"\frac{1}{", "}"), (r"\sqrt{", "}"), (r"\left(", r"\right)"), ("x^{", "}"), (r"\hat{", "}"),
     (r"\begin{pmatrix}", r"\end{pmatrix}"), (r"\begin{cases}", r"\end{cases}"), (r"\underbrace{", "}")],
)  # fmt: skip
def test_every_part_is_laid_out_once_however_deep_it_is(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, opening: str, closing: str
) -> None:
    source = opening * 8 + "x" + closing * 8
    math = read(source, True)
    counted: Counter[int] = Counter()
    original = Layout.element

    def element(self: Layout, element: Element, style: Style) -> Box:
        counted[id(element)] += 1
        return original(self, element, style)

    monkeypatch.setattr(Layout, "element", element)
    Layout(math_font(), QFont()).formula(math)
    assert max(counted.values()) == 1
    assert len(counted) > 8


@given(
    st.lists(
        st.sampled_from(
            [r"\frac", r"\sqrt", "{", "}", "^", "_", "x", "1", "+", r"\left(", r"\right)", r"\sum", r"\text{é速}", "&",
             r"\\", r"\begin{matrix}", r"\end{matrix}", r"\hat", r"\overline", r"\int", "'", r"\limits", r"\binom",
             r"\not", r"\color{red}", r"\big", r"\mathbf", r"\xrightarrow", r"\boxed", "[", "]", "|", r"\hspace{1em}"]
        ),
        max_size=25,
    ).map(" ".join),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_source_breaks_it(source: str, display: bool) -> None:
    picture = _pictures()._made(source, display)
    assert picture is None or (picture.width > 0 and picture.height < made.HIGHEST)


_kept: list[Pictures] = []


def _pictures() -> Pictures:
    if not _kept:
        _kept.append(warm())
    return _kept[0]


@pytest.mark.parametrize(
    "source",
    ["\\def\\a{\\a\\a}\\a", "x+" * 5000, "\\frac{1}{" * 200 + "x" + "}" * 200, "\\unknowncommand x", "", "{", "\\left(",
     "\\hspace{1e9em}" * 300, "x" * 3999, "\\begin{matrix}" * 30 + "\\end{matrix}" * 30],
)  # fmt: skip
def test_hostile_and_broken_sources_have_no_picture(pictures: Pictures, source: str) -> None:
    assert pictures.of(source, True) is None
    assert not pictures.waits(source, True), "it will not be tried again"


def test_pictures_are_made_once_and_within_a_budget(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    found = warm()
    monkeypatch.setattr(made, "perf_counter", lambda: now[0])
    now = [0.0]
    found._left, found._seen = made.BURST_S, 0.0
    calls: list[str] = []
    original = found._made

    def slow(source: str, display: bool) -> Picture | None:
        calls.append(source)
        now[0] += made.BURST_S / 2 + 0.001
        return original(source, display)

    monkeypatch.setattr(found, "_made", slow)
    assert [found.of(f"x_{n}", False) is not None for n in range(4)] == [True, True, False, False]
    assert found.waits("x_2", False)
    assert found.of("x_0", False) is not None, "what is there is there"
    now[0] += 1.0
    assert found.of("x_2", False) is not None
    assert calls == ["x_0", "x_1", "x_2"]


def test_nothing_is_loaded_in_one_go(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Pictures(QFont())
    monkeypatch.setattr(made, "perf_counter", lambda: now[0])
    now = [0.0]
    found._seen = 0.0
    turns = 0
    while found.of("x", False) is None:
        assert found.of("x", False) is None, "one step a turn"
        assert found.waits("x", False)
        now[0] += 0.030
        turns += 1
    assert turns == 5


def test_without_its_font_sources_are_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from pathlib import Path

    from pizzagpt_desktop.ui.formulas import math_font as fonts

    with pytest.raises(FontError):
        MathFont(Path(str(tmp_path), "none.ttf"))

    def missing() -> MathFont:
        raise FontError("none")

    monkeypatch.setattr(fonts, "math_font", missing)
    monkeypatch.setattr(made, "BURST_S", 1e9)
    found = Pictures(QFont())
    for _ in range(8):
        found._left = 1e9
        assert found.of("x", False) is None
    assert not found.waits("x", False)


def painted(picture: Picture, colour: str, ground: str, scale: float = 1.0, em: float = 40.0) -> QImage:
    image = QImage(round(200 * scale), round(120 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(ground))
    painter = QPainter(image)
    picture.paint(painter, QPointF(10.3, 70.7), em, QColor(colour))
    painter.end()
    return image


def colours(image: QImage) -> Counter[str]:
    return Counter(image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()))


def test_it_is_painted_in_the_colour_of_the_text_and_sharp_at_any_density(pictures: Pictures) -> None:
    picture = pictures.of(r"\frac{a}{b}", True)
    assert picture is not None
    for colour, ground in (("#231f1b", "#fbf8f4"), ("#eee7de", "#1c1916"), ("#000000", "#ffffff")):
        assert colours(painted(picture, colour, ground))[colour] > 20
    rough, fine = painted(picture, "#000000", "#ffffff"), painted(picture, "#000000", "#ffffff", 2.0)
    assert 3.5 < colours(fine)["#000000"] / colours(rough)["#000000"] < 6.0, (
        "the finer one has its own outlines"
    )
    large = painted(picture, "#000000", "#ffffff", em=80.0)
    assert colours(large)["#000000"] > 2.5 * colours(rough)["#000000"]


def test_colours_of_its_own_can_be_read(pictures: Pictures) -> None:
    picture = pictures.of(r"\textcolor{blue}{\blacksquare}\textcolor{white}{\blacksquare}", True)
    assert picture is not None
    for colour, ground in (("#231f1b", "#fbf8f4"), ("#eee7de", "#1c1916")):
        found = [
            QColor(name) for name, count in colours(painted(picture, colour, ground)).items() if count > 100
        ]
        for own in found:
            if own.name() != ground:
                assert abs(own.lightnessF() - QColor(ground).lightnessF()) > 0.35
