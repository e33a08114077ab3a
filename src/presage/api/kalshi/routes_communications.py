"""The operations about RFQs, quotes and block trades.

Quotes have two generations of paths, with and without their RFQ, that share their handlers.
"""

from __future__ import annotations

from typing import Final

from presage.api.kalshi import block_trades, communications, quotes, rfqs
from presage.api.registry import Operation
from presage.wire.kalshi import communications as w

TRADE: Final = "write::trade"
CHEAP: Final = 2
TAGS: Final = ("communications",)

_RFQS: Final = "/communications/rfqs"
_QUOTES: Final = "/communications/quotes"
_QUOTE: Final = "/communications/quotes/{quote_id}"
_RFQ_QUOTE: Final = "/communications/rfqs/{rfq_id}/quotes/{quote_id}"
_BLOCKS: Final = "/communications/block-trade-proposals"

COMMUNICATIONS_ID = (
    Operation(
        id="GetCommunicationsID",
        method="GET",
        path="/communications/id",
        handler=communications.get_communications_id,
        reply=w.GetCommunicationsIDResponse,
        scope="read",
        locked_keys=True,
        tags=TAGS,
    ),
)

RFQS = (
    Operation(
        id="GetRFQs",
        method="GET",
        path=_RFQS,
        handler=rfqs.get_rfqs,
        query=w.GetRFQsQuery,
        reply=w.GetRFQsResponse,
        scope="read",
        locked_keys=True,
        tags=TAGS,
    ),
    Operation(
        id="CreateRFQ",
        method="POST",
        path=_RFQS,
        handler=rfqs.create_rfq,
        body=w.CreateRFQRequest,
        reply=w.CreateRFQResponse,
        status=201,
        scope=TRADE,
        locked_keys=True,
        tags=TAGS,
    ),
    Operation(
        id="GetRFQ",
        method="GET",
        path=_RFQS + "/{rfq_id}",
        handler=rfqs.get_rfq,
        reply=w.GetRFQResponse,
        scope="read",
        locked_keys=True,
        tags=TAGS,
    ),
    Operation(
        id="DeleteRFQ",
        method="DELETE",
        path=_RFQS + "/{rfq_id}",
        handler=rfqs.delete_rfq,
        status=204,
        scope=TRADE,
        locked_keys=True,
        tags=TAGS,
    ),
)


def _quote_operations(path: str, infix: str) -> tuple[Operation, ...]:
    """What can be done with one quote, under one of its two paths."""
    return (
        Operation(
            id=f"Get{infix}Quote",
            method="GET",
            path=path,
            handler=quotes.get_quote,
            reply=w.GetQuoteResponse,
            scope="read",
            locked_keys=True,
            tags=TAGS,
        ),
        Operation(
            id=f"Delete{infix}Quote",
            method="DELETE",
            path=path,
            handler=quotes.delete_quote,
            status=204,
            scope=TRADE,
            cost=CHEAP,
            locked_keys=True,
            tags=TAGS,
        ),
        Operation(
            id=f"Accept{infix}Quote",
            method="PUT",
            path=f"{path}/accept",
            handler=quotes.accept_quote,
            body=w.AcceptQuoteRequest,
            status=204,
            scope=TRADE,
            locked_keys=True,
            tags=TAGS,
        ),
        Operation(
            id=f"Confirm{infix}Quote",
            method="PUT",
            path=f"{path}/confirm",
            handler=quotes.confirm_quote,
            body=w.ConfirmQuoteRequest,
            body_optional=True,
            status=204,
            scope=TRADE,
            locked_keys=True,
            tags=TAGS,
        ),
    )


QUOTES = (
    Operation(
        id="GetQuotes",
        method="GET",
        path=_QUOTES,
        handler=quotes.get_quotes,
        query=w.GetQuotesQuery,
        reply=w.GetQuotesResponse,
        scope="read",
        locked_keys=True,
        tags=TAGS,
    ),
    Operation(
        id="CreateQuote",
        method="POST",
        path=_QUOTES,
        handler=quotes.create_quote,
        body=w.CreateQuoteRequest,
        reply=w.CreateQuoteResponse,
        status=201,
        scope=TRADE,
        cost=CHEAP,
        locked_keys=True,
        tags=TAGS,
    ),
    *_quote_operations(_QUOTE, ""),
    *_quote_operations(_RFQ_QUOTE, "RFQ"),
)

BLOCK_TRADES = (
    Operation(
        id="GetBlockTradeProposals",
        method="GET",
        path=_BLOCKS,
        handler=block_trades.get_block_trade_proposals,
        query=w.GetBlockTradeProposalsQuery,
        reply=w.GetBlockTradeProposalsResponse,
        scope="read::block_trade_accept",
        tags=TAGS,
    ),
    Operation(
        id="ProposeBlockTrade",
        method="POST",
        path=_BLOCKS,
        handler=block_trades.propose_block_trade,
        body=w.ProposeBlockTradeRequest,
        reply=w.ProposeBlockTradeResponse,
        status=201,
        scope=TRADE,
        tags=TAGS,
    ),
    Operation(
        id="AcceptBlockTradeProposal",
        method="POST",
        path=_BLOCKS + "/{block_trade_proposal_id}/accept",
        handler=block_trades.accept_block_trade_proposal,
        body=w.AcceptBlockTradeProposalRequest,
        body_optional=True,
        status=204,
        scope="write::block_trade_accept",
        tags=TAGS,
    ),
)

OPERATIONS = (*COMMUNICATIONS_ID, *RFQS, *QUOTES, *BLOCK_TRADES)
