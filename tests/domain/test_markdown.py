"""Markdown read whole: structure, links, limits, and that no text is ever lost."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain import markdown_inline
from pizzagpt_desktop.domain.blocks import (
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Raw,
    Rule,
    Run,
    Table,
    plain,
    runs_of,
    visible_text,
    walk,
)
from pizzagpt_desktop.domain.links import Verdict
from pizzagpt_desktop.domain.markdown import TEXT_LIMIT, MarkdownStream, parse
from pizzagpt_desktop.domain.markdown_references import References
from pizzagpt_desktop.domain.markdown_rules import CELL_LIMIT
from pizzagpt_desktop.domain.parts import whole

CORPUS = Path(__file__).parent.parent / "corpus" / "markdown"
CASES = sorted(path.stem for path in CORPUS.glob("*.md"))
BOMBS = [name for name in CASES if name.startswith(("b", "t07", "t08", "t14", "t15"))]


def source(name: str) -> str:
    return (CORPUS / f"{name}.md").read_bytes().decode("utf-8", "replace")


def expected(name: str) -> dict:
    return json.loads((CORPUS / f"{name}.json").read_text("utf-8"))["expect"]


def test_an_ordinary_reply_has_the_blocks_it_seems_to_have() -> None:
    blocks = parse(
        "# Title\n\nSome **bold *both*** and `code`.\n\n- one\n- two\n\n3. three\n\n> said\n\n---\n\n"
        "```py\nx = 1\n```\n\n|a|b|\n|:-|-:|\n|1|~~2~~|\n"
    )
    title, text, bullets, numbers, quote, rule, code, table = blocks
    assert title == Heading(1, (Run("Title"),))
    assert text == Paragraph(
        (
            Run("Some "),
            Run("bold ", bold=True),
            Run("both", bold=True, italic=True),
            Run(" and "),
            Run("code", code=True),
            Run("."),
        )
    )
    assert isinstance(bullets, ListBlock)
    assert bullets.start is None
    assert bullets.tight
    assert len(bullets.items) == 2
    assert isinstance(numbers, ListBlock)
    assert numbers.start == 3
    assert quote == Quote((Paragraph((Run("said"),)),))
    assert rule == Rule()
    assert code == CodeBlock("py", "x = 1\n")
    assert isinstance(table, Table)
    assert table.align == ("left", "right")
    assert table.rows == (((Run("1"),), (Run("2", strike=True),)),)


def test_tasks_and_loose_lists() -> None:
    (tasks,) = parse("- [x] done\n- [ ] **to** do\n- [] neither\n")
    assert isinstance(tasks, ListBlock)
    assert [item.checked for item in tasks.items] == [True, False, None]
    assert visible_text([tasks]) == "done\nto do\n[] neither"
    (loose,) = parse("0. a\n\n1. b\n")
    assert isinstance(loose, ListBlock)
    assert not loose.tight
    assert loose.start == 0


@pytest.mark.parametrize(
    "source", ["- \\[ ] a", "- [x\\] a", "- &#91;X] a", "- [ ]&#32;a", "- **[ ] a**", "- [ ]"]
)
def test_brackets_that_were_escaped_or_stand_in_a_style_are_no_box(source: str) -> None:
    (tasks,) = parse(source)
    assert isinstance(tasks, ListBlock)
    assert tasks.items[0].checked is None
    assert visible_text([tasks]).startswith("[")


def test_html_is_characters() -> None:
    text = "<b>x</b> <script>alert(1)</script>\n\n<div>\n\n<!-- y -->"
    assert visible_text(parse(text)).split() == text.split()


def test_an_image_is_named_and_its_host_said() -> None:
    (run,) = runs_of(parse("![a *b*](https://Pic.example/x.png)"))
    assert run.text == "a b (pic.example)"
    assert run.image is not None
    assert run.image.alt == "a b"


def test_bare_addresses_become_links_without_the_sentence_round_them() -> None:
    runs = list(
        runs_of(parse("See (https://example.org/a_(b)), or `https://no.example` and <https://x.example>."))
    )
    links = [(run.text, run.link.href) for run in runs if run.link]
    assert links == [
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("https://x.example", "https://x.example"),
    ]


def test_a_link_without_text_shows_its_address() -> None:
    (run,) = runs_of(parse("[](https://a.example/x)"))
    assert run.text == "https://a.example/x"
    assert run.link is not None
    assert run.link.verdict is Verdict.CONFIRM


def test_a_text_over_the_limit_goes_on_as_plain_lines() -> None:
    text = "line *x*\n" * (TEXT_LIMIT // 9 + 100)
    blocks = parse(text)
    assert isinstance(blocks[-1], Raw)
    assert visible_text(blocks).count("x") == text.count("x")


def test_five_thousand_rows_are_all_a_table() -> None:
    blocks = parse("|a|b|\n|-|-|\n" + "".join(f"|r{i}|s|\n" for i in range(5_000)))
    rows = [row for block in blocks if isinstance(block, Table) for row in block.rows]
    assert [plain(row[0]) for row in rows] == [f"r{i}" for i in range(5_000)]
    assert all(isinstance(block, Table) for block in blocks)


def test_a_table_over_the_limit_keeps_every_cell() -> None:
    rows = CELL_LIMIT // 2 + 500
    blocks = parse("|a|b|\n|-|-|\n" + "".join(f"|r{i}|s|\n" for i in range(rows)))
    assert sum(len(block.rows) for block in blocks if isinstance(block, Table)) < rows
    words = set(visible_text(blocks).replace("|", " ").split())
    assert words >= {f"r{i}" for i in range(rows)}


@pytest.mark.parametrize("name", CASES)
def test_corpus_text_is_read_and_no_word_is_lost(name: str) -> None:
    text = source(name)
    expect = expected(name)
    blocks = parse(text)
    shown = visible_text(blocks)
    for words in expect["visible"]:
        assert words in shown
    code = [{"lang": b.lang, "text": b.text} for b in walk(blocks) if isinstance(b, CodeBlock)]
    assert code == expect["code"] or not expect["code"]
    if isinstance(expect["links"], list):
        links = {}
        for run in runs_of(blocks):
            if run.link is not None and run.image is None:
                links.setdefault(id(run.link), [run.link, ""])[1] += run.text
            elif run.link is not None and run.image is not None:
                links.setdefault(id(run.link), [run.link, ""])[1] += run.image.alt
        found = {(words, link.href, link.verdict.value) for link, words in links.values()}
        wanted = {(link["text"], link["href"], link["verdict"]) for link in expect["links"]}
        wanted = {(w if w else h, h, v) for w, h, v in wanted}
        assert wanted <= found | {("d", "", "dead")}
    if isinstance(expect["images"], list) and not name.startswith("b"):
        images = [{"alt": run.image.alt, "src": run.image.src} for run in runs_of(blocks) if run.image]
        assert images == expect["images"]


WORD = "wörd"


@pytest.mark.parametrize(
    "nest",
    [
        "> " * 300 + WORD,
        "- " * 300 + WORD,
        "1. " * 200 + WORD,
        "> - " * 200 + WORD,
        "![" * 600 + WORD + "](x)" * 600,
    ],
)
def test_too_deep_is_flat_and_not_dropped(nest: str) -> None:
    blocks = parse(f"before\n\n{nest}\n\nafter")
    text = visible_text(blocks)
    assert WORD in text
    assert text.startswith("before")
    assert text.endswith("after")


@pytest.mark.parametrize("name", BOMBS)
def test_twice_the_bomb_is_not_four_times_the_time(name: str) -> None:
    text = source(name)
    while len(text) < 3_000:
        text += text
    # One body, cut or doubled, so that the shape stays: a ratio within one run, best of three.
    once = _seconds(text[:3_000])
    twice = _seconds(text[:3_000] * 2)
    assert twice <= 3.5 * once + 0.03


@pytest.mark.parametrize("name", BOMBS)
def test_twice_the_bomb_is_twice_the_work(name: str) -> None:
    """Counted in calls, which are the same on every machine."""
    text = source(name)
    while len(text) < 8_000:
        text += text
    assert _calls(text[:8_000]) <= 2.5 * _calls(text[:4_000]) + 1_000


def test_formulas_that_are_never_closed_are_not_looked_for_again_from_every_line() -> None:
    assert _calls("\\[\n" * 1_000) <= 2 * _calls("a $\n" * 1_000)


def test_a_label_that_is_defined_over_and_over_is_done_with_each_time() -> None:
    def most(text: str) -> int:
        stream = MarkdownStream()
        found = []
        for at in range(0, len(text), 300):
            stream.feed(text[at : at + 300])
            found.append(_counted(stream.advance))
        return max(found[1:])

    many = "".join(f"[{n}]: /u\n" for n in range(3_000))
    assert most("[0000]: /u\n" * 3_000) <= 2 * most(many)


def test_a_long_paragraph_is_mended_in_parts() -> None:
    text = " ".join(f"[a{n}]" for n in range(4_000)) + "\n\n" + "".join(f"[a{n}]: /u\n" for n in range(4_000))
    stream = MarkdownStream()
    stream.feed(text)
    stream.advance()
    stream.end_some()
    steps = [_counted(stream.end_some) for _ in range(50) if not stream.ended]
    assert stream.ended
    assert stream.mended
    assert stream.blocks == parse(text)
    assert max(steps) <= 1.6 * sum(steps) / len(steps)
    assert len(steps) >= 1


def _calls(text: str) -> int:
    markdown_inline._remembered.cache_clear()
    return _counted(lambda: parse(text))


def _counted(act: Callable[[], object]) -> int:
    count = 0

    def hook(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(hook)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def _seconds(text: str) -> float:
    best = 1e9
    for _ in range(3):
        markdown_inline._remembered.cache_clear()
        began = time.process_time()
        assert plain(runs_of(parse(text))) is not None
        best = min(best, time.process_time() - began)
        if best < 0.005:  # nothing to worry about at any ratio
            break
    return best


@pytest.mark.parametrize(
    "unit", ["*word* ", "[w ", "![w ", "[w](/u) ", "`w ", "<w ", "wörd\n", "a" * 99, "\\[x"]
)
def test_a_giant_paragraph_is_read_in_parts_and_loses_nothing(unit: str) -> None:
    text = (unit * 20_000)[:20_000].strip()
    (paragraph,) = whole(parse(text))
    assert isinstance(paragraph, Paragraph)
    shown = plain(paragraph.runs)
    for letters in ("word", "w", "wörd", "a", "x"):
        assert shown.count(letters) >= text.replace("/u", "").count(letters)
    if unit.startswith(("*word*", "[w](")):
        marked = [run for run in paragraph.runs if run.italic or run.link]
        assert len(marked) >= 0.98 * text.count("w")


@given(st.text(alphabet="ab \t.#>-+=|(){}:/\"'1\x0c\u2028;^%$@?é", max_size=30))
def test_text_without_meaning_is_what_the_parser_would_make_of_it(text: str) -> None:
    text = text.strip()
    if text and not markdown_inline._MEANING.search(text):
        assert markdown_inline._inline(text, References()) == (Run(text),)
