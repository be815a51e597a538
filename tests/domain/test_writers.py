"""What a copy is written as: Markdown that reads as the same blocks, clean HTML, text, cells for spreadsheets."""

import csv
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import (
    Block,
    CodeBlock,
    Footnote,
    Heading,
    Image,
    ListBlock,
    ListItem,
    Math,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Table,
    plain,
    runs_of,
    walk,
)
from pizzagpt_desktop.domain.copied import READ_LIMIT, Copied, Part, Whole
from pizzagpt_desktop.domain.gnumeric_writer import gnumeric_of
from pizzagpt_desktop.domain.html_writer import html_of
from pizzagpt_desktop.domain.links import Link, Verdict
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.domain.markdown_inline_writer import merged
from pizzagpt_desktop.domain.markdown_writer import markdown_of
from pizzagpt_desktop.domain.parts import whole
from pizzagpt_desktop.domain.table_writer import csv_of, tsv_of
from pizzagpt_desktop.domain.text_writer import text_of
from tests.domain.test_markdown import CASES, source
from tests.helpers.spec_examples import examples

TURNED = {"dir"}
"""The attribute of what begins at another side than what holds it."""
ALLOWED = {
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "li"), TURNED),
    **{tag: set() for tag in ("thead", "tbody", "tr", "strong", "em", "del", "sup", "br", "hr")},
    "code": {"class"} | TURNED, "ol": {"start"} | TURNED, "a": {"href"},
    "table": {"border", "cellspacing", "cellpadding", "style"} | TURNED,
    "th": {"align", "style", "sdnum"} | TURNED, "td": {"align", "style", "sdnum"} | TURNED,
}  # fmt: skip
STYLES = {"border-collapse:collapse", r"mso-number-format:'\@'"}
"""None of them loads anything."""
VOID = {"br", "hr"}


def no_formula(source: str, display: bool) -> str | None:
    return None


