"""What is read beyond CommonMark: formulas that are no prices, footnotes, bare addresses, single tildes."""

import pytest

from pizzagpt_desktop.domain.blocks import (
    Footnote,
    ListBlock,
    Math,
    Paragraph,
    Quote,
    Run,
    runs_of,
    visible_text,
)
from pizzagpt_desktop.domain.markdown import MarkdownStream, inspect, parse


def formulas(text: str) -> list[Math]:
    return [run.math for run in runs_of(parse(text)) if run.math is not None]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("$x^2$", "x^2"),
        ("the $n$-th", "n"),
        ("($a_1 b_1$).", "a_1 b_1"),
        (r"$\alpha$ and", r"\alpha"),
        (r"$5\,\text{m and}$", r"5\,\text{m and}"),
        (r"$\$5$", r"\$5"),
        ("**$x$**", "x"),
        (r"so \(x+1\) is", "x+1"),
        (r"so \(f(x)\) is", "f(x)"),
        ("| a |\n|---|\n| $x$ |", "x"),
    ],
)
def test_a_formula_in_the_text(text: str, source: str) -> None:
    assert formulas(text) == [Math(source, False)]


@pytest.mark.parametrize(
    "text",
    [
        "$$x$$",
        "see $$x$$ here",
        r"\[x\]",
        "$$\nx\n$$",
        "$$ x\n$$",
        "\\[\n  x\n\\]",
        "text\n$$\nx\n$$\nmore",
        "> $$\n> x\n> $$",
        "- a\n  $$\n  x\n  $$",
        "1. a\n\n   \\[ x \\]",
    ],
)
def test_a_formula_by_itself(text: str) -> None:
    assert formulas(text) == [Math("x", True)]


def test_a_formula_of_several_lines_is_not_read_as_markdown() -> None:
    source = "\\[\n\\begin{aligned}\na &= b_1 * c_1 * d \\\\\n- c &= d\n===\n# e\n\\end{aligned}\n\\]"
    (block,) = parse(source)
    assert isinstance(block, Paragraph)
    (run,) = block.runs
    assert run.text == source
    assert run.math == Math(source[2:-2].strip(), True)


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6",
        "from $5-$10, or $5/$6",
        "$5k–$10k",
        "US$5 and A$6",
        "between $1,000 and 2,000$ in all",
        "$5 per user or 50$",
        "$HOME and $PATH, $HOME/$PATH",
        "$ x $",
        "a$b$c",
        "rich $$$ very $$$",
        r"\$x\$",
        "`$x$`",
        "$$\n\nx\n\n$$",
        "$$\nnever closed",
        "$$x\n- a\n$$ y",
        r"\[citation needed\] \(see below\)",
        r"\(\) \[\]",
        "    $$\n    x\n    $$",
    ],
)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert formulas(text) == []


@pytest.mark.parametrize("opener", ["$$", "\\["])
@pytest.mark.parametrize(
    "inner",
    ["x\n- y\n> z\n", "x\n```\ny\n", "x\n***\ny\n", "[a]: /u\n", "[^a]: u\n", "|a|\n|-|\n", "a\n# b\n"],
)
def test_a_formula_that_is_not_closed_yet_seals_nothing(opener: str, inner: str) -> None:
    for closed in (True, False):
        text = (
            f"before\n\nstart\n{opener}\n{inner}"
            + ("$$" if opener == "$$" else "\\]") * closed
            + "\nafter [a]\n\nend"
        )
        stream = MarkdownStream()
        for char in text:
            stream.feed(char)
            stream.advance()
        sealed = list(stream.sealed)
        assert stream.end()
        assert stream.blocks == parse(text)
        assert list(stream.blocks[: len(sealed)]) == sealed
        assert (len(formulas(text)) == 1) is closed


def test_formulas_are_copied_as_their_source() -> None:
    text = r"so $a_b$ and \(c\) and $$d$$"
    assert visible_text(parse(text)) == text


def test_footnotes_stand_where_they_were_put_and_their_uses_point_to_them() -> None:
    text = "See[^1] and [^Long-name] but [^a-z].\n\n[^1]: One *note*\n    goes on\n\n    - with a list\n[^long-name]: two\nlazily\n\nafter"
    see, one, two, after = parse(text)
    assert isinstance(see, Paragraph)
    assert [(run.text, run.note) for run in see.runs] == [
        ("See", ""),
        ("[1]", "1"),
        (" and ", ""),
        ("[Long-name]", "Long-name"),
        (" but [^a-z].", ""),
    ]
    assert isinstance(one, Footnote)
    assert one.name == "1"
    assert visible_text([one]) == "One note\ngoes on\nwith a list"
    assert isinstance(one.blocks[1], ListBlock)
    assert two == Footnote("long-name", (Paragraph((Run("two\nlazily"),)),))
    assert after == Paragraph((Run("after"),))


def test_a_footnote_within_others_and_one_that_nobody_uses_are_shown() -> None:
    (quote,) = parse("> [^1]: - deep\n>\n>     [^2]: er")
    assert isinstance(quote, Quote)
    assert inspect("> [^1]: - deep\n>\n>     [^2]: er").visible == "deep\ner"
    assert inspect("[^1]:\n\nx").visible == "x"
    assert inspect("    [^1]: code").code[0].text == "[^1]: code\n"


def test_a_use_before_its_footnote_is_right_at_the_end() -> None:
    text = "a[^1]\n\n" + "b\n\n" * 4 + "[^1]: note\n"
    stream = MarkdownStream()
    for char in text:
        stream.feed(char)
        stream.advance()
    assert not stream.end()
    assert stream.blocks == parse(text)
    assert "a[1]" in visible_text(stream.blocks)


def test_only_what_asked_for_a_late_definition_is_read_again() -> None:
    stream = MarkdownStream()
    stream.feed("plain\n\n[x] here, arr[0] there\n\nmore [z]\n\n[x]: https://a.example\n")
    stream.advance()
    before = list(stream.sealed)
    assert not stream.end()
    assert [new is old for new, old in zip(stream.blocks, before, strict=False)] == [True, False, True]
    other = MarkdownStream()
    other.feed("[a]: /u\n\nall [known] is said: [a], arr[0]\n\nend")
    other.advance()
    assert other.end()


@pytest.mark.parametrize(
    ("text", "shown", "href"),
    [
        ("see www.example.org/a_(b)).", "www.example.org/a_(b)", "http://www.example.org/a_(b)"),
        ("mail to a.b+c@d-e.example.", "a.b+c@d-e.example", "mailto:a.b+c@d-e.example"),
        ("(https://a.example/?q=x&copy;)", "https://a.example/?q=x", "https://a.example/?q=x"),
        ("**www.example.org**", "www.example.org", "http://www.example.org"),
    ],
)
def test_bare_addresses(text: str, shown: str, href: str) -> None:
    (link,) = inspect(text.replace("&copy;", "&amp;copy;")).bare
    assert link == (shown, href, "open")


@pytest.mark.parametrize("text", ["x@y", "a@b.c-", "www.", "www", "xwww.a.example", "`www.a.example`", "@name", "a@@b.c", "git@host.example:x/y".replace(":x", "/x")])  # fmt: skip
def test_what_is_no_bare_address(text: str) -> None:
    assert inspect(text).bare == ()


def test_tildes() -> None:
    runs = [(run.text, run.strike) for run in runs_of(parse("3~5, 8~10 ~one~ ~~two~~ ~~~no~~~"))]
    assert runs == [("3~5, 8~10 ", False), ("one", True), (" ", False), ("two", True), (" ~~~no~~~", False)]
