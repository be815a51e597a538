"""Formulas as MathML: what models write is read, what is too much is refused, and only harmless markup comes out."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pizzagpt_desktop.domain import formulas
from pizzagpt_desktop.domain.formula_dialect import group, plainer
from pizzagpt_desktop.domain.formulas import FormulaError, mathml, read

SPACE = "{http://www.w3.org/1998/Math/MathML}"
ALLOWED = {
    *[
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
    ],
    *["msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"],
}
FORBIDDEN_ATTRIBUTES = {
    "href",
    "src",
    "style",
    "class",
    "id",
    "actiontype",
    "xlink:href",
    "onclick",
    "altimg",
}


def words(source: str, display: bool = True) -> str:
    """The characters of a formula's tokens."""
    return "".join(read(source, display).itertext())


def why(source: str) -> str:
    with pytest.raises(FormulaError) as failed:
        read(source, False)
    assert mathml(source, False) is None
    return str(failed.value)


def test_a_formula_is_mathml_of_its_kind() -> None:
    assert mathml("x^2", False) == (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">'
        "<mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>"
    )
    assert 'display="block"' in (mathml("x^2", True) or "")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"a < b > c \& d", "a<b>c&d"),
        (r"\alpha \le \infty", "α≤∞"),
        (r"\text{if }x", "if\xa0x"),
        (r"\operatorname*{arg\,max}_x f", "arg\u2009maxxf"),
        (r"\operatorname{sgn}(x)", "sgn(x)"),
        (r"\begin{equation} E = mc^2 \label{eq:e} \end{equation}", "E=mc2"),
        (r"\begin{align} a &= b \nonumber \\[4pt] c &= d \end{align}", "a=bc=d"),
        (r"\begin{alignedat}{2} a &= b & c &= d \end{alignedat}", "a=bc=d"),
        (r"\begin{array}[t]{@{}l|r@{}} 1 & 2 \\ \hline 3 & 4 \end{array}", "1234"),
        (r"x \tag{2}", "x(2)"),
        (r"x \tag*{A}", "xA"),
        ("x % a remark\n+ y", "x+y"),
        (r"50\% \$", "50%$"),
    ],
)
def test_what_models_write_is_read(source: str, shown: str) -> None:
    assert words(source).strip() == shown


@pytest.mark.parametrize(
    "name", ["aligned", "align", "split", "alignat", "eqnarray", "gathered", "gather*", "multline", "dcases"]
)
def test_rows_of_every_environment_are_rows(name: str) -> None:
    count = "{2}" if name == "alignat" else ""
    tree = read(rf"\begin{{{name}}}{count} a &= b \\ c &= d \end{{{name}}}", True)
    assert len(list(tree.iter("mtr"))) == 2


def test_a_known_command_between_ends_of_rows_is_not_mistaken() -> None:
    assert plainer(r"a \\\nonumber b") == r"a \\   b"
    assert plainer(r"a \\label") == r"a \\ label"
    assert plainer(r"\labels{x}") == r"\labels{x}"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (r"\nosuchthing{x}", r"The command \nosuchthing is not known."),
        (r"\frac{a}", "It cannot be read."),
        (r"\left( x", "It cannot be read."),
        ("x" * 4_001, "It is too long."),
        ("  ", "It is empty."),
        (r"\def\a{\a\a}\a", "It defines commands of its own."),
        (r"\newcommand{\a}{\a}\a", "It defines commands of its own."),
        ("{" * 100 + "}" * 100, "It is nested too deeply."),
        (r"\left(" * 100 + r"\right)" * 100, "It is nested too deeply."),
        ("x^" * 1_000 + "x", "It cannot be read."),
        ("x+" * 1_990, "It is too large."),
    ],
)
def test_what_is_refused_says_why(source: str, reason: str) -> None:
    assert why(source) == reason


def test_a_refused_source_is_never_given_to_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    from latex2mathml import converter

    read_too = []
    monkeypatch.setattr(converter, "convert_to_element", lambda *a, **k: read_too.append(a))
    for source in ("x" * 100_000, "{" * 2_000, r"\def\a{\a\a}\a", r"\sqrt{" * 50):
        assert mathml(source, True) is None
    assert read_too == []


