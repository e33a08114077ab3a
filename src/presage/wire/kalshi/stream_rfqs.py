"""What the communications channel carries in `msg`: RFQs and the quotes on them."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from presage.wire.kalshi.markets import MveSelectedLeg
from presage.wire.kalshi.orders import OutcomeSide


class RfqCreated(msgspec.Struct, frozen=True, kw_only=True):
    """`creator_id` is the requester's public communications id."""

    id: str
    creator_id: str
    market_ticker: str
    event_ticker: str | UnsetType = UNSET
    contracts_fp: str | UnsetType = UNSET
    target_cost_dollars: str | UnsetType = UNSET
    created_ts: str
    mve_collection_ticker: str | UnsetType = UNSET
    mve_selected_legs: list[MveSelectedLeg] | UnsetType = UNSET


class RfqDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """An RFQ is over."""

    id: str
    creator_id: str
    market_ticker: str
    event_ticker: str | UnsetType = UNSET
    contracts_fp: str | UnsetType = UNSET
    target_cost_dollars: str | UnsetType = UNSET
    deleted_ts: str


class QuoteCreated(msgspec.Struct, frozen=True, kw_only=True):
    """`subaccount` is the reader's own, never the other party's."""

    quote_id: str
    rfq_id: str
    quote_creator_id: str
    rfq_creator_id: str
    market_ticker: str
    event_ticker: str | UnsetType = UNSET
    yes_bid_dollars: str
    no_bid_dollars: str
    yes_contracts_offered_fp: str | UnsetType = UNSET
    no_contracts_offered_fp: str | UnsetType = UNSET
    rfq_target_cost_dollars: str | UnsetType = UNSET
    created_ts: str
    subaccount: int | UnsetType = UNSET


class QuoteAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The requester took one side of a quote."""

    quote_id: str
    rfq_id: str
    quote_creator_id: str
    rfq_creator_id: str
    market_ticker: str
    event_ticker: str | UnsetType = UNSET
    yes_bid_dollars: str
    no_bid_dollars: str
    accepted_side: OutcomeSide | UnsetType = UNSET
    contracts_accepted_fp: str | UnsetType = UNSET
    yes_contracts_offered_fp: str | UnsetType = UNSET
    no_contracts_offered_fp: str | UnsetType = UNSET
    rfq_target_cost_dollars: str | UnsetType = UNSET
    subaccount: int | UnsetType = UNSET


class QuoteExecuted(msgspec.Struct, frozen=True, kw_only=True):
    """`order_id` and `client_order_id` are the reader's own order."""

    quote_id: str
    rfq_id: str
    quote_creator_id: str
    rfq_creator_id: str
    order_id: str
    client_order_id: str
    market_ticker: str
    executed_ts: str
    subaccount: int | UnsetType = UNSET
