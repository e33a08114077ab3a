"""How the site API says what a trading rule has refused: the rule's code becomes one of ours.

Who knows more (what is held, which order had the key) adds it before it raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.api.site.errors import Refusal, refuse, try_again
from presage.domain.rejects import Code, Reject

_PAUSE_SECONDS: Final = 5

_CODES: Final[Mapping[Code, tuple[str, str]]] = {
    Code.MEMBER_SUSPENDED: ("suspended", "Your account is suspended."),
    Code.ORDER_EXISTS: ("duplicate_client_order_id", "This clientOrderId was used before."),
    Code.INVALID_PRICE: ("off_tick", "The price is not on this market's grid."),
    Code.MARKET_NOT_OPEN: ("market_not_open", "The market is not open."),
    Code.MARKET_PAUSED: ("market_not_open", "The market is paused."),
    Code.MARKET_CLOSED: ("market_not_open", "The market is closed."),
    Code.INSUFFICIENT_POSITION: ("insufficient_position", "You hold fewer than that."),
    Code.NOTHING_TO_REDUCE: ("insufficient_position", "You hold none of these."),
    Code.POSITIONS_OPEN: (
        "conflict",
        "There are open positions; sell them, or wait until they settle.",
    ),
    Code.POST_ONLY_CROSS: ("would_cross", "The order would trade at once."),
    Code.INSUFFICIENT_BALANCE: ("insufficient_funds", "You have too little for this."),
}
_NOT_FOUND: Final = frozenset(code for code in Code if code.value.endswith("_not_found"))
_LIMITS: Final = frozenset(code for code in Code if code.value.startswith("too_many"))
_PAUSES: Final = frozenset({Code.EXCHANGE_PAUSED, Code.TRADING_PAUSED})
_INVALID: Final = frozenset(code for code in Code if code.value.startswith("invalid_"))


def refused(reject: Reject, **extra: Any) -> Refusal:
    """A rule's refusal as the site prints it."""
    code = reject.code
    if code in _CODES:
        word, sentence = _CODES[code]
        return refuse(word, sentence, **extra)
    sentence = reject.detail or code.value.replace("_", " ")
    if code in _PAUSES:
        return try_again("exchange_paused", "Trading is paused.", _PAUSE_SECONDS, **extra)
    if code in _NOT_FOUND:
        return refuse("not_found", "There is no such thing.", **extra)
    if code in _LIMITS:
        return refuse("limit_reached", sentence, **extra)
    if code in _INVALID:
        return refuse("validation_failed", sentence, **extra)
    return refuse("conflict", sentence, **extra)