@pytest.mark.parametrize(
    "source",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://a.example)}{x}",
        r"\class{evil}{x}",
        r"\color{red;background:url(x)}{x}",
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;img src=x&gt;}",
        r"\unicode{x3C}script\unicode{x3E}",
        r"\fcolorbox{url(x)}{url(y)}{z}",
        r"\hspace{1em;x:url(x)} x",
    ],
)
def test_nothing_that_acts_comes_out(source: str) -> None:
    shown = mathml(source, True)
    if shown is not None:
        harmless(shown)
        assert "<script" not in shown
        assert "<img" not in shown
        assert "url(" not in re.sub(">[^<]*<", "><", shown)
        assert "javascript" not in re.sub(">[^<]*<", "><", shown)


def harmless(shown: str) -> None:
    for element in ElementTree.fromstring(shown).iter():
        assert element.tag.removeprefix(SPACE) in ALLOWED
        assert not FORBIDDEN_ATTRIBUTES & element.attrib.keys()
        for value in element.attrib.values():
            assert re.fullmatch(r"[\w#.%+ -]*", value), value


PIECES = st.sampled_from(
    [
        *"{}[]()^_&|'%#$~ \n<>\"=+-*/,.;:!?",
        *"abx019αÉ\u202e\x00\x07\ud800\ufffe😀",
        *[
            r"\\",
            r"\,",
            r"\!",
            r"\{",
            r"\}",
            r"\|",
            r"\frac",
            r"\sqrt",
            r"\sum",
            r"\int",
            r"\lim",
            r"\left",
            r"\right",
            r"\middle",
            r"\text{",
            r"\mathbb{",
            r"\mathrm{",
            r"\over",
        ],
        *[
            r"\begin{matrix}",
            r"\end{matrix}",
            r"\begin{cases}",
            r"\end{cases}",
            r"\begin{array}{cc}",
            r"\end{array}",
            r"\hline",
        ],
        *[
            r"\color{red}",
            r"\href{",
            r"\style{",
            r"\class{",
            r"\tag{",
            r"\operatorname{",
            r"\verb|",
            r"\ce{",
            r"\not",
            r"\limits",
            r"\choose",
            r"\atop",
        ],
        *[
            r"\genfrac",
            r"\sideset",
            r"\skew",
            r"\rule",
            r"\smash",
            r"\raise",
            r"\hspace{",
            r"\overbrace",
            r"\underbrace{",
            r"\xrightarrow[",
        ],
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)), st.booleans())
@example("\\", False)
@example("\\left", False)
@example("\\unicode{x110000}", True)
@example("\\unicode{D800}", True)
@example("x&#x0;", False)
def test_whatever_is_written_gives_harmless_markup_or_nothing(source: str, display: bool) -> None:
    shown = mathml(source, display)
    if shown is not None:
        harmless(shown)
        shown.encode()


@given(st.lists(PIECES, max_size=60).map("".join))
def test_the_dialect_never_fails_and_adds_little(source: str) -> None:
    assert len(plainer(source)) <= 4 * len(source) + 40


@given(st.text("{}\\a "), st.integers(0, 20))
def test_a_group_ends_at_its_own_brace(source: str, at: int) -> None:
    found = group(source, at)
    if found is not None:
        inside, end = found
        assert source[:end].endswith("{" + inside + "}")


def test_limits_are_those_of_our_markdown() -> None:
    from pizzagpt_desktop.domain.markdown_rules import FORMULA_LENGTH

    assert formulas.LENGTH_LIMIT >= FORMULA_LENGTH - 4


def test_large_braces_are_braces() -> None:
    found = mathml(r"\Bigl\{x\Bigr\}\bigl\|y\bigr\|", False)
    assert found is not None
    assert [part.partition("<")[0] for part in found.split(">") if part.partition("<")[0]] == list("{x}‖y‖")
