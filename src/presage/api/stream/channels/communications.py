"""communications: RFQs, told to everybody, and quotes, told to their two parties alone.

Members are known to each other by their communications ids. Who sees what is decided here: a
party's subaccount and orders are told to that party alone. A quote that is withdrawn or only
confirmed is not told, as on Kalshi.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zlib import crc32

import msgspec
from msgspec import UNSET, UnsetType

from presage.api.ids import Kind
from presage.api.stream.channels.channel import Batch, Channel
from presage.api.stream.commands import Subscribe
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import Subscription
from presage.domain import desk_facts as f
from presage.domain.facts import Fact
from presage.domain.ids import AccountId, member_of, subaccount_of
from presage.feeds.printing import legs
from presage.units import Micros, format_balance, format_count, format_price
from presage.wire.kalshi.orders import OutcomeSide
from presage.wire.kalshi.stream_rfqs import (
    QuoteAccepted,
    QuoteCreated,
    QuoteExecuted,
    RfqCreated,
    RfqDeleted,
)
from presage.wire.kalshi.times import rfc3339

if TYPE_CHECKING:
    from presage.api.stream.session import Session

NOBODY: Final = "0"
MAX_SHARDS: Final = 100
_Rfq = TypeVar("_Rfq", RfqCreated, RfqDeleted)
Quote = QuoteCreated | QuoteAccepted | QuoteExecuted
QuoteFact = f.QuoteCreated | f.QuoteAccepted | f.QuoteExecuted
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
                fold = _FOLDS.get(type(fact))
                if fold is not None:
                    fold(self, fact, entry.at)

    # What each fact tells

    def _created(self, fact: f.RfqCreated, at: Micros) -> None:
        card = self.views.markets.by_id(fact.market)
        news = RfqCreated(
            **self._asked(fact),
            created_ts=rfc3339(at),
            mve_collection_ticker=card.event.collection or UNSET,
            mve_selected_legs=legs(card) or UNSET,
        )
        self.rfq_created(fact.account, news, self._hidden(news))

    def _closed(self, fact: f.RfqClosed, at: Micros) -> None:
        news = RfqDeleted(**self._asked(fact), deleted_ts=rfc3339(at))
        self.rfq_deleted(fact.account, news, self._hidden(news))

    def _quoted(self, fact: f.QuoteCreated, at: Micros) -> None:
        terms = {**self._named(fact), **_bids(fact), "created_ts": rfc3339(at)}
        self.quote({one: QuoteCreated(**self._told(terms, fact, one)) for one in _parties(fact)})

    def _accepted(self, fact: f.QuoteAccepted, at: Micros) -> None:
        side: OutcomeSide = "yes" if fact.side == "yes" else "no"
        count = format_count(fact.accepted)
        terms = {**self._named(fact), **_bids(fact)}
        terms |= {"accepted_side": side, "contracts_accepted_fp": count}
        self.quote({one: QuoteAccepted(**self._told(terms, fact, one)) for one in _parties(fact)})

    def _executed(self, fact: f.QuoteExecuted, at: Micros) -> None:
        terms = self._named(fact)
        del terms["event_ticker"]
        orders = (
            (fact.account, fact.maker_order, fact.maker_client_order_id),
            (fact.requester, fact.requester_order, fact.requester_client_order_id),
        )
        self.quote(
            {
                account: QuoteExecuted(
                    **self._told(terms, fact, account),
                    order_id=self.views.ids.text(order, Kind.ORDER),
                    client_order_id=name,
                    executed_ts=rfc3339(at),
                )
                for account, order, name in orders
            }
        )

    def _asked(self, fact: f.RfqCreated | f.RfqClosed) -> dict[str, Any]:
        card = self.views.markets.by_id(fact.market)
        return {
            "id": self.views.ids.text(fact.rfq, Kind.RFQ),
            "creator_id": self._pseudonym(fact.account),
            "market_ticker": card.ticker,
            "event_ticker": card.event_ticker,
            "contracts_fp": format_count(fact.contracts) if fact.contracts else UNSET,
            "target_cost_dollars": format_balance(fact.target_cost) if fact.target_cost else UNSET,
        }

    def _named(self, fact: QuoteFact) -> dict[str, Any]:
        card = self.views.markets.by_id(fact.market)
        return {
            "quote_id": self.views.ids.text(fact.quote, Kind.QUOTE),
            "rfq_id": self.views.ids.text(fact.rfq, Kind.RFQ),
            "quote_creator_id": self._pseudonym(fact.account),
            "rfq_creator_id": self._pseudonym(fact.requester),
            "market_ticker": card.ticker,
            "event_ticker": card.event_ticker,
        }

    def _hidden(self, news: _Rfq) -> _Rfq | None:
        """The same without its creator, if others are not told."""
        return msgspec.structs.replace(news, creator_id=NOBODY) if self.views.obscured() else None

    def _told(self, terms: dict[str, Any], fact: QuoteFact, to: AccountId) -> dict[str, Any]:
        """What a party of a quote is told that depends on who it is."""
        hidden = self.views.obscured() and member_of(to) != member_of(fact.requester)
        terms = {**terms, "subaccount": _sub(to)}
        return terms | {"rfq_creator_id": NOBODY} if hidden else terms

    def _pseudonym(self, account: AccountId) -> str:
        return self.views.ids.text(member_of(account), Kind.COMMUNICATIONS)

    # To whom

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


def _parties(fact: QuoteFact) -> tuple[AccountId, AccountId]:
    return fact.account, fact.requester


def _sub(account: AccountId) -> int | UnsetType:
    return subaccount_of(account) or UNSET


def _bids(fact: f.QuoteCreated | f.QuoteAccepted) -> dict[str, Any]:
    return {
        "yes_bid_dollars": format_price(fact.yes_bid),
        "no_bid_dollars": format_price(fact.no_bid),
        "yes_contracts_offered_fp": format_count(fact.yes_contracts),
        "no_contracts_offered_fp": format_count(fact.no_contracts),
        "rfq_target_cost_dollars": format_balance(fact.target_cost) if fact.target_cost else UNSET,
    }


_FOLDS: Final[dict[type[Fact], Callable[[Communications, Any, Micros], None]]] = {
    f.RfqCreated: Communications._created,
    f.RfqClosed: Communications._closed,
    f.QuoteCreated: Communications._quoted,
    f.QuoteAccepted: Communications._accepted,
    f.QuoteExecuted: Communications._executed,
}


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
