"""RFQs, quotes and block trades as Kalshi's API spells them.

Replies hold the fields of every generation: whole contracts and cents beside fixed-point texts.
What is private (user ids, orders, subaccounts) is left out for everybody but its owner.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from presage.wire.kalshi.markets import MveSelectedLeg
from presage.wire.kalshi.orders import OutcomeSide, Subaccount, Text

RfqPage = Annotated[int, Meta(ge=1, le=100)]
QuotePage = Annotated[int, Meta(ge=1, le=500)]
RfqStatus = Literal["open", "closed"]
QuoteStatus = Literal["open", "accepted", "confirmed", "executed", "cancelled"]
BlockTradeStatus = Literal["open", "executed", "expired"]
AcceptedSide = Literal["yes", "no", "true", "false"]
"""The official Python client of 3.2.0 can only say true and false."""
Aware = Annotated[datetime, Meta(tz=True)]
UserFilter = Literal["self"]


class GetCommunicationsIDResponse(msgspec.Struct):
    communications_id: str


# RFQs


class RFQ(msgspec.Struct, kw_only=True):
    """What somebody asks for. `contracts` is 0 where a sum of money is asked for instead."""

    id: str
    creator_id: str
    market_ticker: str
    contracts: int
    contracts_fp: str
    target_cost_centi_cents: int | UnsetType = UNSET
    target_cost_dollars: str | UnsetType = UNSET
    target_cost_excludes_fees: bool | UnsetType = UNSET
    status: RfqStatus
    created_ts: str
    mve_collection_ticker: str | UnsetType = UNSET
    mve_selected_legs: list[MveSelectedLeg] | UnsetType = UNSET
    rest_remainder: bool
    cancellation_reason: str | UnsetType = UNSET
    creator_user_id: str | UnsetType = UNSET
    creator_subaccount: int | UnsetType = UNSET
    cancelled_ts: str | UnsetType = UNSET
    updated_ts: str


class GetRFQsQuery(msgspec.Struct):
    cursor: str | None = None
    event_ticker: str | None = None
    market_ticker: str | None = None
    subaccount: Subaccount | None = None
    limit: RfqPage = 100
    status: RfqStatus | None = None
    creator_user_id: str | None = None
    user_filter: UserFilter | None = None


class GetRFQsResponse(msgspec.Struct):
    rfqs: list[RFQ]
    cursor: str


class GetRFQResponse(msgspec.Struct):
    rfq: RFQ


class CreateRFQRequest(msgspec.Struct, kw_only=True):
    """One size: contracts (as a number, a text, or both alike) or a target cost. One market: by its
    ticker, or by a collection and the legs selected from it."""

    market_ticker: Text | None = None
    contracts: int | None = None
    contracts_fp: str | None = None
    target_cost_centi_cents: int | None = None
    target_cost_dollars: str | None = None
    target_cost_excludes_fees: bool | None = None
    rest_remainder: bool
    replace_existing: bool | None = None
    subtrader_id: str | None = None
    subaccount: Subaccount | None = None
    mve_collection_ticker: Text | None = None
    mve_selected_legs: Annotated[list[MveSelectedLeg], Meta(max_length=100)] | None = None


class CreateRFQResponse(msgspec.Struct):
    id: str


# Quotes


class Quote(msgspec.Struct, kw_only=True):
    """A maker's answer, as its two parties may see it."""

    id: str
    rfq_id: str
    creator_id: str
    rfq_creator_id: str
    market_ticker: str
    contracts: int
    contracts_fp: str
    yes_bid: int
    no_bid: int
    yes_bid_dollars: str
    no_bid_dollars: str
    created_ts: str
    updated_ts: str
    status: QuoteStatus
    accepted_side: OutcomeSide | UnsetType = UNSET
    accepted_ts: str | UnsetType = UNSET
    confirmed_ts: str | UnsetType = UNSET
    executed_ts: str | UnsetType = UNSET
    cancelled_ts: str | UnsetType = UNSET
    rest_remainder: bool
    post_only: bool | UnsetType = UNSET
    cancellation_reason: str | UnsetType = UNSET
    creator_user_id: str | UnsetType = UNSET
    rfq_creator_user_id: str | UnsetType = UNSET
    rfq_target_cost_centi_cents: int | UnsetType = UNSET
    rfq_target_cost_dollars: str | UnsetType = UNSET
    target_cost_excludes_fees: bool | UnsetType = UNSET
    rfq_creator_order_id: str | UnsetType = UNSET
    creator_order_id: str | UnsetType = UNSET
    creator_subaccount: int | UnsetType = UNSET
    rfq_creator_subaccount: int | UnsetType = UNSET
    yes_contracts_fp: str
    no_contracts_fp: str