class Page(HTMLParser):
    """Fails where a tag is not closed in order, or is not one of ours; keeps text and links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ALLOWED[tag]
        assert {value for name, value in attrs if name == "style"} <= STYLES
        self.hrefs += [value or "" for name, value in attrs if name == "href"]
        if tag == "br":
            self.text.append("\n")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def read_html(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", CASES)
def test_html_of_hostile_text_is_balanced_and_of_our_tags_only(name: str) -> None:
    blocks = parse(source(name))
    page = read_html(html_of(blocks, no_formula))
    assert {
        run.link.href for run in runs_of(blocks) if run.link and run.link.verdict is not Verdict.DEAD
    } == set(page.hrefs)
    shown = words("".join(page.text)).replace("☑", "").replace("☐", "")
    for block in walk(blocks):
        if isinstance(block, CodeBlock | Raw):
            text = block.text
        elif isinstance(block, Paragraph | Heading):
            text = plain(block.runs)
        else:
            continue
        assert words(text.replace("\r", "\n")) in shown.replace("\r", "")


def test_markdown_that_we_write_reads_as_what_it_was_written_from() -> None:
    texts = [example.markdown for name in ("commonmark", "gfm") for example in examples(name)]
    texts += [source(name) for name in CASES if len(source(name)) < 8_000]
    count = 0
    for text in texts:
        blocks = whole(parse(text))
        if any(isinstance(block, Raw) for block in walk(blocks)):
            continue  # text beyond a limit, which may be anything
        assert whole(parse(markdown_of(blocks))) == blocks, text
        count += 1
    assert count > 1_300


letters = st.text(st.sampled_from("ab1.x *_`[](){}#+-~$&;:<>!|\\'\"=é字\n"), min_size=1, max_size=12)


links = st.sampled_from(
    [
        Link("https://a.example/x_y?a=1&b=(2)", Verdict.OPEN),
        Link("https://other.example/", Verdict.OPEN),
        Link("javascript:alert(1)", Verdict.DEAD),
    ]
)
texts = letters.map(lambda text: Run(re.sub(r"\s+", " ", text).strip() or "w"))
styled = st.builds(
    lambda run, bold, italic, strike: Run(run.text, bold, italic, strike),
    texts,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
coded = st.builds(lambda run: Run(run.text, code=True), texts)
linked = st.builds(
    lambda word, link: Run(word, link=link), st.sampled_from(["there", "a_b", "see *it*"]), links
)
pictured = st.just(Run("A [cat] (c.example)", image=Image("A [cat]", "https://c.example/a.png", "c.example")))
counted = st.just(Run("$x_1^2$", math=Math("x_1^2", False)))
runs = st.lists(st.one_of(texts, styled, coded, linked, pictured, counted), min_size=1, max_size=6).map(
    lambda found: tuple(merged(tuple(run for pair in found for run in (pair, Run(" and ")))[:-1]))
)
paragraphs = runs.map(Paragraph)
leaves = st.one_of(
    paragraphs,
    st.builds(Heading, st.integers(1, 6), runs),
    st.builds(CodeBlock, st.sampled_from(["", "py", "c++ extra", "a`b"]), letters.map(lambda t: t + "\n")),
    st.just(Rule()),
    st.integers(1, 3).flatmap(
        lambda n: st.builds(
            lambda head, rows, side: Table(head, tuple(rows), (side,) * n),
            st.tuples(*[runs] * n),
            st.lists(st.tuples(*[runs] * n), max_size=3),
            st.sampled_from(["", "left", "center", "right"]),
        )
    ),
)


def containers(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    started = st.builds(
        lambda first, rest: (first, *rest), paragraphs, st.lists(inner, min_size=1, max_size=2)
    )
    return st.one_of(
        several.map(Quote),
        st.builds(
            lambda items, start: ListBlock(tuple(items), start, tight=False),
            st.lists(
                st.builds(ListItem, started, st.sampled_from([None, True, False])), min_size=2, max_size=3
            ),
            st.sampled_from([None, 1, 7]),
        ),
        st.builds(
            lambda items, start: ListBlock(tuple(items), start, tight=True),
            st.lists(
                st.builds(lambda p, c: ListItem((p,), c), paragraphs, st.sampled_from([None, True, False])),
                min_size=1,
                max_size=3,
            ),
            st.sampled_from([None, 0, 12]),
        ),
        st.builds(Footnote, st.sampled_from(["1", "note"]), several),
    )


blocks_of_all_kinds = st.lists(st.recursive(leaves, containers, max_leaves=6), min_size=1, max_size=4).map(
    tuple
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(blocks_of_all_kinds)
@example((ListBlock((ListItem((Paragraph((Run("[ ] no box"),)),)),), None, True),))
@example((ListBlock((ListItem((Paragraph((Run("[x] a box's text"),)),), False),), 1, True),))
def test_any_blocks_survive_being_written_and_read(blocks: tuple[Block, ...]) -> None:
    text = markdown_of(blocks)
    assert whole(parse(text)) == whole(blocks), text


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(blocks_of_all_kinds)
def test_html_of_any_blocks_holds_all_their_text(blocks: tuple[Block, ...]) -> None:
    page = read_html(html_of(blocks, no_formula))
    shown, seen = words("".join(page.text)), words(text_of(blocks)).replace('"', "")
    for run in runs_of(blocks):
        assert words(run.text) in shown
        assert words(run.text).replace('"', "") in seen


def test_html_has_links_by_verdict_names_for_pictures_and_formulas_as_they_can_be_said() -> None:
    text = (
        '**a [b](https://x.example/?a=1&b="2) c** [bank.example](https://evil.example) [no](javascript:1)\n'
        "![cat](https://pics.example/c.png) $x$ $y$ <b>&amp;</b> [^n]\n\n- [x] done\n\n```py x\na<b\n```\n\n[^n]: note"
    )
    html = html_of(parse(text), lambda source, display: f"<math>{source}</math>" if source == "x" else None)
    assert html.splitlines() == [
        '<p><strong>a </strong><a href="https://x.example/?a=1&amp;b=%222"><strong>b</strong></a><strong> c</strong> '
        '<a href="https://evil.example">bank.example</a> no<br>',
        "cat (pics.example) <math>x</math><span hidden>$x$</span> $y$ &lt;b&gt;&amp;&lt;/b&gt; <sup>[n]</sup></p>",
        "<ul>",
        "<li>☑ done",
        "</li>",
        "</ul>",
        '<pre><code class="language-py">a&lt;b',
        "</code></pre>",
        "<p><sup>[n]</sup> note</p>",
    ]


def test_text_is_what_is_seen() -> None:
    text = "# Title\n\nsome **bold** `code`\n\n9. nine\n10. ten\n    - in\n\n> said\n\n|a|b|\n|-|-|\n|1|2|\n\n- [ ] do\n\n---\n\n```\n  x\n```"
    assert text_of(parse(text)) == (
        "Title\n\nsome bold code\n\n9. nine\n10. ten\n    - in\n\nsaid\n\na\tb\n1\t2\n\n☐ do\n\n--------\n\n  x"
    )


CELLS = [["a", 'say "hi"'], ['"quoted"', "tab\there"], ["two\nlines", 'and "both"\n'], ["", ' 5" ']]


def test_a_table_is_read_by_spreadsheets_as_it_stands() -> None:
    rows = tuple(tuple((Run(cell),) if cell else () for cell in line) for line in CELLS)
    table = Table(rows[0], rows[1:], ("", ""))
    text = tsv_of(table)
    assert list(csv.reader(io.StringIO(text, newline=""), "excel-tab")) == CELLS
    assert text.startswith('a\tsay "hi"\n"""quoted"""\t"tab\there"\n')
    assert list(csv.reader(io.StringIO(csv_of(table), newline=""))) == CELLS
    assert csv_of(table).endswith('," 5"" "\r\n')


def test_text_in_a_cell_stays_text_in_a_spreadsheet_and_a_number_a_number() -> None:
    table = "| a | b |\n|-|-:|\n| =1+1 | 1.5 |\n| `007` | **-1** |\n| a [=b](https://x.example) | [=c](https://x.example) |\n"
    as_text = ''' style="mso-number-format:'\\@'" sdnum="1033;0;@"'''
    html = html_of(parse(table), no_formula)
    assert f'<td{as_text}>=1+1</td><td align="right">1.5</td>' in html
    assert f'<td{as_text}><code>007</code></td><td align="right"><strong>-1</strong></td>' in html
    assert '<td>a <a href="https://x.example">=b</a>' in html
    assert f'<td align="right"{as_text}><a href="https://x.example">=c</a>' in html


def test_blanks_that_mean_something_are_kept_in_html() -> None:
    assert html_of([Raw("a  b\n\tif x\n c\td e\n")], no_formula) == (
        "<p>a&nbsp; b<br>\n&nbsp;&nbsp;&nbsp; if x<br>\n&nbsp;c&nbsp;&nbsp;&nbsp; d e</p>\n"
    )
    assert (
        html_of(parse("`in  line` and prose"), no_formula) == "<p><code>in&nbsp; line</code> and prose</p>\n"
    )
    assert html_of(parse("```\na  b\n\tc\n```"), no_formula) == "<pre><code>a  b\n\tc\n</code></pre>\n"


def test_gnumeric_is_told_what_is_text_where_it_would_run_or_change_it() -> None:
    assert gnumeric_of(_table([["a", "1.5", "2024-01-05"]])) is None
    rows = [["=1+1", "-1.5", "+2"], ["007", "", "<a>&\x1b"], ["3,000", "10%", "two\nlines"]]
    xml = gnumeric_of(_table(rows))
    assert xml is not None
    root = ElementTree.fromstring(xml.encode())
    assert (root.get("Cols"), root.get("Rows")) == ("3", "3")
    found = {(cell.get("Row"), cell.get("Col")): (cell.get("ValueType"), cell.text) for cell in root[0]}
    assert found == {
        ("0", "0"): ("60", "=1+1"), ("0", "1"): ("40", "-1.5"), ("0", "2"): ("40", "2"), ("1", "0"): ("60", "007"),
        ("1", "2"): ("60", "<a>&\ufffd"), ("2", "0"): ("60", "3,000"), ("2", "1"): ("60", "10%"),
        ("2", "2"): ("60", "two\nlines"),
    }  # fmt: skip


def _table(rows: list[list[str]]) -> Table:
    cells = tuple(tuple((Run(cell),) if cell else () for cell in line) for line in rows)
    return Table(cells[0], cells[1:], ("",) * len(rows[0]))


def test_a_long_table_and_a_long_list_are_whole_again() -> None:
    table = "|a|b|\n|-|-|\n" + "".join(f"|{i}|x|\n" for i in range(200))
    numbered = "".join(f"{i}. item\n" for i in range(3, 180))
    assert len(parse(table)) > 1 < len(parse(numbered))
    blocks = parse(table + "\n" + numbered)
    assert [type(block) for block in whole(blocks)] == [Table, ListBlock]
    html = html_of(blocks, no_formula)
    assert html.count("<table ") == html.count("<ol") == 1
    assert html.count("<tr>") == 201
    assert html.count("<li>") == 177
    assert '<ol start="3">' in html
    assert text_of(blocks).endswith("178. item\n179. item")


def test_a_copy_is_one_text_in_three_forms() -> None:
    both = Copied(
        (Whole("*hi*", False), Part((Paragraph((Run("so", bold=True),)),)), Whole("a `b`")), no_formula
    )
    assert both.markdown == "*hi*\n\n**so**\n\na `b`"
    assert both.text == "*hi*\n\nso\n\na b"
    assert both.html == (
        '<meta charset="utf-8">\n<p>*hi*</p>\n<p><strong>so</strong></p>\n<p>a <code>b</code></p>\n'
    )
    assert both.csv is None
    code = Copied((Part((CodeBlock("py", "\tx  \n\n"),)),), no_formula)
    assert code.text == "\tx  \n\n"
    assert code.markdown == "```py\n\tx  \n\n```"
    table = Copied((Part(parse("|a|\n|-|\n|1|")),), no_formula)
    assert (table.text, table.csv) == ("a\n1", "a\r\n1\r\n")


def test_what_is_too_much_to_read_is_copied_as_its_source() -> None:
    much = Copied((Whole("**a**"), Whole("**b** " * (READ_LIMIT // 6 + 1)), Whole("**c**")), no_formula)
    assert much.text.startswith("a\n\n**b** **b**")
    assert much.text.endswith("**b** \n\nc")
    assert "<strong>a</strong>" in much.html
    assert "<p>**b**" in much.html
