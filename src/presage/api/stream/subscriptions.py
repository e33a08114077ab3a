"""A subscription: one channel of one session, its sid and its numbers; and who listens to what.

A subscription to markets holds tickers, not ids: one may wait for a market that is yet to be
listed. Nothing here decides what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from presage.domain.ids import AccountId, MemberId, subaccount_of

if TYPE_CHECKING:
    from presage.api.stream.channels.channel import Channel
    from presage.api.stream.session import Session


class Subscription:
    """`lock` is the only subaccount whose affairs the session may see, or None for all.

    Without `sequenced` only replies are numbered, not what the channel tells.
    """

    __slots__ = (
        "session",
        "channel",
        "sid",
        "seq",
        "sequenced",
        "middle",
        "outbox",
        "member",
        "lock",
    )

    def __init__(self, session: Session, channel: Channel, sid: int) -> None:
        self.session = session
        self.channel = channel
        self.sid = sid
        self.seq = 0
        self.sequenced = channel.sequenced
        self.middle = b'%d,"seq":' % sid if self.sequenced else b"%d" % sid
        self.outbox = session.outbox
        self.member: MemberId = session.caller.member
        self.lock = session.caller.subaccount_lock

    def next_seq(self) -> int:
        """The number of a reply about this subscription."""
        self.seq += 1
        return self.seq

    def may_see(self, account: AccountId) -> bool:
        """Whether the session's key reaches this account of its member."""
        return self.lock is None or self.lock == subaccount_of(account)


class MarketSubscription(Subscription):
    """To the markets in `tickers`, or to all (None). `ids` are those that were named by id."""

    __slots__ = ("tickers", "ids", "skips_list", "yes_price")

    def __init__(self, session: Session, channel: Channel, sid: int) -> None:
        super().__init__(session, channel, sid)
        self.tickers: dict[str, None] | None = {}
        self.ids: dict[str, str] = {}
        self.skips_list = False
        self.yes_price = False

    def wants(self, ticker: str) -> bool:
        """Whether this market is among those it is about."""
        return self.tickers is None or ticker in self.tickers


class Audience:
    """Who listens to a channel: some to every market, others to a few."""

    def __init__(self) -> None:
        self.everyone: dict[MarketSubscription, None] = {}
        self._by_ticker: dict[str, dict[MarketSubscription, None]] = {}

    def __bool__(self) -> bool:
        return bool(self.everyone or self._by_ticker)

    def __contains__(self, place: tuple[MarketSubscription, str]) -> bool:
        return place[0] in self._by_ticker.get(place[1], ())

    def add(self, subscription: MarketSubscription, ticker: str) -> None:
        """It listens to one market more."""
        self._by_ticker.setdefault(ticker, {})[subscription] = None

    def remove(self, subscription: MarketSubscription, ticker: str) -> None:
        """It listens to one market less; it need not have."""
        readers = self._by_ticker.get(ticker)
        if readers is not None:
            readers.pop(subscription, None)
            if not readers:
                del self._by_ticker[ticker]

    def leave(self, subscription: MarketSubscription) -> None:
        """It listens no more."""
        self.everyone.pop(subscription, None)
        for ticker in subscription.tickers or ():
            self.remove(subscription, ticker)

    def heard(self, ticker: str) -> bool:
        """Whether anybody listens to a market."""
        return bool(self.everyone) or ticker in self._by_ticker

    def of(self, ticker: str) -> Iterable[MarketSubscription]:
        """Who listens to one market by name, without those who listen to all."""
        return self._by_ticker.get(ticker, ())


class Members:
    """Who listens to a private channel, by member."""

    def __init__(self) -> None:
        self._of: dict[MemberId, dict[Subscription, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._of)

    def add(self, subscription: Subscription) -> None:
        self._of.setdefault(subscription.member, {})[subscription] = None

    def leave(self, subscription: Subscription) -> None:
        readers = self._of.get(subscription.member, {})
        readers.pop(subscription, None)
        if not readers:
            self._of.pop(subscription.member, None)

    def of(self, account: AccountId, member: MemberId) -> Iterator[Subscription]:
        """Who may hear about an account of a member."""
        return (one for one in self._of.get(member, ()) if one.may_see(account))

    def __contains__(self, member: MemberId) -> bool:
        return member in self._of
