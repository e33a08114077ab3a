"""communications: RFQs, told to everybody, and quotes, told to their two parties alone.

This is the seam for the RFQ facts: whoever folds them calls `rfq_created`, `rfq_deleted` and
`quote`, or puts a line into `FOLDS`. Who sees what is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec

from presage.api.stream.channels.channel import Batch, Channel
from presage.api.stream.commands import Subscribe
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import Subscription
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, member_of
from presage.projections.projection import Entry
from presage.wire.kalshi.stream_rfqs import (
    QuoteAccepted,
    QuoteCreated,
    QuoteExecuted,
    RfqCreated,
    RfqDeleted,
)

if TYPE_CHECKING:
    from presage.api.stream.session import Session

MAX_SHARDS: Final = 100
Quote = QuoteCreated | QuoteAccepted | QuoteExecuted
_QUOTES: Final[dict[type[msgspec.Struct], str]] = {
    QuoteCreated: "quote_created",
    QuoteAccepted: "quote_accepted",
    QuoteExecuted: "quote_executed",
}


class _Reader(Subscription):
    """`own_only`: only RFQs that the member made. `shard` of `shards`, by market."""

    __slots__ = ("own_only", "shard", "shards")

    def __init__(self, session: Session, channel: Channel, sid: int) -> None:
        super().__init__(session, channel, sid)
        self.own_only = False
        self.shards, self.shard = 1, 0

    def hears(self, ticker: str) -> bool:
        """Whether this market is in its shard."""
        return self.shards == 1 or shard_of_market(ticker, self.shards) == self.shard


def shard_of_market(ticker: str, shards: int) -> int:
    """The same for every connection, process and day."""
    return crc32(ticker.encode()) % shards


class Communications(Channel):
    """The channel."""

    name = "communications"
    private = True

    def make(self, session: Session, sid: int) -> Subscription:
        return _Reader(session, self, sid)

    def open(self, subscription: Subscription, params: Subscribe) -> None:
        assert isinstance(subscription, _Reader)
        subscription.shards, subscription.shard = _shard(params)
        if params.user_filter not in (None, "", "self"):
            raise CommandError(Code.INVALID_PARAMETER, 'user_filter is "self" or empty')
        subscription.own_only = params.user_filter == "self"

    def extend(self, subscription: Subscription, params: Subscribe) -> None:
        _shard(params)

    def leave(self, subscription: Subscription) -> None:
        """Nothing is kept besides."""

    def fold(self, batch: Batch) -> None:
        if not self.subscriptions:
            return
        for entry, _ in batch:
            for fact in entry.facts:
                fold = FOLDS.get(type(fact))
                if fold is not None:
                    fold(self, fact, entry)

    # The seam

    def rfq_created(
        self, creator: AccountId, news: RfqCreated, others: RfqCreated | None = None
    ) -> None:
        """An RFQ is open. `others`: how everybody but its creator is told (a hidden creator)."""
        self._rfq("rfq_created", creator, news, others or news)

    def rfq_deleted(
        self, creator: AccountId, news: RfqDeleted, others: RfqDeleted | None = None
    ) -> None:
        """An RFQ is over."""
        self._rfq("rfq_deleted", creator, news, others or news)

    def quote(self, parties: Mapping[AccountId, Quote]) -> None:
        """A quote was created, accepted or executed: each party is told its own way."""
        for account, news in parties.items():
            readers = [
                one
                for one in self._heard(news.market_ticker)
                if one.member == member_of(account) and one.may_see(account)
            ]
            if readers:
                post(readers, [Message(_QUOTES[type(news)], news)])

    def _rfq(
        self,
        type: str,
        creator: AccountId,
        news: RfqCreated | RfqDeleted,
        others: RfqCreated | RfqDeleted,
    ) -> None:
        heard = self._heard(news.market_ticker)
        member = member_of(creator)
        own = [one for one in heard if one.member == member]
        rest = [one for one in heard if one.member != member and not one.own_only]
        if own:
            post(own, [Message(type, news)])
        if rest:
            post(rest, [Message(type, others)])

    def _heard(self, ticker: str) -> list[_Reader]:
        readers = (one for one in self.subscriptions if isinstance(one, _Reader))
        return [one for one in readers if one.hears(ticker)]


FOLDS: Final[dict[type[Fact], Callable[[Communications, Any, Entry], None]]] = {}
"""What each fact about RFQs and quotes tells."""


def _shard(params: Subscribe) -> tuple[int, int]:
    """(how many shards, which of them). Raises: CommandError."""
    factor, key = params.shard_factor, params.shard_key
    if factor is None:
        if key is not None:
            raise CommandError(Code.SHARD_FACTOR_REQUIRED)
        return 1, 0
    if factor <= 0:
        raise CommandError(Code.SHARD_FACTOR_TOO_SMALL)
    if factor > MAX_SHARDS:
        raise CommandError(Code.SHARD_FACTOR_TOO_LARGE)
    key = key or 0
    if not 0 <= key < factor:
        raise CommandError(Code.SHARD_KEY_OUT_OF_RANGE)
    return factor, key
