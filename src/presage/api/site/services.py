"""What the site's doors have beside the exchange's own services: people, credentials, settings.

Built by `app/build.py` as part of `Services`; every view in here is read at the start and told of
changes by whoever commits them.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from presage.api.registry import Call
from presage.api.site.cache import Rankings
from presage.api.site.clicks import Clicks
from presage.api.site.pictures import Studio
from presage.api.site.throttle import LoginThrottle
from presage.api.site.windows import Windows
from presage.identity.bearer_keys import BearerKeys
from presage.identity.passwords import Hasher
from presage.identity.people import People
from presage.identity.secrets import Sealer
from presage.identity.sessions import Session, Sessions
from presage.payments.gateways import Gateway as PaymentGateway
from presage.payments.manual import Manual
from presage.providers.outside import Outside
from presage.site.addresses import read_networks
from presage.site.events import SiteEvents
from presage.site.outgoing import Outgoing, Rules
from presage.site.search import Search
from presage.site.settings import Settings
from presage.site.sponsors import Sponsors
from presage.site.webhooks import Subscribers
from presage.units import Micros

if TYPE_CHECKING:
    from presage.api.kalshi.services import Services

AnyCall = Call[Any, Any]


def wall_clock() -> Micros:
    """Now, in microseconds since the Unix epoch."""
    return time.time_ns() // 1_000


class Job(Protocol):
    """What the doors know of something that runs beside them."""

    error: str

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def lag(self) -> int: ...

    def ask(self) -> None: ...

    async def catch_up(self) -> None: ...


@dataclass(slots=True)
class Site:
    """`public_url` is where people reach the site ("" when nobody said); `proxies` are the peers
    whose X-Forwarded-For is believed; whoever proves to own `admin_email` is an administrator;
    `monotonic_ns` counts the windows."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    public_url: str = ""
    proxies: frozenset[str] = frozenset()
    admin_email: str = ""
    real_money: bool = False
    """Whether what members have is worth something outside."""
    monotonic_ns: Callable[[], int] = time.monotonic_ns
    wall: Callable[[], Micros] = wall_clock
    people: People = field(default_factory=People)
    keys: BearerKeys = field(default_factory=BearerKeys)
    sessions: Sessions = field(default_factory=Sessions)
    settings: Settings = field(default_factory=Settings)
    events: SiteEvents = field(default_factory=SiteEvents)
    search: Search = field(default_factory=Search)
    sponsors: Sponsors = field(default_factory=Sponsors)
    outside: Outside = field(default_factory=Outside)
    clicks: Clicks = field(default_factory=Clicks)
    rankings: Rankings = field(default_factory=Rankings)
    sealer: Sealer = field(init=False)
    hasher: Hasher = field(init=False)
    windows: Windows = field(init=False)
    throttle: LoginThrottle = field(init=False)
    uses: dict[str, tuple[Micros, str]] = field(default_factory=dict)
    """Bearer keys that were used since this was last written down: when, and from where."""
    touched: dict[str, Session] = field(default_factory=dict)
    """Sessions whose last use has not been written down yet."""
    seen: dict[int, int] = field(default_factory=dict)
    """The day on which each member was last seen in a session."""
    notes_key: str = ""
    """Seals members' notes on disk; "": they are kept as they are."""
    notes: Sealer | None = field(init=False)
    studio: Studio = field(default_factory=Studio)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    subscribers: Subscribers = field(default_factory=Subscribers)
    outgoing: Outgoing = field(init=False)
    """Requests to addresses that members have named."""
    payments: dict[str, PaymentGateway] = field(init=False)
    """The ways to pay, by id."""

    def __post_init__(self) -> None:
        self.sealer = Sealer(self.secret)
        self.notes = Sealer(_key(self.notes_key)) if self.notes_key else None
        manual = Manual(lambda: self.settings.text("PAYMENT_INSTRUCTIONS"))
        self.payments = {manual.id: manual}
        self.windows = Windows(self.monotonic_ns)
        self.throttle = LoginThrottle(self.monotonic_ns)
        self.hasher = Hasher(self._strength)
        self.outgoing = Outgoing(self._outgoing_rules)

    def _strength(self) -> tuple[int, int]:
        numbers = self.settings.number
        return numbers("PASSWORD_MEMORY_KIB"), numbers("PASSWORD_PASSES")

    def _outgoing_rules(self) -> Rules:
        ours = urlsplit(self.public_url).hostname or ""
        return Rules(
            http=self.settings.number("WEBHOOK_ALLOW_HTTP") == 1,
            networks=read_networks(self.settings.text("WEBHOOK_ALLOW_CIDRS")),
            own=frozenset({"localhost", socket.gethostname().lower(), ours}),
        )

    @property
    def secure(self) -> bool:
        """Do people reach the site through https?"""
        return self.public_url.startswith("https://")


def _key(words: str) -> bytes:
    """32 bytes from whatever an operator has set."""
    return hashlib.sha256(words.encode()).digest()


def services_of(call: AnyCall) -> Services:
    """The call's services, typed."""
    services: Services = call.services
    return services


def site_of(call: AnyCall) -> Site:
    """The site's part of them."""
    return services_of(call).site
