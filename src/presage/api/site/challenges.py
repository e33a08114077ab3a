"""Challenges: bets between two members on one option, at stakes that they name.

Stakes are moved by the journal in the submission that writes the row. Whether one is won, the
worker decides when the option is finalised.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.asking import poor
from presage.api.site.authors import Levels, author, levels, person_for
from presage.api.site.errors import Refusal, invalid, not_found, refuse
from presage.api.site.event_pages import option_status
from presage.api.site.money import owned_cents, wallet
from presage.api.site.options import Option, option_wanted, options_of
from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import attempt
from presage.domain.commands import Move
from presage.domain.contests import implied_bps
from presage.domain.facts import MoneyMoved
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import MarketCard
from presage.gateway import Receipt
from presage.identity.people import Person
from presage.identity.uuids import uuid7
from presage.site import blocks, challenge_ends, challenges, notifications, preferences
from presage.site.challenges import (
    ACTIVE,
    CANCELLED,
    CAUSE,
    EXPIRED,
    MOST_OPEN,
    OPEN,
    SETTLED,
    Challenge,
)
from presage.units import CENT, SECOND, Micros
from presage.wire.site import challenges as wire
from presage.wire.site.trading import Side

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
_CODE_LENGTH: Final = 8
_HOUR: Final[Micros] = 3_600 * SECOND
_LONGEST: Final = 280
_STATUSES: Final = {"open": OPEN, "active": ACTIVE, "settled": SETTLED, "all": ""}
_AT_ONCE: Final = 50


async def list_challenges(call: Call[wire.ListChallenges, None]) -> wire.ChallengesReply:
    """List the caller's challenges, or show the one with a code."""
    query, member = call.query, call.caller.member
    after = pages.after(call, str)
    if not site_of(call).settings.flag("challenges"):
        return wire.ChallengesReply(challenges=[], next_cursor=None, enabled=False)
    await _expire_due(call)
    if query.code is not None:
        one = await _by_code(call, query.code)
        if one.status != OPEN and member not in (one.creator, one.opponent):
            raise not_found()
        return wire.ChallengesReply(challenges=await _show(call, [one]), next_cursor=None)

    def read(connection: Any) -> list[Challenge]:
        return challenges.page(
            connection,
            member,
            str(after[0]) if after else "",
            pages.wanted(call),
            status=_STATUSES[query.status],
            role=query.role or "",
        )

    rows = await services_of(call).reader.run(read)
    cut = pages.cut(call, rows, lambda one: (one.id,))
    return wire.ChallengesReply(challenges=await _show(call, cut.rows), next_cursor=cut.next_cursor)


async def create_challenge(call: Call[None, wire.CreateChallenge]) -> wire.ChallengeReply:
    """Challenge somebody, or whoever has the code, on an option."""
    body, member = call.body, call.caller.member
    message = clean(body.message or "", "message", high=_LONGEST)
    person = site_of(call).people.find(member)
    if message and person is not None and person.state(call.at) == "MUTED":
        raise refuse("muted", "You are muted.")
    wanted = await option_wanted(call, body.option_id, body.event_slug, body.option_label)
    opponent = _opponent(call)
    _must_be_open(wanted.option.card, call.at)
    outcome = "yes" if (body.side == "YES") != wanted.flipped else "no"
    expires_at = call.at + body.expires_in_hours * _HOUR
    one = Challenge(
        id=uuid7(call.at),
        code="".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)),
        creator=member,
        opponent=opponent.number if opponent else 0,
        named=opponent is not None,
        market=wanted.option.card.id,
        outcome=outcome,
        stake=body.stake_cents,
        opponent_stake=body.opponent_stake_cents or body.stake_cents,
        message=message,
        created_at=call.at,
        expires_at=min(expires_at, wanted.option.card.close_at),
    )
    receipt = await attempt(call, None, lambda connection: _create(call, connection, one))
    return await _reply(call, receipt, one.stake)


