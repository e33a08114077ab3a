"""Long work in small steps: cancellations and payouts, at most so many units an entry.

A rule that ends many orders changes a status at once (the orders are dead, matching knows it) and
queues the work; the entry itself does the first units and `Tick` the rest. So no single command can
hold the writer up, whatever it is about.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from presage.domain.facts import WorkDone
from presage.domain.ids import Id
from presage.engine.book import Order
from presage.engine.cancel import cancel
from presage.engine.combos import tell
from presage.engine.decision import Decision
from presage.engine.quotes import cancel_quote
from presage.engine.rfqs import close_rfq
from presage.engine.settlement import finalize, pay
from presage.engine.state import Work

UNITS: Final = 500
"""Cancellations, payouts or combos told that one entry may do beside its own."""


def run(d: Decision, units: int = UNITS) -> None:
    """Go on with the queue, oldest job first, until it is empty or the units are spent."""
    work = d.state.work
    while work and units > 0:
        job = work[0]
        if job.kind == "payout":
            units, finished = _pay(d, job, units)
        elif job.kind in ("rfqs", "communications"):
            units, finished = _silence(d, job, units)
        elif job.kind == "combos":
            units, finished = tell(d, job, units)
        elif job.kind == "group":
            units, finished = _cancel_listed(d, job, d.state.groups[job.subject].orders, units)
        elif job.kind == "halt":
            units, finished = _cancel_listed(d, job, d.state.halting, units)
        else:
            units, finished = _cancel(d, job, units)
        if finished:
            d.emit(WorkDone(job.id))


def _cancel(d: Decision, job: Work, units: int) -> tuple[int, bool]:
    """Cancel up to `units` of the job's orders. Returns what is left and whether it is done."""
    for ages in job.ages:
        while (order := ages.oldest()) is not None:
            if not units:
                return 0, False
            cancel(d, order, job.reason)
            units -= 1
    return units, True


def _cancel_listed(d: Decision, job: Work, listed: dict[Id, Order], units: int) -> tuple[int, bool]:
    """The same where the orders are in a list of their own."""
    meant = (order for order in listed.values() if order.rank <= job.rank)
    batch = list(islice(meant, units + 1))
    for order in batch[:units]:
        cancel(d, order, job.reason)
    return units - min(len(batch), units), len(batch) <= units


def _silence(d: Decision, job: Work, units: int) -> tuple[int, bool]:
    """Close RFQs and cancel quotes, those of the job that are older than it."""
    desk, subject = d.state.desk, job.subject
    rfqs = desk.on if job.kind == "rfqs" else desk.asking
    older = [rfq for rfq in islice(rfqs.get(subject, {}).values(), units + 1) if rfq.id < job.id]
    for rfq in older[:units]:
        close_rfq(d, rfq, job.reason)
    left = units - min(len(older), units)
    if job.kind == "rfqs" or len(older) > units:
        return left, len(older) <= units
    made = desk.making.get(subject, {}).values()
    answers = [quote for quote in islice(made, left + 1) if quote.id < job.id]
    for quote in answers[:left]:
        cancel_quote(d, quote, job.reason)
    return left - min(len(answers), left), len(answers) <= left


def _pay(d: Decision, job: Work, units: int) -> tuple[int, bool]:
    market = d.state.markets[job.subject]
    while units > 0 and market.payouts:
        pay(d, market, market.payouts[-1])
        units -= 1
    if market.payouts:
        return units, False
    finalize(d, market)
    return units, True
