"""RFQs: asking the whole exchange for a price, taking the question back, ending it."""

from __future__ import annotations

from presage.domain.desk_commands import CreateRfq, DeleteRfq
from presage.domain.desk_facts import RfqClosed, RfqCreated
from presage.domain.ids import Id
from presage.domain.quotes import CONFIRMED, MAX_RFQS
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.desk import Rfq
from presage.engine.lookup import find_account, find_market_of, find_member, require_open
from presage.units import MAX_COUNT, MAX_MONEY


def find_rfq(d: Decision, rfq_id: Id) -> Rfq:
    """An open RFQ. Raises: Refused."""
    rfq = d.state.desk.rfqs.get(rfq_id)
    if rfq is None or d.state.desk.is_dead(rfq):
        raise Refused(Code.RFQ_NOT_FOUND)
    return rfq


def create_rfq(d: Decision, c: CreateRfq) -> None:
    """Ask for quotes; one RFQ a member and market."""
    account = find_account(d, c.account)
    market = find_market_of(d, account, c.market)
    asking = d.state.desk.asking.get(account.member.id, {})
    standing = asking.get(market.id)
    if standing is not None and not d.state.desk.is_dead(standing) and not c.replace:
        raise Refused(Code.RFQ_EXISTS)
    if standing is not None:
        _require_free(standing)
    _check_size(c)
    require_open(d, market)
    if standing is None and len(asking) >= MAX_RFQS:
        raise Refused(Code.TOO_MANY_RFQS)
    if standing is not None:
        close_rfq(d, standing, "replaced")
    d.emit(
        RfqCreated(
            d.new_id(),
            account.id,
            market.id,
            c.contracts,
            c.target_cost,
            c.excludes_fees,
            c.rest_remainder,
        )
    )


def _check_size(c: CreateRfq) -> None:
    if (c.contracts != 0) == (c.target_cost != 0):
        raise Refused(Code.INVALID_VALUE, "exactly one of contracts and target_cost is needed")
    if not (0 <= c.contracts <= MAX_COUNT and 0 <= c.target_cost <= MAX_MONEY):
        raise Refused(Code.INVALID_VALUE, "contracts or target_cost is out of range")
    if c.excludes_fees and not c.target_cost:
        raise Refused(Code.INVALID_VALUE, "target_cost_excludes_fees needs a target cost")


def delete_rfq(d: Decision, c: DeleteRfq) -> None:
    """Take the question back; only a confirmed quote holds it."""
    member = find_member(d, c.member, may_trade=False)
    rfq = find_rfq(d, c.rfq)
    if rfq.account.member is not member or c.account not in (0, rfq.account.id):
        raise Refused(Code.RFQ_NOT_FOUND)
    _require_free(rfq)
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    close_rfq(d, rfq, "deleted")


def _require_free(rfq: Rfq) -> None:
    """After the maker has confirmed nobody withdraws. Raises: Refused."""
    if rfq.taken is not None and rfq.taken.status == CONFIRMED:
        raise Refused(Code.WRONG_QUOTE_STATUS, "a quote of the RFQ is confirmed")


def close_rfq(d: Decision, rfq: Rfq, reason: str) -> None:
    """The RFQ and its living quotes end."""
    d.emit(RfqClosed(rfq.id, rfq.account.id, rfq.market.id, rfq.contracts, rfq.target_cost, reason))
