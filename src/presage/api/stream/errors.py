"""The error codes of the WebSocket API, each with its text. The numbers are Kalshi's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final


class Code(IntEnum):
    """6, 16 and 17 are retired; 23 belongs to a channel that is not served."""

    UNREADABLE = 1
    PARAMS_REQUIRED = 2
    CHANNELS_REQUIRED = 3
    SIDS_REQUIRED = 4
    UNKNOWN_COMMAND = 5
    UNKNOWN_SID = 7
    UNKNOWN_CHANNEL = 8
    AUTHENTICATION_REQUIRED = 9
    CHANNEL_ERROR = 10
    INVALID_PARAMETER = 11
    ONE_SID_REQUIRED = 12
    UNSUPPORTED_ACTION = 13
    MARKET_REQUIRED = 14
    ACTION_REQUIRED = 15
    TIMEOUT = 18
    SHARD_FACTOR_TOO_SMALL = 19
    SHARD_FACTOR_REQUIRED = 20
    SHARD_KEY_OUT_OF_RANGE = 21
    SHARD_FACTOR_TOO_LARGE = 22
    MATCH_IDS_REQUIRED = 23
    INDEX_IDS_REQUIRED = 24
    BUFFER_OVERFLOW = 25
    TOO_MANY_MARKETS = 26
    TOO_MANY_REQUESTS = 27
    UNDERLYINGS_REQUIRED = 28


TEXTS: Final[dict[Code, str]] = {
    Code.UNREADABLE: "Unable to process message",
    Code.PARAMS_REQUIRED: "Params required",
    Code.CHANNELS_REQUIRED: "Channels required",
    Code.SIDS_REQUIRED: "Subscription IDs required",
    Code.UNKNOWN_COMMAND: "Unknown command",
    Code.UNKNOWN_SID: "Unknown subscription ID",
    Code.UNKNOWN_CHANNEL: "Unknown channel name",
    Code.AUTHENTICATION_REQUIRED: "Authentication required",
    Code.CHANNEL_ERROR: "Channel error",
    Code.INVALID_PARAMETER: "Invalid parameter",
    Code.ONE_SID_REQUIRED: "Exactly one subscription ID is required",
    Code.UNSUPPORTED_ACTION: "Unsupported action",
    Code.MARKET_REQUIRED: "Market Ticker required",
    Code.ACTION_REQUIRED: "Action required",
    Code.TIMEOUT: "Command timeout",
    Code.SHARD_FACTOR_TOO_SMALL: "shard_factor must be > 0",
    Code.SHARD_FACTOR_REQUIRED: "shard_factor is required when shard_key is set",
    Code.SHARD_KEY_OUT_OF_RANGE: "shard_key must be >= 0 and < shard_factor",
    Code.SHARD_FACTOR_TOO_LARGE: "shard_factor must be <= 100",
    Code.MATCH_IDS_REQUIRED: "Match IDs required",
    Code.INDEX_IDS_REQUIRED: "Index IDs required",
    Code.BUFFER_OVERFLOW: "Subscription buffer overflow",
    Code.TOO_MANY_MARKETS: "Subscription market limit exceeded",
    Code.TOO_MANY_REQUESTS: "Too many requests",
    Code.UNDERLYINGS_REQUIRED: "Underlying tickers required",
}


class CommandError(Exception):
    """A command, or one channel of it, is refused. `markets` are those it is about."""

    def __init__(self, code: Code, details: str = "", markets: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.markets = markets

    @property
    def text(self) -> str:
        """The table's words, and what exactly was wrong where that helps."""
        words = TEXTS[self.code]
        return f"{words}: {self.details}" if self.details else words
