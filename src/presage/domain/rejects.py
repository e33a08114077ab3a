"""Every reason to refuse a command, in the order in which they are looked for.

A refusal is a value, never an exception that crosses a floor: `Reject(code, detail)`. When several
reasons hold, the one listed first answers. What each looks like on Kalshi's API stands in
`api/kalshi/errors.py`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """The closed list. The order of the members is the order of precedence."""

    # Who and where
    MEMBER_NOT_FOUND = "member_not_found"
    MEMBER_SUSPENDED = "member_suspended"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_LOCKED = "subaccount_locked"
    MEMBER_EXISTS = "member_exists"
    TOO_MANY_SUBACCOUNTS = "too_many_subaccounts"
    TOO_MANY_SUBTRADERS = "too_many_subtraders"
    NO_DAILY_CAP = "daily_cap_not_found"
    # What it is about
    SERIES_NOT_FOUND = "series_not_found"
    EVENT_NOT_FOUND = "event_not_found"
    MARKET_NOT_FOUND = "market_not_found"
    ORDER_NOT_FOUND = "order_not_found"
    GROUP_NOT_FOUND = "group_not_found"
    RFQ_NOT_FOUND = "rfq_not_found"
    QUOTE_NOT_FOUND = "quote_not_found"
    BLOCK_TRADE_NOT_FOUND = "block_trade_not_found"
    RFQ_CLOSED = "rfq_closed"
    WRONG_QUOTE_STATUS = "invalid_quote_status"
    PLAN_NOT_FOUND = "plan_not_found"
    TICKER_EXISTS = "ticker_exists"
    SHARD_EXISTS = "shard_exists"
    # Used before
    ORDER_EXISTS = "order_already_exists"
    TRANSFER_EXISTS = "transfer_already_applied"
    RFQ_EXISTS = "rfq_already_exists"
    # Shape of the wish
    INVALID_COUNT = "invalid_count"
    INVALID_PRICE = "invalid_price"
    INVALID_ORDER = "invalid_order"
    INVALID_AMOUNT = "invalid_amount"
    INVALID_VALUE = "invalid_value"
    INVALID_TIMES = "invalid_times"
    INVALID_LIMIT = "invalid_limit"
    EXPIRED = "expired"
    DUPLICATED_LEGS = "duplicated_legs"
    CONFLICTING_LEGS = "conflicting_leg_outcomes"
    INVALID_COMBINATION = "invalid_market_combination"
    # An amend or decrease that does not fit its order
    TICKER_MISMATCH = "order_ticker_mismatch"
    SIDE_MISMATCH = "order_side_mismatch"
    CLIENT_ID_MISMATCH = "order_id_and_client_order_id_mismatch"
    BELOW_FILLED = "count_below_filled"
    # State of the exchange and the market
    EXCHANGE_PAUSED = "exchange_is_paused"
    TRADING_PAUSED = "trading_is_paused"
    MARKET_NOT_OPEN = "market_not_open"
    MARKET_PAUSED = "market_paused"
    MARKET_CLOSED = "market_closed"
    WRONG_STATUS = "wrong_status"
    CANNOT_CLOSE_EARLY = "cannot_close_early"
    VALUES_EXCEED_ONE = "values_exceed_one"
    # Limits
    GROUP_TRIGGERED = "order_group_triggered"
    TOO_MANY_ORDERS = "too_many_open_orders"
    TOO_MANY_GROUPS = "too_many_order_groups"
    TOO_MANY_RFQS = "too_many_open_rfqs"
    TOO_MANY_QUOTES = "too_many_open_quotes"
    TOO_MANY_BLOCK_TRADES = "too_many_block_trade_proposals"
    TOO_MANY_PLANS = "too_many_plans"
    TOO_MANY_COMBOS = "too_many_combos"
    NOTHING_TO_REDUCE = "nothing_to_reduce"
    INSUFFICIENT_POSITION = "insufficient_position"
    TOO_MANY_CONTRACTS = "too_many_contracts"
    POSITIONS_OPEN = "positions_open"
    # The book
    POST_ONLY_CROSS = "post_only_cross"
    SELF_CROSS = "self_cross"
    # Money
    INSUFFICIENT_BALANCE = "insufficient_balance"
    DAILY_CAP_EXCEEDED = "event_contract_daily_cap_exceeded"


class Reject(msgspec.Struct, frozen=True):
    """A rule said no; nothing changed. `detail` is a sentence for the caller, or empty.

    `need` and `have` say how far it was off: money for INSUFFICIENT_BALANCE; for
    INSUFFICIENT_POSITION the contracts held and those of them that resting orders are to sell.
    """

    code: Code
    detail: str = ""
    need: int = 0
    have: int = 0


class Refused(Exception):
    """Carries a Reject from a rule up to `Engine.execute`, which returns it as a value."""

    def __init__(self, code: Code, detail: str = "", need: int = 0, have: int = 0) -> None:
        super().__init__(code.value)
        self.reject = Reject(code, detail, need, have)
