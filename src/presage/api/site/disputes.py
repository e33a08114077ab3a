"""Members dispute outcomes: the payout stands still from then on, until somebody decides.

Only who held or traded an option of the event may, once a round, and may have to put a bond aside.
Whether the window is still open is the engine's decision; who decides the dispute is
`api/admin/disputes.py`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import Refusal, invalid, not_found, refuse
from presage.api.site.event_pages import event_status
from presage.api.site.links import maybe_https_link
from presage.api.site.money import owed_cents, owned_cents, wallet
from presage.api.site.options import Event, event_for, option_for, option_id
from presage.api.site.rejects import refused
from presage.api.site.resolutions import window_ends_at
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import attempt
from presage.domain import accounts as ledger
from presage.domain.ids import account_id
from presage.domain.markets import DECIDED
from presage.domain.rejects import Code, Reject
from presage.domain.resolution_commands import DisputeMarkets, Lines
from presage.feeds.cards import MarketCard
from presage.identity.uuids import uuid7
from presage.projections import positions
from presage.site import disputes
from presage.site.disputes import Dispute
from presage.units import CENT, Money
from presage.wire.site import disputes as wire

_SHORTEST: Final = 20
_LONGEST: Final = 2_000


async def dispute_event(call: Call[None, wire.CreateDispute]) -> wire.DisputeReply:
    """Dispute the outcome of an event, or of one of its options."""
    body = call.body
    reason = clean(body.reason, "reason", low=_SHORTEST, high=_LONGEST, lines=True)
    evidence = maybe_https_link(body.evidence_url, "evidenceUrl")
    event = await event_for(call, call.path["id"])
    option = await _option(call, event)
    markets = _held(event, option)
    await _check_part(call, event)
    bond = site_of(call).settings.number("DISPUTE_BOND_CENTS") * CENT
    new = Dispute(
        id=uuid7(call.at),
        event=event.row.id,
        round=1,
        member=call.caller.member,
        option=0 if option is None else option.id,
        markets=tuple(card.id for card in markets),
        reason=reason,
        evidence_url=evidence,
        proposed=body.proposed_outcome or "",
        bond=bond,
        created_at=call.at,
    )

    def rows(connection: Any) -> DisputeMarkets:
        disputes.add(connection, _in_round(connection, call, new))
        return DisputeMarkets(new.markets, bond_lines(new, 1), f"dispute:{new.id}")

    result = await attempt(call, None, rows)
    if isinstance(result, Reject):
        raise _refused(call, result, bond)
    return await _reply(call, event, new.id)


async def _option(call: AnyCall, event: Event) -> MarketCard | None:
    """The option that the body names, or the only one that it can mean. Raises: Refusal."""
    body = call.body
    if body.option_id is not None:
        option = await option_for(call, body.option_id)
        if option.event.row.id != event.row.id:
            raise not_found()
        return option.card
    if body.proposed_outcome in ("YES", "NO") and len(event.card.markets) > 1:
        raise invalid("optionId", "is needed to say which option came out otherwise")
    return event.card.markets[0] if body.proposed_outcome in ("YES", "NO") else None


def _held(event: Event, option: MarketCard | None) -> list[MarketCard]:
    """The options whose payout stops. Where one of them happens, the outcome of one is that of
    all. Raises: Refusal when there is no outcome that could be disputed."""
    decided = [card for card in event.card.markets if card.status in DECIDED]
    if option is not None and option not in decided:
        decided = []
    if not decided:
        raise _closed()
    return decided if option is None or event.card.exclusive else [option]


def _closed() -> Refusal:
    return refuse("dispute_window_closed", "There is no outcome that could be disputed now.")


async def _check_part(call: AnyCall, event: Event) -> None:
    """Held or traded one of the options. Raises: Refusal."""
    services = services_of(call)
    accounts = [account.id for account in services.accounts.of(call.caller.member)]
    markets = [card.id for card in event.card.markets]

    def read(connection: Any) -> bool:
        return any(positions.of_markets(connection, account, markets) for account in accounts)

    if not await services.reader.run(read):
        raise refuse("forbidden", "Only who has traded in an event can dispute its outcome.")


def _in_round(connection: Any, call: AnyCall, new: Dispute) -> Dispute:
    """The dispute as part of the open case, or of a new one. Raises: Refusal."""
    number = site_of(call).settings.number
    at = disputes.round_of(connection, new.event)
    if at > number("DISPUTE_ROUNDS"):
        raise refuse(
            "dispute_window_closed", f"It was disputed {at - 1} times; the outcome is final."
        )
    before = disputes.newest_of(connection, new.event, new.member)
    if before is not None and before.round == at:
        raise refuse("already_disputed", "You have disputed this outcome already.")
    most = number("DISPUTES_PER_ROUND")
    if len(disputes.open_of(connection, new.event, most)) >= most:
        raise refuse("limit_reached", "Enough members dispute this outcome; it will be looked at.")
    return msgspec.structs.replace(new, round=at)


def bond_lines(dispute: Dispute, sign: int, target: str = "") -> Lines:
    """The bond into its hold (1), or out of it (-1): back, or to another account of the ledger."""
    account = account_id(dispute.member)
    held = ledger.hold(ledger.BOND, account, dispute.id)
    money = sign * dispute.bond
    other = target or ledger.cash(account)
    return ((other, -money), (held, money)) if money else ()


def _refused(call: AnyCall, reject: Reject, bond: Money) -> Refusal:
    if reject.code is Code.WRONG_STATUS:
        return _closed()
    if reject.code is Code.INSUFFICIENT_BALANCE:
        have = wallet(services_of(call), call.caller.member).available
        return refused(
            reject,
            required_cents=owed_cents(bond),
            available_cents=owned_cents(have),
            shortfall_cents=owed_cents(bond) - owned_cents(have),
        )
    return refused(reject)


async def _reply(call: AnyCall, event: Event, id: str) -> wire.DisputeReply:
    member, services = call.caller.member, services_of(call)

    def read(connection: Any) -> Dispute | None:
        written = disputes.find(connection, id)
        # After a crash the key was spent by the try before: it was written then.
        return written or disputes.newest_of(connection, event.row.id, member)

    found = await services.reader.run(read)
    assert found is not None, "it has been written"
    return wire.DisputeReply(
        dispute=shown(call, found),
        event=wire.DisputedEvent(
            status=event_status(event.card),
            dispute_window_ends_at=maybe_printed(window_ends_at(event.card)),
        ),
    )


def shown(call: AnyCall, dispute: Dispute) -> wire.Dispute:
    """A dispute as it is printed."""
    services = services_of(call)
    row = services.site.events.by_id(dispute.event)
    return wire.Dispute(
        id=ids.shown("dsp", dispute.id),
        event_slug=row.slug if row is not None else "",
        option_id=option_id(services.ids, dispute.option) if dispute.option else None,
        reason=dispute.reason,
        evidence_url=dispute.evidence_url or None,
        proposed_outcome=dispute.proposed or None,  # type: ignore[arg-type]  # as it came in
        bond_cents=owned_cents(dispute.bond),
        round=dispute.round,
        status=dispute.status,  # type: ignore[arg-type]  # one of the four
        decision_note=dispute.note or None,
        created_at=printed(dispute.created_at),
        decided_at=maybe_printed(dispute.decided_at),
    )
