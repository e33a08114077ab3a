"""Which providers an operator has configured, made ready to be asked."""

from __future__ import annotations

from presage.app.settings import BadSetting, Settings
from presage.providers.cricket import ADDRESS, CricketData
from presage.providers.outside import Outside
from presage.providers.plain import web_address
from presage.providers.rss import MAX_FEEDS, QUERY, Feeds
from presage.providers.summaries import ChatSummaries
from presage.providers.web import Web


def opened(settings: Settings) -> Outside:
    """All of them; nobody is asked yet. Raises: BadSetting."""
    _check(settings)
    web = Web()
    outside = Outside(web=web)
    if settings.news_feeds:
        outside.news = Feeds(web, settings.news_feeds, outside.now)
    if settings.ai_url:
        outside.summarizer = ChatSummaries(
            web, settings.ai_url, settings.ai_key, settings.ai_model, outside.now
        )
    if settings.cricket_key:
        outside.cricket = CricketData(web, settings.cricket_key, settings.cricket_url or ADDRESS)
    return outside


def _check(settings: Settings) -> None:
    for address in (*settings.news_feeds, settings.ai_url, settings.cricket_url):
        if address and not web_address(address.replace(QUERY, "query")):
            raise BadSetting(f"a provider's address must be http(s)://...: {address[:80]}")
    if len(settings.news_feeds) > MAX_FEEDS:
        raise BadSetting(f"PRESAGE_NEWS_FEEDS names more than {MAX_FEEDS} feeds")
    if settings.ai_url and not settings.ai_model:
        raise BadSetting("PRESAGE_AI_URL needs the name of a model in PRESAGE_AI_MODEL")
