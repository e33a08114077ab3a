"""What a provider of news is, and what it tells: articles."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from presage.units import Micros

MAX_ARTICLES: Final = 20
MAX_SNIPPET: Final = 200
MAX_TITLE: Final = 300
MAX_URL: Final = 2_000


class Article(msgspec.Struct, frozen=True):
    """Plain text, whatever the source has sent. `published_at` 0: it does not say."""

    title: str
    url: str
    source: str
    published_at: Micros = 0
    image_url: str = ""
    snippet: str = ""


class NewsProvider(Protocol):
    """Knows what was written lately."""

    @property
    def name(self) -> str: ...

    async def search(self, query: str, limit: int) -> list[Article]:
        """The articles that fit best, best first. Raises: Unavailable."""
        ...