async def accept_challenge(call: Call[None, wire.AcceptChallenge]) -> wire.ChallengeReply:
    """Take the other side of a challenge."""
    code = challenges.canonical(call.path["code"])
    seen = await _by_code(call, code)
    if seen.status == OPEN and seen.expires_at <= call.at:
        await _expire(call, seen.id)
    card = services_of(call).markets.by_id(seen.market)

    def rows(connection: Any) -> Move:
        one = challenges.by_code(connection, code)
        assert one is not None, "challenges stay"
        _check_acceptor(connection, call, one)
        _must_be_open(card, call.at)
        challenge_ends.note(connection, call.at, challenge_ends.ACCEPTED, one, call.caller.member)
        _tell(
            connection, call, one.creator, "CHALLENGE_ACCEPTED", "{who} takes your challenge", one
        )
        return challenges.accept(connection, one, call.caller.member, call.at)

    return await _reply(call, await attempt(call, None, rows), seen.opponent_stake)


async def cancel_challenge(call: Call[None, None]) -> wire.ChallengeReply:
    """Take back one's own challenge while nobody has accepted it."""
    code = challenges.canonical(call.path["code"])

    def rows(connection: Any) -> Move:
        one = challenges.by_code(connection, code)
        if one is None or one.creator != call.caller.member:
            raise not_found()
        if one.status != OPEN:
            raise _no_longer(one)
        return challenges.end_open(connection, one, CANCELLED, call.at)

    return await _reply(call, await attempt(call, None, rows), 0)


def _create(call: AnyCall, connection: Any, one: Challenge) -> Move:
    if challenges.count_open(connection, one.creator) >= MOST_OPEN:
        sentence = f"At most {MOST_OPEN} challenges may wait for an opponent."
        raise refuse("limit_reached", sentence)
    if one.named:
        if blocks.between(connection, one.creator, one.opponent):
            raise refuse("blocked", "You and this member do not see each other.")
        if not preferences.find(connection, one.opponent).allow_challenges:
            raise refuse("forbidden", "This member takes no challenges.")
        if challenges.has_open(connection, one.creator, one.market, one.opponent):
            raise refuse("limit_reached", "You have challenged this member on this already.")
        title = "{who} challenges you"
        _tell(connection, call, one.opponent, "CHALLENGE_RECEIVED", title, one)
    challenge_ends.note(connection, call.at, challenge_ends.CREATED, one)
    return challenges.add(connection, one)


def _check_acceptor(connection: Any, call: AnyCall, one: Challenge) -> None:
    member = call.caller.member
    if one.creator == member:
        raise refuse("own_challenge", "This challenge is your own.")
    if one.named and one.opponent != member:
        raise refuse("forbidden", "This challenge is meant for somebody else.")
    if blocks.between(connection, one.creator, member):
        raise refuse("blocked", "You and this member do not see each other.")
    if one.status != OPEN:
        raise _no_longer(one)
    if one.expires_at <= call.at:
        raise refuse("challenge_expired", "This challenge has expired.")


def _no_longer(one: Challenge) -> Refusal:
    if one.status == EXPIRED:
        return refuse("challenge_expired", "This challenge has expired.")
    if one.status == CANCELLED:
        return refuse("conflict", "This challenge was taken back.")
    return refuse("challenge_taken", "This challenge has been accepted already.")


def _opponent(call: AnyCall) -> Person | None:
    name = call.body.opponent_username
    if name is None:
        return None
    person = person_for(call, name)
    if person.number == call.caller.member:
        raise invalid("opponentUsername", "names yourself")
    return person


def _must_be_open(card: MarketCard, at: Micros) -> None:
    if card.status != "active" or card.close_at <= at:
        status = option_status(card)
        raise refuse("market_not_open", "The option is not open.", status=status)


def _tell(
    connection: Any, call: AnyCall, member: int, kind: str, title: str, one: Challenge
) -> None:
    me = site_of(call).people.find(call.caller.member)
    assert me is not None, "the caller has a row"
    url = f"/challenges/{one.code}"
    notifications.tell(
        connection, call.at, member, kind, title, one.message, url, who=me.username, code=one.code
    )


