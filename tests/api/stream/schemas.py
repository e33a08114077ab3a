"""Kalshi's own schemas of what comes over the WebSocket; without them nothing is checked."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator

from tests.reference import KALSHI

DOCUMENT: Final = KALSHI / "asyncapi.yaml"
_PAYLOADS: Final = {
    "subscribed": "subscribedResponse",
    "unsubscribed": "unsubscribedResponse",
    "error": "errorResponse",
    "orderbook_snapshot": "orderbookSnapshot",
    "orderbook_delta": "orderbookDelta",
    "ticker": "ticker",
    "trade": "trade",
    "fill": "fill",
    "user_order": "userOrder",
    "market_position": "marketPosition",
    "market_lifecycle_v2": "marketLifecycleV2",
    "multivariate_market_lifecycle": "multivariateMarketLifecycle",
    "event_lifecycle": "eventLifecycle",
    "event_fee_update": "eventFeeUpdate",
    "order_group_updates": "orderGroupUpdates",
    "rfq_created": "rfqCreated",
    "rfq_deleted": "rfqDeleted",
    "quote_created": "quoteCreated",
    "quote_accepted": "quoteAccepted",
    "quote_executed": "quoteExecuted",
    "cfbenchmarks_value": "cfbenchmarksValue",
    "cfbenchmarks_value_indexlist": "cfbenchmarksIndexList",
    "cfbenchmarks_value_5hz": "cfbenchmarksValue5Hz",
    "cfbenchmarks_value_5hz_indexlist": "cfbenchmarks5HzIndexList",
    "pyth_value": "pythValue",
    "pyth_value_underlying_list": "pythUnderlyingList",
}


def check(message: Any) -> None:
    """The message is as the document has it, with no key that it does not name."""
    if not DOCUMENT.exists():
        return
    name = f"{_payload(message)}Payload"
    _validator(name).validate(message)
    schema = _document()["components"]["schemas"][name]["properties"]
    assert set(message) <= set(schema), message
    if schema.get("msg", {}).get("type") == "object":
        assert set(message["msg"]) <= set(schema["msg"]["properties"]), message


def _payload(message: Any) -> str:
    msg = message.get("msg")
    match message["type"]:
        case "ok" if isinstance(msg, list):
            return "listSubscriptionsResponse"
        case "ok" if "index_ids" in msg:
            return "subscribedIndicesResponse"
        case "ok" if "underlying_tickers" in msg:
            return "subscribedUnderlyingsResponse"
        case "ok":
            return "okResponse"
        case "market_lifecycle_v2" if msg["event_type"] == "metadata_updated":
            return "marketMetadataUpdated"
        case type:
            return _PAYLOADS[type]


@cache
def _document() -> Any:
    return yaml.safe_load(DOCUMENT.read_text("utf-8"))


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": _document()["components"]["schemas"]},
    }
    return Draft202012Validator(schema)
