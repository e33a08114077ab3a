"""One client's session without its socket: text comes in, frames go into the outbox.

It knows the subscriptions and their sids, reads commands, and answers each with an acknowledgement
or a code of the table. Snapshots are made one by one as the client takes them, so that a command
about very many markets needs no more memory than one about a few.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from presage.api.auth import Caller
from presage.api.stream.commands import (
    Command,
    ListSubscriptions,
    Subscribe,
    Unread,
    Unsubscribe,
    Update,
    read,
)
from presage.api.stream.errors import Code, CommandError
from presage.api.stream.frames import Outbox
from presage.api.stream.limits import Limits
from presage.api.stream.subscriptions import Subscription

if TYPE_CHECKING:
    from presage.api.stream.hub import Hub

_READ: Final = "read"


class _Held(NamedTuple):
    """A market whose turn to be shown will come."""

    subscription: Subscription
    ticker: str
    id: int
    asked: bool


class Session:
    """`wake` is called with the outbox when it gets its first frame."""

    def __init__(self, hub: Hub, caller: Caller, wake: Callable[[Outbox], None]) -> None:
        self.hub = hub
        self.caller = caller
        self.outbox = Outbox(wake)
        self.limits: Limits = hub.limits
        self.broken = False
        """Something was not told, and nothing can be: the connection has to end."""
        self._by_sid: dict[int, Subscription] = {}
        self._by_channel: dict[str, Subscription] = {}
        self._last_sid = 0
        self._markets = 0
        self._held: deque[_Held] = deque()
        self._held_since = 0
        self._second = -1
        self._commands = 0

    # What comes in

    def receive(self, text: str) -> None:
        """A message of the client."""
        self.hub.settle()
        if self._is_too_fast():
            self.refuse(CommandError(Code.TOO_MANY_REQUESTS))
            return
        try:
            command = read(text)
        except Unread as unread:
            self.refuse(unread.error, unread.id)
            return
        self._do(command)
        self.pump()

    def refuse_unreadable(self) -> None:
        """A message that is too long, or no text."""
        self.refuse(CommandError(Code.UNREADABLE))

    def _is_too_fast(self) -> bool:
        if self.hub.second != self._second:
            self._second, self._commands = self.hub.second, 0
        self._commands += 1
        return self._commands > self.limits.commands

    def _do(self, command: Command) -> None:
        match command.params:
            case Subscribe() as params:
                self._subscribe(params, command.id)
            case Unsubscribe() as params:
                self._unsubscribe(params, command.id)
            case Update() as params:
                self._update(params, command.id)
            case ListSubscriptions():
                listed = [
                    {"channel": one.channel.name, "sid": sid} for sid, one in self._by_sid.items()
                ]
                self.outbox.add({"type": "ok", **_id(command.id), "msg": listed})

    def _subscribe(self, params: Subscribe, id: int) -> None:
        if not params.channels:
            self.refuse(CommandError(Code.CHANNELS_REQUIRED), id)
            return
        for name in dict.fromkeys(params.channels):
            try:
                sid = self._subscribe_to(name, params)
            except CommandError as error:
                self.refuse(error, id)
            else:
                msg = {"channel": name, "sid": sid}
                self.outbox.add({"type": "subscribed", **_id(id), "msg": msg})

    def _subscribe_to(self, name: str, params: Subscribe) -> int:
        channel = self.hub.channels.get(name)
        if channel is None:
            raise CommandError(Code.UNKNOWN_CHANNEL)
        if channel.private and _READ not in self.caller.scopes:
            raise CommandError(Code.AUTHENTICATION_REQUIRED)
        known = self._by_channel.get(name)
        if known is not None:
            channel.extend(known, params)
            return known.sid
        subscription = channel.make(self, self._last_sid + 1)
        channel.open(subscription, params)
        self._last_sid += 1
        channel.subscriptions[subscription] = None
        self._by_sid[subscription.sid] = self._by_channel[name] = subscription
        return subscription.sid

    def _unsubscribe(self, params: Unsubscribe, id: int) -> None:
        sids = params.sids if params.sids is not None else []
        if params.sid is not None:
            sids = [*sids, params.sid]
        if not sids:
            self.refuse(CommandError(Code.SIDS_REQUIRED), id)
            return
        for sid in dict.fromkeys(sids):
            subscription = self._by_sid.get(sid)
            if subscription is None:
                self.refuse(CommandError(Code.UNKNOWN_SID), id)
                continue
            self._forget(subscription)
            seq = subscription.next_seq()
            self.outbox.add({"type": "unsubscribed", **_id(id), "sid": sid, "seq": seq})

    def _update(self, params: Update, id: int) -> None:
        sids = params.sids if params.sids is not None else []
        if params.sid is not None:
            sids = [*sids, params.sid]
        if len(sids) != 1:
            self.refuse(CommandError(Code.ONE_SID_REQUIRED), id)
            return
        subscription = self._by_sid.get(sids[0])
        if subscription is None:
            self.refuse(CommandError(Code.UNKNOWN_SID), id)
            return
        try:
            if not params.action:
                raise CommandError(Code.ACTION_REQUIRED)
            subscription.channel.update(subscription, params, id)
        except CommandError as error:
            self.refuse(error, id, subscription)

    # What goes out

    def acknowledge(self, subscription: Subscription, id: int, msg: dict[str, object]) -> None:
        """A subscription was changed."""
        numbers = {"sid": subscription.sid, "seq": subscription.next_seq()}
        self.outbox.add({"type": "ok", **_id(id), **numbers, "msg": msg})

    def refuse(
        self, error: CommandError, id: int = 0, subscription: Subscription | None = None
    ) -> None:
        """An error, about one subscription or none."""
        body: dict[str, Any] = {"type": "error", **_id(id)}
        if subscription is not None:
            body["sid"] = subscription.sid
            if subscription.sequenced:
                body["seq"] = subscription.next_seq()
        body["msg"] = {"code": int(error.code), "msg": error.text}
        if len(error.markets) == 1:
            body["msg"]["market_ticker"] = error.markets[0]
        elif error.markets:
            body["msg"]["market_tickers"] = list(error.markets)
        self.outbox.add(body)

    def end(self, subscription: Subscription, code: Code) -> None:
        """The exchange ends a subscription; the client must subscribe again."""
        self._forget(subscription)
        self.refuse(CommandError(code), 0, subscription)

    def overflow(self) -> None:
        """The client does not take what it has subscribed to."""
        for subscription in list(self._by_sid.values()):
            self.end(subscription, Code.BUFFER_OVERFLOW)

    def close(self) -> None:
        """The connection is gone."""
        for subscription in list(self._by_sid.values()):
            self._forget(subscription)

    def _forget(self, subscription: Subscription) -> None:
        channel = subscription.channel
        del self._by_sid[subscription.sid], self._by_channel[channel.name]
        del channel.subscriptions[subscription]
        self._markets -= len(getattr(subscription, "tickers", None) or ())
        channel.leave(subscription)

    # Markets that wait for their turn to be shown

    def count_markets(self, more: int) -> None:
        """So many more markets are named. Raises: CommandError."""
        if self._markets + more > self.limits.markets:
            raise CommandError(Code.TOO_MANY_MARKETS)
        self._markets += more

    def hold(
        self, subscription: Subscription, ticker: str, id: int = 0, *, asked: bool = False
    ) -> None:
        """Show a market to a subscription when there is room; `asked`: whether or not it listens
        to that market."""
        if not self._held:
            self._held_since = self.hub.second
        self._held.append(_Held(subscription, ticker, id, asked))

    @property
    def holds(self) -> bool:
        """Whether markets wait to be shown."""
        return bool(self._held)

    def pump(self) -> None:
        """Show what waits, as far as there is room."""
        if not self._held:
            return
        self.hub.settle()
        while self._held and self.outbox.size < self.limits.room:
            held = self._held.popleft()
            if self._by_sid.get(held.subscription.sid) is held.subscription:
                channel = held.subscription.channel
                channel.arrive(held.subscription, held.ticker, held.id, held.asked)
            self._held_since = self.hub.second

    def look(self) -> None:
        """Once a second: give up showing markets to a client that does not take them."""
        if self._held and self.hub.second - self._held_since >= self.limits.snapshots:
            late: dict[Subscription, list[str]] = {}
            for held in self._held:
                late.setdefault(held.subscription, []).append(held.ticker)
            self._held.clear()
            for subscription, tickers in late.items():
                if self._by_sid.get(subscription.sid) is subscription:
                    subscription.channel.drop(subscription, tickers)
                    self.refuse(CommandError(Code.TIMEOUT, markets=tickers[:100]), 0, subscription)


def _id(id: int) -> dict[str, int]:
    """0 stands for no id."""
    return {"id": id} if id else {}
