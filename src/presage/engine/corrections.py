"""An outcome is corrected after it was paid: who got too much pays it back, who got too little is
paid the rest.

Positions of a finalized market are no longer here, so the command brings them; what each of them
makes of it, and what an account cannot pay, is decided here. An account's gains and losses in
several markets are settled against each other before anything is asked of it. Whatever was settled
by the old outcome outside the engine is left to those who did so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from presage.domain import accounts as ledger
from presage.domain.facts import MoneyMoved, Posting
from presage.domain.ids import AccountId
from presage.domain.markets import result_word
from presage.domain.payouts import payout
from presage.domain.rejects import Code, Refused
from presage.domain.resolution_commands import MAX_HOLDERS, CorrectOutcomes
from presage.domain.resolution_facts import OutcomeCorrected, PositionCorrected
from presage.engine.decision import Decision
from presage.engine.lookup import find_market
from presage.engine.resolutions import check_own_status, check_sum, one_event
from presage.engine.settlement import check_value, tell_combos
from presage.engine.state import Account, Event, Market
from presage.units import Count, Money, Price

_KIND: Final = "correction"


class _Held(NamedTuple):
    """A position that was paid."""

    market: Market
    account: Account
    position: Count


def correct(d: Decision, c: CorrectOutcomes) -> None:
    """Set the outcomes, and move what they change."""
    outcomes = {find_market(d, number): value for number, value in c.outcomes}
    held = _positions(d, c)
    _check_counts(outcomes, held)
    event = one_event([find_market(d, number) for number, _ in c.outcomes])
    new = _changed(outcomes)
    _check_paid(event, outcomes)
    check_sum(event, list(outcomes.items()))
    _check_combos(d, new)
    _decide(d, c, new, [one for one in held if one.market in new])


def _positions(d: Decision, c: CorrectOutcomes) -> list[_Held]:
    if len(c.holders) > MAX_HOLDERS:
        raise Refused(Code.INVALID_COUNT, f"a correction is about {MAX_HOLDERS} positions at most")
    found = []
    for number, owner, count in c.holders:
        market, account = find_market(d, number), d.state.accounts.get(owner)
        if account is None or account.shard != market.shard:
            raise Refused(Code.ACCOUNT_NOT_FOUND, str(owner))
        found.append(_Held(market, account, count))
    return found


def _check_counts(outcomes: Mapping[Market, Price], held: Sequence[_Held]) -> None:
    """Every contract has two sides, and nobody is named twice. Raises: Refused."""
    sums: Counter[Market] = Counter()
    for one in held:
        sums[one.market] += one.position
    twice = len({(one.market, one.account) for one in held}) != len(held)
    foreign = any(one.market not in outcomes for one in held)
    if twice or foreign or any(sums.values()) or not all(one.position for one in held):
        raise Refused(Code.INVALID_COUNT, "these are not all positions that were paid")


def _changed(outcomes: Mapping[Market, Price]) -> dict[Market, Price]:
    for value in outcomes.values():
        check_value(value)
    new = {market: value for market, value in outcomes.items() if market.value != value}
    if not new:
        raise Refused(Code.INVALID_VALUE, "it came out so")
    return new


def _check_paid(event: Event, outcomes: Mapping[Market, Price]) -> None:
    """What was voided has nothing to correct; where only one can come true, the whole event is
    over, so that nothing of it is advanced any more. Raises: Refused."""
    for market in outcomes:
        check_own_status(market, market.status == "finalized" and market.result != "void")
    for other in event.markets if event.exclusive else ():
        if other.status != "finalized":
            raise Refused(Code.WRONG_STATUS, f"{other.ticker} is {other.status}")


def _check_combos(d: Decision, new: Mapping[Market, Price]) -> None:
    """What a combo was paid follows from its legs. Raises: Refused."""
    ids = {market.id for market in new}
    for combo in d.state.markets.values():
        if combo.legs and (combo.settling or combo.status == "finalized"):
            hangs = any(leg.market in ids for leg in combo.legs)
            if hangs and combo.result != "void":
                raise Refused(Code.WRONG_STATUS, f"the combo {combo.ticker} was paid by it")


def _decide(
    d: Decision, c: CorrectOutcomes, new: Mapping[Market, Price], held: Sequence[_Held]
) -> None:
    gains: dict[AccountId, Money] = {}
    corrected = []
    for market, account, count in held:
        value = new[market]
        revenue = payout(count, value)
        added = revenue - payout(count, market.value)
        gains[account.id] = gains.get(account.id, 0) + added
        word = result_word(value)
        corrected.append(
            PositionCorrected(market.id, account.id, count, revenue, added, word, value)
        )
    for market, value in new.items():
        d.emit(OutcomeCorrected(market.id, result_word(value), value))
        tell_combos(d, market)
    for fact in corrected:
        d.emit(fact)
    lines = _lines(d, gains)
    if lines:
        d.emit(MoneyMoved(d.new_id(), lines, c.cause, _KIND))


def _lines(d: Decision, gains: Mapping[AccountId, Money]) -> tuple[Posting, ...]:
    """Everybody's difference. What an account has not got any more the house pays in its place, and
    gets back from what a later correction brings the account."""
    lines = []
    for id, gain in gains.items():
        account, name = d.state.accounts[id], ledger.covered(id)
        stands = d.state.ledger.get(name, 0)
        house = max(-gain, stands) if gain > 0 else max(-account.cash - gain, 0)
        if gain + house:
            d.touch(account)
            lines.append(Posting(ledger.cash(id), gain + house, account.cash + gain + house))
        if house:
            lines.append(Posting(name, -house, stands - house))
    return tuple(lines)
