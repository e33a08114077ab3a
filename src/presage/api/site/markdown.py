"""The markdown that members may write, as HTML that is safe in anybody's page.

Bold, italic, code, lists, quotes and links; everything else stays the text that was typed. No HTML
of the writer's gets through, no image is loaded from anywhere, and no link lends its weight.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

_RULES: Final = ["emphasis", "backticks", "link", "list", "blockquote", "newline", "escape"]
_TAGS: Final = {"p", "br", "strong", "em", "code", "ul", "ol", "li", "blockquote", "a"}
_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)

_parser: Final = MarkdownIt("zero", {"html": False, "breaks": True}).enable(_RULES)


@lru_cache(maxsize=1_024)
def rendered(text: str) -> str:
    """A text as HTML."""
    return nh3.clean(
        _parser.render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    ).strip()


def links(text: str) -> int:
    """How many links a text holds, written out or not."""
    return len(_LINK.findall(text))
