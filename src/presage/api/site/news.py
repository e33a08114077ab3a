"""News about an event, and a machine's summary of it.

What providers told is kept in memory and in rows, so that neither readers nor restarts ask them
again. Whatever they do or fail to do, the answer is a 200: news never decide anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
import structlog

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site.options import Event, event_for
from presage.api.site.services import services_of
from presage.api.site.strings import maybe_printed, printed
from presage.gateway import Busy
from presage.providers.news import MAX_ARTICLES, Article, NewsProvider
from presage.providers.summaries import Summarizer, Summary
from presage.site import news_cache
from presage.site.news_cache import ARTICLES, SUMMARY, Told
from presage.wire.site import outside as wire

Articles = tuple[Article, ...]
T = TypeVar("T")

_MAX_QUERY: Final = 200
_log = structlog.get_logger(__name__)


async def get_news(call: Call[wire.AskNews, None]) -> wire.News:
    """Show recent news about an event, with a summary made by a machine."""
    event, services = await event_for(call, call.path["slug"]), services_of(call)
    outside = services.site.outside
    if outside.news is None:
        return wire.News(
            configured=False, provider=None, articles=[], summary=None, stale=False, updated_at=None
        )
    await _recall(services, event.row.id)
    found = await outside.articles.get(
        event.row.id, partial(_search, services, outside.news, event)
    )
    summary = None
    if outside.summarizer is not None and found.value:
        ask = partial(_summarize, services, outside.summarizer, event, found.value)
        summary = (await outside.summaries.get(event.row.id, ask)).value
    return wire.News(
        configured=True,
        provider=outside.news.name,
        articles=[_article(one) for one in (found.value or ())[: call.query.limit]],
        summary=None if summary is None else _summary(summary),
        stale=found.stale,
        updated_at=maybe_printed(found.at),
        error=msgspec.UNSET if found.value is not None else "provider_unavailable",
    )


async def _recall(services: Services, event: str) -> None:
    """Bring what was told before this process began."""
    outside = services.site.outside
    if outside.articles.knows(event):
        return
    rows = await services.reader.run(partial(news_cache.of_event, event=event))
    articles = _decoded(rows.get(ARTICLES), Articles)
    if articles is not None:
        outside.articles.remember(event, articles, rows[ARTICLES].at)
    summary = _decoded(rows.get(SUMMARY), Summary)
    if summary is not None and not outside.summaries.knows(event):
        outside.summaries.remember(event, summary, rows[SUMMARY].at)


def _decoded(told: Told | None, shape: type[T]) -> T | None:
    """What a row holds; None also when another version wrote it otherwise: it is asked anew."""
    try:
        return None if told is None else msgspec.json.decode(told.body, type=shape)
    except msgspec.ValidationError:
        return None


async def _search(services: Services, news: NewsProvider, event: Event) -> Articles:
    found = tuple(await news.search(event.title[:_MAX_QUERY], MAX_ARTICLES))
    await _keep(services, event, ARTICLES, found)
    return found


async def _summarize(
    services: Services, summarizer: Summarizer, event: Event, articles: Sequence[Article]
) -> Summary:
    made = await summarizer.summarize(event.title[:_MAX_QUERY], articles)
    await _keep(services, event, SUMMARY, made)
    return made


async def _keep(services: Services, event: Event, kind: str, value: object) -> None:
    told = Told(services.site.outside.wall(), msgspec.json.encode(value).decode())

    def rows(connection: Any) -> None:
        news_cache.put(connection, event.row.id, kind, told)

    try:
        await services.gateway.submit(None, rows)
    except Busy:  # orders go first; memory has it
        _log.info("news were not written down", event=event.row.slug)


def _article(one: Article) -> wire.Article:
    return wire.Article(
        title=one.title,
        url=one.url,
        source=one.source,
        published_at=maybe_printed(one.published_at),
        image_url=one.image_url or None,
        snippet=one.snippet,
    )


def _summary(made: Summary) -> wire.Summary:
    return wire.Summary(
        text=made.text,
        model=made.model,
        generated_at=printed(made.generated_at),
        sources=list(made.sources),
    )
