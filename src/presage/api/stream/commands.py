"""What clients send: four commands as JSON, read into structs or refused with a code of the table.

Unknown keys are ignored. What a parameter means, and whether it may be left out, is the session's
and the channel's business; here is only whether it can be read.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from presage.api.stream.errors import Code, CommandError

MAX_DIGITS: Final = (1 << 63) - 1
_NOTHING: Final = msgspec.Raw(b"null")

T = TypeVar("T", bound=msgspec.Struct)


class Subscribe(msgspec.Struct, frozen=True):
    """Params of `subscribe`."""

    channels: list[str] | None = None
    market_ticker: str | None = None
    market_tickers: list[str] | None = None
    market_id: str | None = None
    market_ids: list[str] | None = None
    send_initial_snapshot: bool | None = None
    skip_ticker_ack: bool | None = None
    use_yes_price: bool | None = None
    user_filter: str | None = None
    shard_factor: int | None = None
    shard_key: int | None = None
    index_ids: list[str] | None = None
    underlying_tickers: list[str] | None = None


class Unsubscribe(msgspec.Struct, frozen=True):
    """Params of `unsubscribe`."""

    sid: int | None = None
    sids: list[int] | None = None


class Update(msgspec.Struct, frozen=True):
    """Params of `update_subscription`."""

    action: str | None = None
    sid: int | None = None
    sids: list[int] | None = None
    market_ticker: str | None = None
    market_tickers: list[str] | None = None
    market_id: str | None = None
    market_ids: list[str] | None = None
    send_initial_snapshot: bool | None = None
    index_ids: list[str] | None = None
    underlying_tickers: list[str] | None = None


class ListSubscriptions(msgspec.Struct, frozen=True):
    """It has no params."""


Params = Subscribe | Unsubscribe | Update | ListSubscriptions


class Command(msgspec.Struct, frozen=True):
    """`id` 0: the client gave none."""

    id: int
    params: Params


class _Envelope(msgspec.Struct, frozen=True):
    id: int | None = None
    cmd: str | None = None
    params: msgspec.Raw = _NOTHING


_ENVELOPES: Final = msgspec.json.Decoder(_Envelope)
_SHAPES: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "subscribe": msgspec.json.Decoder(Subscribe),
    "unsubscribe": msgspec.json.Decoder(Unsubscribe),
    "update_subscription": msgspec.json.Decoder(Update),
}


class Unread(Exception):
    """A message that is no command; `id` is the one it named, or 0."""

    def __init__(self, id: int, error: CommandError) -> None:
        super().__init__(error)
        self.id = id
        self.error = error


def read(text: str) -> Command:
    """The command in a message. Raises: Unread."""
    try:
        envelope = _ENVELOPES.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Unread(0, CommandError(Code.UNREADABLE)) from None
    id = envelope.id or 0
    if not 0 <= id <= MAX_DIGITS:
        raise Unread(0, CommandError(Code.UNREADABLE))
    try:
        return Command(id, _params(envelope))
    except CommandError as error:
        raise Unread(id, error) from None


def _params(envelope: _Envelope) -> Params:
    if envelope.cmd == "list_subscriptions":
        return ListSubscriptions()
    shape = _SHAPES.get(envelope.cmd or "")
    if shape is None:
        raise CommandError(Code.UNKNOWN_COMMAND)
    if bytes(envelope.params) == b"null":
        raise CommandError(Code.PARAMS_REQUIRED)
    try:
        params: Params = shape.decode(envelope.params)
    except msgspec.ValidationError as error:
        raise CommandError(Code.INVALID_PARAMETER, str(error)) from None
    except (msgspec.DecodeError, RecursionError):
        raise CommandError(Code.UNREADABLE) from None
    return params
