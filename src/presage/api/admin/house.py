"""The house market maker, switched option by option: start, stop, more or fewer contracts.

It writes what is wanted; the worker (`workers/market_maker.py`) sees it at its next step.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.api.admin.errors import refusal
from presage.api.admin.writing import write
from presage.api.registry import Call
from presage.api.site.money import price_cents
from presage.api.site.options import option_for
from presage.catalog.house import HOUSE_LINES, HouseLine
from presage.feeds import marks
from presage.units import CENT_PRICE, CONTRACT, DOLLAR_PRICE
from presage.wire.admin import events as wire

DEFAULT_SIZE: Final = 50
_EVEN: Final = DOLLAR_PRICE // 2


async def set_house_liquidity(call: Call[None, wire.HouseLiquidity]) -> wire.HouseDone:
    """Have the house quote an option, stop it, or change how much it offers."""
    option = await option_for(call, call.path["optionId"])
    card, body = option.card, call.body
    line: HouseLine | None = None

    def then(connection: Any, audit: int) -> None:
        nonlocal line
        now = HOUSE_LINES.find(connection, card.ticker)
        if body.action != "start" and (now is None or not now.active):
            raise refusal(call, 409, "wrong_status", "the house does not quote this option")
        # Without a word of the operator it begins where the market is.
        fair = now.fair if now is not None else marks.probability(card).price or _EVEN
        changed = now or HouseLine(ticker=card.ticker, fair=fair, size=DEFAULT_SIZE * CONTRACT)
        if body.size is not None:
            changed = msgspec.structs.replace(changed, size=body.size * CONTRACT)
        if body.fair_prob_bps is not None:
            changed = msgspec.structs.replace(changed, fair=body.fair_prob_bps)
        if body.ask_limit_cents is not None:
            limit = body.ask_limit_cents * CENT_PRICE
            changed = msgspec.structs.replace(changed, ask_limit=limit)
        active = int(body.action != "stop")
        line = msgspec.structs.replace(changed, active=active, updated_at=call.at)
        HOUSE_LINES.put(connection, line)

    written = await write(call, f"house.{body.action}", card.ticker, then)
    assert line is not None, "else it was refused"
    return wire.HouseDone(
        seq=written.seq,
        audit_id=written.audit_id,
        line=wire.HouseLine(
            option_id=option.id,
            market_ticker=card.ticker,
            active=bool(line.active),
            size=line.size // CONTRACT,
            fair_prob_bps=line.fair,
            ask_limit_cents=price_cents(line.ask_limit) if line.ask_limit else None,
        ),
    )
