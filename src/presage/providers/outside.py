"""All providers of an exchange, each with what it said last. None: nobody has configured one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from presage.providers.cricket import LiveSports, Match
from presage.providers.latest import Latest
from presage.providers.news import Article, NewsProvider
from presage.providers.summaries import Summarizer, Summary
from presage.providers.web import Web
from presage.units import SECOND, Micros

NEWS_FOR: Final[Micros] = 900 * SECOND
SUMMARY_FOR: Final[Micros] = 6 * 3_600 * SECOND
MATCHES_FOR: Final[Micros] = 30 * SECOND


def world_clock() -> Micros:
    """Now, in microseconds since the Unix epoch, whatever the exchange's clock says."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class Outside:
    """`wall` is the world's clock. Articles and summaries are known by the event's row."""

    news: NewsProvider | None = None
    summarizer: Summarizer | None = None
    cricket: LiveSports | None = None
    web: Web | None = None
    wall: Callable[[], Micros] = world_clock
    articles: Latest[str, tuple[Article, ...]] = field(init=False)
    summaries: Latest[str, Summary] = field(init=False)
    matches: Latest[str, tuple[Match, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.articles = Latest("news", self.now, NEWS_FOR)
        self.summaries = Latest("summaries", self.now, SUMMARY_FOR)
        self.matches = Latest("cricket", self.now, MATCHES_FOR)

    def flags(self) -> dict[str, bool]:
        """What is configured, as the public flags say it."""
        return {
            "news": self.news is not None,
            "aiSummary": self.news is not None and self.summarizer is not None,
            "cricket": self.cricket is not None,
        }

    async def settle(self) -> None:
        """Until nobody is being asked."""
        for one in (self.articles, self.summaries, self.matches):
            await one.settle()

    async def close(self) -> None:
        """Ask nobody any more."""
        for one in (self.articles, self.summaries, self.matches):
            await one.close()
        if self.web is not None:
            await self.web.close()

    def now(self) -> Micros:
        """By the world's clock, also when a test has put in another one since."""
        return self.wall()
