"""The examples of the CommonMark and GFM specifications, and the text that a page of HTML shows; knows no view."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

from tests.helpers import prepare

_EXAMPLE = re.compile(r"^`{32} example([^\n]*)\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$", re.M)
_BLOCKS = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "tr",
}


class Example(NamedTuple):
    """kind: the extension of GFM that it shows, "" for none."""

    number: int
    kind: str
    markdown: str
    html: str


def examples(name: str) -> list[Example]:
    """All examples of "commonmark" or "gfm"; fetched once where `prepare.py` has not run."""
    prepare.prepare_specifications()
    text = (prepare.SPECIFICATIONS / f"{name}.txt").read_text("utf-8").replace("→", "\t")
    found = _EXAMPLE.findall(text)
    return [Example(at + 1, kind.strip(), markdown, html) for at, (kind, markdown, html) in enumerate(found)]


class _Page(HTMLParser):
    """Collects what is read; blocks are parted, words within one are not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.text += dict(attrs).get("alt") or ""
        elif tag in _BLOCKS:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data


def text_of(html: str) -> str:
    """The characters that `html` shows, with images as their alt texts; white space between words is one blank."""
    page = _Page()
    page.feed(html)
    page.close()
    return folded(page.text)


def folded(text: str) -> str:
    """`text` with all white space between words as one blank."""
    return " ".join(text.split())