class GetQuotesQuery(msgspec.Struct):
    cursor: str | None = None
    event_ticker: str | None = None
    market_ticker: str | None = None
    min_ts: int | None = None
    max_ts: int | None = None
    limit: QuotePage = 500
    status: QuoteStatus | None = None
    quote_creator_user_id: str | None = None
    user_filter: UserFilter | None = None
    rfq_user_filter: UserFilter | None = None
    rfq_creator_user_id: str | None = None
    rfq_creator_subtrader_id: str | None = None
    rfq_id: str | None = None


class GetQuotesResponse(msgspec.Struct):
    quotes: list[Quote]
    cursor: str


class GetQuoteResponse(msgspec.Struct):
    quote: Quote


class CreateQuoteRequest(msgspec.Struct, kw_only=True):
    rfq_id: Text
    yes_bid: str
    no_bid: str
    rest_remainder: bool
    post_only: bool | None = None
    subaccount: Subaccount | None = None


class CreateQuoteResponse(msgspec.Struct):
    id: str


class AcceptQuoteRequest(msgspec.Struct):
    """`yes` takes the maker's bid for YES: the requester sells."""

    accepted_side: AcceptedSide


class ConfirmQuoteRequest(msgspec.Struct):
    """An empty object, or nothing."""


# Block trades


class BlockTradeProposal(msgspec.Struct, kw_only=True):
    """A party's user id is empty for everybody else."""

    id: str
    proposer_user_id: str
    buyer_user_id: str
    seller_user_id: str
    market_ticker: str
    price_centi_cents: int
    centicount: int
    maker_side: OutcomeSide
    expiration_ts: str
    status: BlockTradeStatus
    created_ts: str
    updated_ts: str
    buyer_accepted: bool
    seller_accepted: bool
    buyer_accepted_ts: str | UnsetType = UNSET
    seller_accepted_ts: str | UnsetType = UNSET
    executed_ts: str | UnsetType = UNSET
    buyer_order_id: str | UnsetType = UNSET
    seller_order_id: str | UnsetType = UNSET


class GetBlockTradeProposalsQuery(msgspec.Struct):
    cursor: str | None = None
    market_ticker: str | None = None
    limit: RfqPage = 100
    status: BlockTradeStatus | None = None


class GetBlockTradeProposalsResponse(msgspec.Struct):
    block_trade_proposals: list[BlockTradeProposal]
    cursor: str


class ProposeBlockTradeRequest(msgspec.Struct, kw_only=True):
    """The price is that of YES, in 1/10 000 dollar; the count is in 1/100 contract."""

    buyer_user_id: Text
    buyer_subtrader_id: str | None = None
    buyer_subaccount: Subaccount | None = None
    seller_user_id: Text
    seller_subtrader_id: str | None = None
    seller_subaccount: Subaccount | None = None
    market_ticker: Text
    price_centi_cents: Annotated[int, Meta(ge=1)]
    centicount: Annotated[int, Meta(ge=1)]
    maker_side: OutcomeSide
    expiration_ts: Aware


class ProposeBlockTradeResponse(msgspec.Struct):
    block_trade_proposal_id: str


class AcceptBlockTradeProposalRequest(msgspec.Struct):
    subtrader_id: str | None = None
    subaccount: Subaccount | None = None
