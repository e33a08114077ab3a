"""What an operator can choose when starting an exchange; everything has a default that works."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

DEFAULT_PORT = 8000

Content = Literal["demo", "none"]
RateLimit = Literal["off", "tier"]


class BadSetting(Exception):
    """An exchange cannot be started like this; the text says which setting and why."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`data` is made when it is new. `rate_limit` governs the Kalshi API's token buckets."""

    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    content: Content = "demo"
    market_maker: bool = True
    rate_limit: RateLimit = "off"
    public_url: str = ""
    """Where people reach the site; with https:// its cookies are only ever sent through it."""
    proxies: tuple[str, ...] = ()
    """Addresses of our own proxies, whose X-Forwarded-For is believed."""
    admin_email: str = ""
    """Whoever registers with this address and proves it is an administrator of the site."""
    smtp: str = ""
    """smtp://user:password@host:port, or smtps://; without it mail becomes files in `data`."""
    mail_from: str = "presage@localhost"
    metrics_token: str = ""
    """What a Bearer has to say to read /metrics; without it only this machine may."""
    notes_key: str = ""
    """Seals what members write to themselves; without it the file holds it as it is."""
    news_feeds: tuple[str, ...] = ()
    """Addresses of RSS or Atom feeds; `{query}` in one makes it a search."""
    ai_url: str = ""
    """Base of an API that speaks OpenAI's chat completions; it summarises the news."""
    ai_key: str = ""
    ai_model: str = ""
    cricket_key: str = ""
    """A key of cricketdata.org."""
    cricket_url: str = ""
    """Where its API is, when elsewhere."""
    payment_url: str = ""
    """Where the payment provider is asked; without it payments are made by hand."""
    payment_key: str = ""
    """What the provider is shown as Bearer."""
    payment_secret: str = ""
    """whsec_ and base64: what the provider signs its callbacks with."""
    real_money: bool = False
    """The operator knows what it means to take real money; a payment provider needs it."""
    seed: int = 1
    """Seeds the market maker."""

    @property
    def url(self) -> str:
        """Where clients reach the exchange."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.port}"


def with_environment(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The same, with what the environment says: keys, and what goes with them. They are nowhere
    else, for a command line is shown to whoever lists the processes."""
    return msgspec.structs.replace(
        settings,
        notes_key=environ.get("NOTES_KEY", ""),
        payment_url=environ.get("PAYMENT_URL", ""),
        payment_key=environ.get("PAYMENT_KEY", ""),
        payment_secret=environ.get("PAYMENT_SECRET", ""),
        real_money=environ.get("REAL_MONEY_ACKNOWLEDGED", "") == "1",
        news_feeds=tuple(environ.get("PRESAGE_NEWS_FEEDS", "").split()),
        ai_url=environ.get("PRESAGE_AI_URL", ""),
        ai_key=environ.get("PRESAGE_AI_KEY", ""),
        ai_model=environ.get("PRESAGE_AI_MODEL", ""),
        cricket_key=environ.get("PRESAGE_CRICKET_KEY", ""),
        cricket_url=environ.get("PRESAGE_CRICKET_URL", ""),
    )
