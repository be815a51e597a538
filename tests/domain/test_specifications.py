"""CommonMark and GFM by their own examples: what we show is what a renderer's page shows, HTML as characters."""

from functools import cache

import pytest
from markdown_it import MarkdownIt

from pizzagpt_desktop.domain.inspection import inspection_of
from pizzagpt_desktop.domain.markdown import MarkdownStream, inspect
from tests.helpers.spec_examples import Example, examples, folded, text_of


@cache
def without_html() -> list[Example]:
    """Those of both specifications that hold no raw HTML."""
    reader = MarkdownIt("commonmark")
    found = []
    for example in (*examples("commonmark"), *examples("gfm")):
        tokens = reader.parse(example.markdown)
        kinds = {token.type for token in tokens} | {t.type for token in tokens for t in token.children or ()}
        if not kinds & {"html_block", "html_inline"}:
            found.append(example)
    return found


def test_there_are_as_many_examples_as_the_specifications_have() -> None:
    assert len(examples("commonmark")) == 652
    assert len(examples("gfm")) >= 670
    assert {e.kind for e in without_html()} >= {"table", "strikethrough", "autolink"}
    assert len(without_html()) > 1150


def test_every_example_without_html_shows_what_its_page_shows() -> None:
    unlike = [
        (example.markdown, shown, wanted)
        for example in without_html()
        if (shown := folded(inspect(example.markdown).visible)) != (wanted := text_of(example.html))
    ]
    assert unlike == []


def test_html_is_shown_as_the_characters_that_it_is() -> None:
    escaping = MarkdownIt("commonmark", {"html": False})
    unlike = [
        (example.markdown, shown, wanted)
        for example in examples("commonmark")
        if (shown := folded(inspect(example.markdown).visible))
        != (wanted := text_of(escaping.render(example.markdown)))
    ]
    assert unlike == []


def test_code_of_every_example_is_exact() -> None:
    reader = MarkdownIt("commonmark", {"html": False})
    for example in examples("commonmark"):
        wanted = [t.content for t in reader.parse(example.markdown) if t.type in ("fence", "code_block")]
        assert [code.text for code in inspect(example.markdown).code] == wanted


@pytest.mark.parametrize("size", [1, 5])
def test_in_pieces_every_example_ends_as_the_whole(size: int) -> None:
    for example in (*examples("commonmark"), *examples("gfm")):
        stream = MarkdownStream()
        for at in range(0, len(example.markdown), size):
            stream.feed(example.markdown[at : at + size])
            stream.advance()
        stream.end()
        assert inspection_of(stream.blocks) == inspect(example.markdown), example.markdown