async def _reply(call: AnyCall, receipt: Receipt | Reject, stake: int) -> wire.ChallengeReply:
    """What became of it; a replay finds the challenge by the movement that was made then."""
    services, member = services_of(call), call.caller.member
    if isinstance(receipt, Reject):
        if receipt.code is Code.INSUFFICIENT_BALANCE:
            available = wallet(services, member).available
            raise poor(stake * CENT, available, "stake this")
        raise refused(receipt)
    id = _moved(receipt)
    found = await services.reader.run(lambda connection: challenges.find(connection, id))
    assert found is not None, "an acknowledged write is always readable"
    return wire.ChallengeReply(
        challenge=(await _show(call, [found]))[0],
        available_cents=owned_cents(wallet(services, member).available),
    )


def _moved(receipt: Receipt) -> str:
    """The challenge whose money a receipt has moved."""
    causes = (fact.cause for fact in receipt.facts if isinstance(fact, MoneyMoved))
    kind, id, _ = next(causes).split(":")
    assert kind == CAUSE
    return id


async def _by_code(call: AnyCall, code: str) -> Challenge:
    wanted = challenges.canonical(code)
    found = await services_of(call).reader.run(lambda c: challenges.by_code(c, wanted))
    if found is None:
        raise not_found()
    return found


async def _expire_due(call: AnyCall) -> None:
    """End those of the caller's whose time has passed, before they are shown as open."""
    member = call.caller.member
    due = await services_of(call).reader.run(
        lambda connection: challenges.due(connection, call.at, _AT_ONCE, member)
    )
    for one in due:
        await _expire(call, one.id)


async def _expire(call: AnyCall, id: str) -> None:
    def rows(connection: Any) -> Move | None:
        one = challenges.find(connection, id)
        if one is None or one.status != OPEN or one.expires_at > call.at:
            return None
        return challenge_ends.expire(connection, one, call.at)

    await services_of(call).gateway.submit(None, rows)


async def _show(call: AnyCall, rows: Any) -> list[wire.Challenge]:
    services = services_of(call)
    options = await options_of(services, [one.market for one in rows])
    parties = {member for one in rows for member in (one.creator, one.opponent) if member}
    known = await services.reader.run(lambda connection: levels(connection, parties))
    return [_shown(call, one, options[one.market], known) for one in rows]


def _shown(call: AnyCall, one: Challenge, option: Option, known: Levels) -> wire.Challenge:
    site = site_of(call)
    creator = author(site, one.creator, known)
    opponent = author(site, one.opponent, known) if one.opponent else None
    side: Side = "YES" if one.outcome == "yes" else "NO"
    settled = one.status in (SETTLED, challenges.VOIDED)
    won = {0: None, one.creator: creator, one.opponent: opponent}[one.winner]
    paid = (one.creator_payout, one.opponent_payout)
    if one.status == challenges.VOIDED:
        paid = (one.stake, one.opponent_stake)
    return wire.Challenge(
        id=ids.shown("chl", one.id),
        code=one.code,
        link=f"{site.public_url.rstrip('/')}/challenges/{one.code}",
        status=one.status,  # type: ignore[arg-type]  # one of the six
        event=wire.ChallengeEvent(
            slug=option.event.row.slug,
            title=option.event.title,
            close_at=printed(option.card.close_at),
        ),
        option_id=option.id,
        option_label=option.label,
        creator=creator,
        creator_side=side,
        stake_cents=one.stake,
        opponent=opponent,
        opponent_stake_cents=one.opponent_stake,
        pot_cents=one.pot,
        implied_prob_bps=implied_bps(one.stake, one.opponent_stake),
        message=one.message or None,
        created_at=printed(one.created_at),
        expires_at=printed(one.expires_at),
        accepted_at=maybe_printed(one.accepted_at),
        settled_at=maybe_printed(one.over_at) if settled else None,
        winner=won,
        payout_cents=max(paid) if won else None,
        creator_payout_cents=paid[0] if settled else None,
        opponent_payout_cents=paid[1] if settled else None,
        void_reason=one.why or None,
    )
