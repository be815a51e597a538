"""The Markdown parser as we use it: which rules are on; reads no text itself.

It is imported at its first use, not at the first import of this module: the window is painted before.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain import markdown_rules
from pizzagpt_desktop.domain.links import host_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_DOT_ALIKE = re.compile("[\u3002\uff0e\uff61]")
"""What stands for a dot in the name of a host."""


@cache
def parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    options = {
        "html": False,
        "maxNesting": markdown_rules.NESTING_LIMIT + 20,
        "strikethrough_single_tilde": True,
    }
    made = MarkdownIt("commonmark", options)
    made.enable(["table", "strikethrough"])
    markdown_rules.add_to(made)
    # Every link is read as one, so that its text shows; `links.judge` decides what a click may do.
    made.validateLink = lambda url: True  # type: ignore[method-assign]  # the library's own way to replace it
    # An address in pointed brackets is shown as it was written: decoded it could look like another one.
    made.normalizeLinkText = lambda link: link  # type: ignore[method-assign]  # the same
    normal = made.normalizeLink
    made.normalizeLink = lambda url: _with_its_dots(normal(url), url)  # type: ignore[method-assign]  # the same
    return made


def _with_its_dots(address: str, written: str) -> str:
    """`address`, the normal form of `written`, with those of its host's dots that only looked like dots: they are doubtful."""
    if not _DOT_ALIKE.search(written):
        return address
    host, dots = host_of(address), re.findall("[.\u3002\uff0e\uff61]", host_of(written))
    labels = host.split(".")
    if not host or len(labels) != len(dots) + 1:
        return address
    with_dots = "".join(part for pair in zip(labels, [*dots, ""], strict=True) for part in pair)
    before, _, after = address.partition("://")
    return f"{before}://{after.replace(host, with_dots, 1)}"
