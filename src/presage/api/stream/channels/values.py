"""cfbenchmarks_value, cfbenchmarks_value_5hz and pyth_value: prices that an operator feeds.

A subscription names indexes or underlyings, or says `all`. With nothing named it is silent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from msgspec import UNSET

from presage.api.stream.channels.channel import Channel
from presage.api.stream.commands import Subscribe, Update
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.frames import Message, post
from presage.api.stream.prices import Feed, PriceTick, format_value
from presage.api.stream.subscriptions import Subscription
from presage.api.stream.views import Views
from presage.wire.kalshi.stream_values import (
    FastValue,
    IndexIds,
    IndexValue,
    Underlyings,
    UnderlyingValue,
)

if TYPE_CHECKING:
    from presage.api.stream.session import Session

ALL: Final = "all"
MAX_NAME: Final = 100
MAX_NAMES: Final = 1_000
"""Names of one subscription."""


class _Reader(Subscription):
    __slots__ = ("names", "everything")

    def __init__(self, session: Session, channel: Channel, sid: int) -> None:
        super().__init__(session, channel, sid)
        self.names: dict[str, None] = {}
        self.everything = False

    def wants(self, name: str) -> bool:
        return self.everything or name in self.names

    def add(self, names: Sequence[str]) -> None:
        if ALL in names:
            self.everything = True
        self.names.update(dict.fromkeys(name for name in names if name != ALL))

    def remove(self, names: Sequence[str]) -> None:
        """While it hears everything, leaving out a name leaves out nothing."""
        if ALL in names:
            self.everything = False
        for name in names:
            self.names.pop(name, None)


class ValueChannel(Channel):
    """`actions`: to add, to remove, to list."""

    private = True
    actions: ClassVar[tuple[str, str, str]]
    list_type: ClassVar[str]
    names_required: ClassVar[Code]

    def __init__(self, views: Views, feed: Feed) -> None:
        super().__init__(views)
        self._feed = feed

    def make(self, session: Session, sid: int) -> Subscription:
        return _Reader(session, self, sid)

    def open(self, subscription: Subscription, params: Subscribe) -> None:
        names = self.named(params)
        if names is not None:
            _add(subscription, self._checked(names))

    def extend(self, subscription: Subscription, params: Subscribe) -> None:
        self.open(subscription, params)

    def leave(self, subscription: Subscription) -> None:
        """Nothing is kept besides."""

    def update(self, subscription: Subscription, params: Update, id: int) -> None:
        assert isinstance(subscription, _Reader)
        add, remove, show = self.actions
        if params.action == show:
            listed = self.listed(self._feed.names())
            post([subscription], [Message(self.list_type, listed, id)])
            return
        if params.action not in (add, remove):
            raise CommandError(Code.UNSUPPORTED_ACTION)
        names = self._checked(self.named(params) or [])
        if params.action == add:
            _add(subscription, names)
        else:
            subscription.remove(names)
        told = [ALL] if subscription.everything else list(subscription.names)
        told_as: dict[str, object] = msgspec.to_builtins(self.listed(told))
        subscription.session.acknowledge(subscription, id, told_as)

    def tell(self, tick: PriceTick) -> None:
        """To whoever wants to hear of it."""
        readers = [
            one for one in self.subscriptions if isinstance(one, _Reader) and one.wants(tick.name)
        ]
        if readers:
            post(readers, [Message(self.name, self.value(tick))])

    @abstractmethod
    def named(self, params: Subscribe | Update) -> Sequence[str] | None:
        """What params name."""

    @abstractmethod
    def listed(self, names: list[str]) -> msgspec.Struct:
        """Names, under the key that this channel has for them."""

    @abstractmethod
    def value(self, tick: PriceTick) -> msgspec.Struct:
        """How a tick is told."""

    def _checked(self, names: Sequence[str]) -> Sequence[str]:
        if not names:
            raise CommandError(self.names_required)
        if not all(0 < len(name) <= MAX_NAME for name in names):
            raise CommandError(Code.INVALID_PARAMETER, "no name of an index or underlying")
        return names


class _IndexChannel(ValueChannel):
    actions = ("subscribe_indices", "unsubscribe_indices", "indexlist")
    names_required = Code.INDEX_IDS_REQUIRED

    def named(self, params: Subscribe | Update) -> Sequence[str] | None:
        return params.index_ids

    def listed(self, names: list[str]) -> msgspec.Struct:
        return IndexIds(names)


class IndexValues(_IndexChannel):
    """Once a second, with averages."""

    name = "cfbenchmarks_value"
    list_type = "cfbenchmarks_value_indexlist"

    def value(self, tick: PriceTick) -> msgspec.Struct:
        assert tick.last_minute is not None, "this feed is averaged"
        return IndexValue(
            tick.name,
            tick.received_ms,
            _frame(tick),
            tick.last_minute,
            UNSET if tick.quarter_hour is None else tick.quarter_hour,
        )


class FastIndexValues(_IndexChannel):
    """Up to five times a second."""

    name = "cfbenchmarks_value_5hz"
    list_type = "cfbenchmarks_value_5hz_indexlist"

    def value(self, tick: PriceTick) -> msgspec.Struct:
        times = tick.source_ms, tick.received_ms
        return FastValue(tick.name, format_value(tick.value), *times, _frame(tick))


class UnderlyingValues(ValueChannel):
    """Whenever there is a new one."""

    name = "pyth_value"
    actions = ("subscribe_underlyings", "unsubscribe_underlyings", "underlying_list")
    list_type = "pyth_value_underlying_list"
    names_required = Code.UNDERLYINGS_REQUIRED

    def named(self, params: Subscribe | Update) -> Sequence[str] | None:
        return params.underlying_tickers

    def listed(self, names: list[str]) -> msgspec.Struct:
        return Underlyings(names)

    def value(self, tick: PriceTick) -> msgspec.Struct:
        times = tick.source_ms, tick.received_ms
        return UnderlyingValue(tick.name, format_value(tick.value), *times)


def _add(subscription: Subscription, names: Sequence[str]) -> None:
    assert isinstance(subscription, _Reader)
    if len(subscription.names.keys() | set(names)) > MAX_NAMES:
        raise CommandError(Code.TOO_MANY_MARKETS)
    subscription.add(names)


def _frame(tick: PriceTick) -> str:
    """As the vendor would have sent it."""
    told = {"type": "value", "id": tick.name, "time": tick.source_ms, "value": tick.text}
    return msgspec.json.encode(told).decode()
