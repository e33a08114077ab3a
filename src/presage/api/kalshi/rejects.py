"""What each refusal by a trading rule looks like on Kalshi's API: one line for each code.

Which rule refuses is decided far below; here stands only how the refusal is printed. Statuses and
codes are the recorded ones where there is a recording, else the rule's own word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from presage.api.faults import ApiError
from presage.api.kalshi.errors import ErrorBody, NestedError, TooManyRequests
from presage.domain.rejects import Code, Reject

EXCHANGE: Final = "exchange"
"""The service that recorded bodies name for refusals by the matching engine."""


TOO_MANY: Final = 429
"""Has a body of its own, whoever says it."""


class RejectReply(msgspec.Struct, frozen=True):
    """Status, code and details of a refusal; without details the reject's own sentence is printed.
    Recorded bodies with details name no service."""

    status: int
    code: str
    details: str = ""
    service: str = EXCHANGE


REPLIES: Final[Mapping[Code, RejectReply]] = {
    Code.MEMBER_NOT_FOUND: RejectReply(404, "not_found"),
    Code.MEMBER_SUSPENDED: RejectReply(403, "member_suspended"),
    Code.ACCOUNT_NOT_FOUND: RejectReply(404, "not_found", "no such subaccount"),
    Code.ACCOUNT_LOCKED: RejectReply(409, "subaccount_locked"),
    Code.MEMBER_EXISTS: RejectReply(409, "member_exists"),
    Code.TOO_MANY_SUBACCOUNTS: RejectReply(400, "too_many_subaccounts"),
    Code.TOO_MANY_SUBTRADERS: RejectReply(400, "too_many_subtraders"),
    Code.NO_DAILY_CAP: RejectReply(404, "not_found", "the subtrader has no daily cap"),
    Code.SERIES_NOT_FOUND: RejectReply(404, "not_found"),
    Code.EVENT_NOT_FOUND: RejectReply(404, "not_found"),
    Code.MARKET_NOT_FOUND: RejectReply(404, "market_not_found"),
    Code.ORDER_NOT_FOUND: RejectReply(404, "not_found"),
    Code.GROUP_NOT_FOUND: RejectReply(404, "not_found"),
    Code.RFQ_NOT_FOUND: RejectReply(404, "not_found"),
    Code.QUOTE_NOT_FOUND: RejectReply(404, "not_found"),
    Code.BLOCK_TRADE_NOT_FOUND: RejectReply(404, "not_found"),
    Code.RFQ_CLOSED: RejectReply(400, "rfq_closed"),
    Code.WRONG_QUOTE_STATUS: RejectReply(400, "invalid_quote_status"),
    Code.PLAN_NOT_FOUND: RejectReply(404, "not_found"),
    Code.TICKER_EXISTS: RejectReply(409, "ticker_exists"),
    Code.SHARD_EXISTS: RejectReply(409, "shard_exists"),
    Code.ORDER_EXISTS: RejectReply(409, "order_already_exists"),
    Code.TRANSFER_EXISTS: RejectReply(409, "transfer_already_applied"),
    Code.RFQ_EXISTS: RejectReply(409, "rfq_already_exists"),
    Code.INVALID_COUNT: RejectReply(400, "invalid_order_size"),
    Code.INVALID_PRICE: RejectReply(400, "invalid_price"),
    Code.INVALID_ORDER: RejectReply(400, "invalid_order", service=""),
    Code.INVALID_AMOUNT: RejectReply(400, "invalid_amount"),
    Code.INVALID_VALUE: RejectReply(400, "invalid_parameters"),
    Code.INVALID_TIMES: RejectReply(400, "invalid_parameters"),
    Code.INVALID_LIMIT: RejectReply(400, "invalid_parameters"),
    Code.EXPIRED: RejectReply(400, "invalid_order", service=""),
    Code.DUPLICATED_LEGS: RejectReply(400, "duplicated_legs", service=""),
    Code.CONFLICTING_LEGS: RejectReply(400, "conflicting_leg_outcomes", service=""),
    Code.INVALID_COMBINATION: RejectReply(400, "invalid_market_combination", service=""),
    Code.TICKER_MISMATCH: RejectReply(400, "order_ticker_mismatch"),
    Code.SIDE_MISMATCH: RejectReply(400, "order_side_mismatch"),
    Code.CLIENT_ID_MISMATCH: RejectReply(400, "order_id_and_client_order_id_mismatch"),
    Code.BELOW_FILLED: RejectReply(400, "invalid_order", service=""),
    Code.EXCHANGE_PAUSED: RejectReply(409, "exchange_is_paused"),
    Code.TRADING_PAUSED: RejectReply(409, "trading_is_paused"),
    Code.MARKET_NOT_OPEN: RejectReply(409, "market_inactive", "the market is not open yet"),
    Code.MARKET_PAUSED: RejectReply(409, "market_inactive", "the market is paused"),
    Code.MARKET_CLOSED: RejectReply(409, "market_closed"),
    Code.WRONG_STATUS: RejectReply(409, "wrong_status"),
    Code.CANNOT_CLOSE_EARLY: RejectReply(409, "cannot_close_early"),
    Code.VALUES_EXCEED_ONE: RejectReply(400, "values_exceed_one"),
    Code.GROUP_TRIGGERED: RejectReply(409, "exceeded_order_group_risk_limit"),
    Code.TOO_MANY_ORDERS: RejectReply(400, "too_many_open_orders"),
    Code.TOO_MANY_GROUPS: RejectReply(400, "too_many_order_groups"),
    Code.TOO_MANY_RFQS: RejectReply(400, "too_many_open_rfqs"),
    Code.TOO_MANY_QUOTES: RejectReply(400, "too_many_open_quotes"),
    Code.TOO_MANY_BLOCK_TRADES: RejectReply(400, "too_many_block_trade_proposals"),
    Code.TOO_MANY_PLANS: RejectReply(409, "too_many_plans"),
    Code.TOO_MANY_COMBOS: RejectReply(429, "too_many_requests"),
    Code.NOTHING_TO_REDUCE: RejectReply(
        400, "invalid_order", "reduce_only needs a position to reduce", ""
    ),
    Code.INSUFFICIENT_POSITION: RejectReply(400, "insufficient_position"),
    Code.TOO_MANY_CONTRACTS: RejectReply(400, "position_limit"),
    Code.POSITIONS_OPEN: RejectReply(409, "positions_open"),
    Code.POST_ONLY_CROSS: RejectReply(400, "invalid_order", "post only cross", ""),
    Code.SELF_CROSS: RejectReply(400, "self_cross_attempt"),
    Code.INSUFFICIENT_BALANCE: RejectReply(400, "insufficient_balance"),
    Code.DAILY_CAP_EXCEEDED: RejectReply(400, "event_contract_daily_cap_exceeded"),
}


def reject_error(reject: Reject) -> ApiError:
    """A refusal by a trading rule, as the error that a handler raises."""
    reply = REPLIES[reject.code]
    if reply.status == TOO_MANY:
        return ApiError(TOO_MANY, TooManyRequests())
    return refusal(reply.status, reply.code, reply.details or reject.detail, reply.service)


def refusal(status: int, code: str, details: str = "", service: str = "") -> ApiError:
    """A nested error whose message is its code in words."""
    body = ErrorBody(code, code.replace("_", " "), details, service)
    return ApiError(status, NestedError(body))


def invalid_order(details: str) -> ApiError:
    """A wish that makes no order; `details` is a sentence that names the field."""
    return refusal(400, "invalid_order", details)


def invalid_parameters(details: str) -> ApiError:
    """A field with a value that it cannot have; `details` is a sentence that names the field."""
    return refusal(400, "invalid_parameters", details)


def killed() -> ApiError:
    """A fill-or-kill order that the book could not fill."""
    return refusal(409, "fill_or_kill_insufficient_resting_volume", service=EXCHANGE)
