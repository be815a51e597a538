"""The Markdown parser as we use it: which rules are on; reads no text itself.

It is imported at its first use, not at the first import of this module: the window is painted before.
"""

from functools import cache
from typing import TYPE_CHECKING

from pizzagpt_desktop.domain import markdown_rules

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


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
    return made
