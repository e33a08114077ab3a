"""What the Kalshi API's handlers may use: built by `app/build.py`, handed over in every call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from presage.api.cursors import Cursors
from presage.api.ids import IdCipher
from presage.api.kalshi.lookups import Lookups
from presage.api.site.readers import Readers
from presage.api.site.services import Site
from presage.api.stream.prices import Prices
from presage.feeds.accounts import Accounts
from presage.feeds.books import Books
from presage.feeds.holds import Holds
from presage.feeds.markets import Markets
from presage.feeds.turnover import Turnover
from presage.feeds.watched import WatchedMarks
from presage.gateway import Gateway, Reader
from presage.identity.api_keys import Keys
from presage.identity.members import Tiers
from presage.units import Micros


@dataclass(frozen=True, slots=True)
class Services:
    """The gateway (writes), the reader (history), and the views (now)."""

    gateway: Gateway
    reader: Reader
    ids: IdCipher
    cursors: Cursors
    clock: Callable[[], Micros]
    books: Books
    markets: Markets
    accounts: Accounts
    keys: Keys
    tiers: Tiers
    rate_limited: bool = False
    turnover: Turnover = field(default_factory=Turnover)
    watched: WatchedMarks = field(default_factory=WatchedMarks)
    prices: Prices = field(default_factory=Prices)
    readers: Readers = field(default_factory=Readers)
    site: Site = field(default_factory=Site)
    holds: Holds = field(default_factory=Holds)
    lookups: Lookups = field(default_factory=Lookups)
