"""The exchange as a whole: its two switches and the figures an operator looks at first."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from presage.api.admin.writing import AnyCall, Written, services_of, write
from presage.api.registry import Call
from presage.domain.accounts import FEES
from presage.domain.commands import SetPause
from presage.domain.facts import PauseSet
from presage.projections import history
from presage.site import deposits, funds, reports, withdrawals
from presage.units import format_balance
from presage.wire.admin import exchange as wire
from presage.wire.kalshi.times import rfc3339

_SUBJECT: Final = "exchange"
_FROZEN: Final = frozenset({"determined", "disputed", "amended"})


async def pause_exchange(call: Call[None, wire.PauseExchange]) -> wire.ExchangeDone:
    """Set the exchange's switches; with none named, trading stops."""
    body, markets = call.body, services_of(call).markets
    exchange, trading = body.exchange_active, body.trading_active
    if exchange is None and trading is None:
        trading = False
    command = SetPause(
        markets.exchange_active if exchange is None else exchange,
        markets.trading_active if trading is None else trading,
    )
    return await _set(call, "exchange.pause", command)


async def resume_exchange(call: Call[None, wire.ResumeExchange]) -> wire.ExchangeDone:
    """Turn both switches on."""
    return await _set(call, "exchange.resume", SetPause(True, True))


async def _set(call: AnyCall, action: str, switches: SetPause) -> wire.ExchangeDone:
    exchange, trading = switches.exchange, switches.trading
    written: Written = await write(
        call, action, _SUBJECT, lambda _, audit: SetPause(exchange, trading, audit)
    )
    # A planned pause that is on holds off what was switched on.
    now = next(fact for fact in written.receipt.facts if isinstance(fact, PauseSet))
    return wire.ExchangeDone(
        seq=written.seq,
        audit_id=written.audit_id,
        exchange_active=now.exchange,
        trading_active=now.trading,
    )


async def get_overview(call: Call[None, None]) -> wire.Overview:
    """Show counts, money and switches as they stand after the last entry."""
    services = services_of(call)
    database, queues = await services.reader.run(
        lambda connection: (history.database(connection), _queues(connection))
    )
    failed = sorted(job.name for job in services.site.jobs.values() if job.error)
    return await services.gateway.inspect(
        lambda engine: _overview(engine.state, database, queues, failed)
    )


def _queues(connection: Any) -> dict[str, int]:
    """What waits for somebody, by the name of its list."""
    return {
        "deposits": deposits.waiting(connection),
        "funds": funds.waiting(connection),
        "reports": len(reports.queue(connection)),
        "withdrawals": withdrawals.waiting(connection),
    }


def _overview(
    state: Any, database: str, queues: dict[str, int], failed: list[str]
) -> wire.Overview:
    """Runs in the writer's thread: it only adds up."""
    accounts, markets = state.accounts.values(), state.markets.values()
    cash = sum(account.cash for account in accounts)
    escrow = sum(market.escrow for market in markets)
    events = state.events.values()
    advances = sum(one.amount for event in events for one in event.advances.values())
    ledger = dict(sorted(state.ledger.items()))
    frozen = [one for one in markets if one.status in _FROZEN]
    trading = {one.event.id for one in markets if one.status == "active"}
    return wire.Overview(
        exchange_active=state.exchange_active,
        trading_active=state.trading_active,
        seq=state.seq,
        at=rfc3339(state.at),
        members=len(state.members),
        accounts=len(accounts),
        series=len(state.series),
        events=len(events),
        markets=dict(sorted(Counter(market.status for market in markets).items())),
        resting_orders=len(state.orders),
        pending_work=len(state.work),
        cash=format_balance(cash),
        reserved=format_balance(sum(account.reserved for account in accounts)),
        escrow=format_balance(escrow),
        advances=format_balance(advances),
        fees=format_balance(ledger.get(FEES, 0)),
        ledger={name: format_balance(amount) for name, amount in ledger.items()},
        balanced=cash + escrow + sum(ledger.values()) == advances,
        database=database,
        open_events=len(trading),
        frozen_markets=len(frozen),
        frozen_escrow=format_balance(sum(market.escrow for market in frozen)),
        queues=queues,
        job_errors=failed,
    )
