"""News from the operator's feeds (RSS or Atom), which need no key.

An address with `{query}` in it is a search of its own; of the other feeds, those articles are taken
that share enough words with the question. Feeds are asked one after the other; one that fails takes
nothing from the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from presage.providers.feed import read_feed
from presage.providers.news import Article
from presage.providers.web import Unavailable, Web
from presage.site.search import words
from presage.units import SECOND, Micros

NAME: Final = "rss"
MAX_FEEDS: Final = 20
QUERY: Final = "{query}"
_GOOD_FOR: Final[Micros] = 60 * SECOND
"""A feed that many events look into is fetched once a minute at most."""
_SHORTEST: Final = 3
_ENOUGH: Final = 2
"""Words of the question that an article has, where the question has as many."""
_COMMON_TEXT: Final = """
about after and any are before between but can did does for from has have her his how into its more
most not off one out over than that the their they this two under was what when where which who why
will win with would year yes you your
"""
_COMMON: Final = frozenset(_COMMON_TEXT.split())


class Feeds:
    """A provider of news. `addresses` are the feeds."""

    def __init__(self, web: Web, addresses: Sequence[str], wall: Callable[[], Micros]) -> None:
        self._web = web
        self._addresses = tuple(addresses)
        self._wall = wall
        self._kept: dict[str, tuple[Micros, list[Article]]] = {}

    @property
    def name(self) -> str:
        return NAME

    async def search(self, query: str, limit: int) -> list[Article]:
        """The articles that fit best. Raises: Unavailable, when no feed can be read."""
        asked = meaning(query)
        found: dict[str, tuple[int, Article]] = {}
        failure: Unavailable | None = None
        read = 0
        for address in self._addresses:
            try:
                for article in await self._articles(address, query):
                    rank = len(asked) if QUERY in address else fit(asked, article)
                    if rank:
                        found.setdefault(article.url, (rank, article))
                read += 1
            except Unavailable as error:
                failure = error
        if failure is not None and not read:
            raise failure
        ranked = sorted(found.values(), key=lambda one: (-one[0], -one[1].published_at))
        return [article for _, article in ranked[:limit]]

    async def _articles(self, address: str, query: str) -> list[Article]:
        if QUERY in address:
            return await self._fetch(address.replace(QUERY, quote(query, safe="")))
        now = self._wall()
        at, kept = self._kept.get(address, (0, []))
        if not at or abs(now - at) >= _GOOD_FOR:
            kept = await self._fetch(address)
            self._kept[address] = now, kept
        return kept

    async def _fetch(self, url: str) -> list[Article]:
        # In a thread: reading a long feed takes longer than an order may wait.
        return await asyncio.to_thread(read_feed, await self._web.get(url))


def meaning(query: str) -> frozenset[str]:
    """The words of a question that say what it is about."""
    return frozenset(
        word for word in words(query) if len(word) >= _SHORTEST and word not in _COMMON
    )


def fit(asked: frozenset[str], article: Article) -> int:
    """How many words of the question an article has; 0 when they are too few to mean it."""
    shared = len(asked & set(words(f"{article.title} {article.snippet}")))
    return shared if shared >= min(_ENOUGH, len(asked)) else 0
