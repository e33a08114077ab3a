"""Stop-loss and take-profit of a position: set, changed and cleared.

What fires them is the worker `workers/protections.py`; here stands what may be asked for.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, trade_shapes
from presage.api.site.asking import side_price, site_account
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.event_pages import option_status
from presage.api.site.services import AnyCall, services_of
from presage.api.site.writing import submit
from presage.domain.ids import AccountId
from presage.feeds import marks
from presage.feeds.cards import MarketCard
from presage.projections import positions
from presage.site import protections
from presage.site.protections import ARMED, CANCELLED, Protection
from presage.units import DOLLAR_PRICE, Price
from presage.wire.site import trading as wire


async def set_protections(call: Call[None, wire.SetProtections]) -> wire.ProtectionsReply:
    """Set, change or clear stop-loss and take-profit of a position."""
    body = call.body
    if body.stop_loss_prob_bps is UNSET and body.take_profit_prob_bps is UNSET:
        raise invalid("stopLossProbBps", "it or takeProfitProbBps is needed")
    card, account, held = await _position(call)
    if not held:
        raise refuse("position_closed", "This position is closed.")
    if card.status not in ("active", "inactive"):
        sentence = "The market is not open."
        raise refuse("market_not_open", sentence, status=option_status(card))
    sign = 1 if held > 0 else -1
    written: list[Protection] = []

    def rows(connection: Any) -> None:
        before = protections.find(connection, account, card.id)
        base = Protection(account=account, market=card.id, sign=sign)
        if before is not None and before.is_live and before.sign == sign:
            base = before
        wanted = _merged(base, body)
        _check(card, wanted, body)
        status = ARMED if wanted.stop or wanted.take else CANCELLED
        row = replace(wanted, status=status, updated_at=call.at)
        written.append(protections.put(connection, row))

    await submit(call, None, rows)
    services = services_of(call)
    services.watched.watch(card, call.at)
    return wire.ProtectionsReply(protections=trade_shapes.protections(services.ids, written[-1]))


async def _position(call: AnyCall) -> tuple[MarketCard, AccountId, int]:
    """The market, the account and what it holds. Raises: not_found."""
    services = services_of(call)
    text = ids.row_id("pos", call.path["id"])
    number = None
    if text is not None:
        number = services.ids.number(text, Kind.POSITION, call.caller.member)
    card = None if number is None else services.markets.find(number)
    if card is None:
        raise not_found()
    account = site_account(call, card)
    found = await services.reader.run(
        lambda connection: positions.of_markets(connection, account, [card.id])
    )
    if not found:
        raise not_found()
    view = services.accounts.find(account)
    return card, account, 0 if view is None else view.positions.get(card.id, 0)


def _merged(base: Protection, body: wire.SetProtections) -> Protection:
    stop, take = body.stop_loss_prob_bps, body.take_profit_prob_bps
    return replace(
        base,
        stop=base.stop if stop is UNSET else stop or 0,
        take=base.take if take is UNSET else take or 0,
    )


def _check(card: MarketCard, wanted: Protection, body: wire.SetProtections) -> None:
    """Raises: a 400, or a 409 when it would fire at once."""
    if wanted.stop and wanted.take and wanted.stop >= wanted.take:
        raise invalid("stopLossProbBps", "must be below takeProfitProbBps")
    outcome = "yes" if wanted.sign > 0 else "no"
    mark = marks.mark(card).price
    own: Price | None = None if mark is None else side_price(outcome, mark)
    bid, ask = marks.quotes(card)
    best = bid if wanted.sign > 0 else DOLLAR_PRICE - ask if ask else 0
    stops = bool(body.stop_loss_prob_bps) and own is not None and wanted.stop >= own
    takes = bool(body.take_profit_prob_bps) and bool(best) and wanted.take <= best
    if stops or takes:
        raise refuse(
            "would_trigger_now",
            "This would sell the position at once.",
            mark_prob_bps=own,
            best_bid_prob_bps=best or None,
        )
