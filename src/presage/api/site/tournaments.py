"""Tournaments: listed, shown with who leads, and joined. Trading in them is `paper_orders.py`."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from msgspec import UNSET, UnsetType

from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.asking import poor
from presage.api.site.authors import Levels, author, levels
from presage.api.site.cache import Seat
from presage.api.site.errors import not_found, refuse
from presage.api.site.money import owned_cents, wallet
from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.tournament_boards import board
from presage.api.site.writing import attempt
from presage.domain import accounts as ledger
from presage.domain.commands import Move
from presage.domain.ids import account_id
from presage.domain.rejects import Code, Reject
from presage.site import entries, tournaments
from presage.site.entries import Entry
from presage.site.tournaments import CAUSE, FINISHED, Tournament
from presage.units import CENT
from presage.wire.site import tournaments as wire

_PHASES: Final = {"active": "active", "upcoming": "upcoming", "finished": "finished", "all": ""}
_WHOLE: Final = 10_000


async def list_tournaments(call: Call[wire.ListTournaments, None]) -> wire.TournamentsReply:
    """List tournaments."""
    member, phase = call.caller.member, _PHASES[call.query.status]
    after = pages.after(call, int, str)
    if not site_of(call).settings.flag("tournaments"):
        return wire.TournamentsReply(tournaments=[], next_cursor=None, enabled=False)
    before = None if after is None else (int(after[0]), str(after[1]))

    def read(connection: Any) -> tuple[list[Tournament], set[str]]:
        rows = tournaments.page(connection, phase, call.at, before, pages.wanted(call))
        return rows, entries.joined(connection, member) if member else set()

    rows, joined = await services_of(call).reader.run(read)
    cut = pages.cut(call, rows, lambda one: (one.start_at, one.id))
    shown = [show(call, one, one.id in joined if member else UNSET) for one in cut.rows]
    return wire.TournamentsReply(tournaments=shown, next_cursor=cut.next_cursor)


async def get_tournament(call: Call[wire.ShowTournament, None]) -> wire.TournamentReply:
    """Show a tournament and its leaderboard."""
    services, member = services_of(call), call.caller.member
    after = pages.after(call, int)
    one = await tournament_for(call, call.path["slug"])
    found = await board(services, one, call.at)
    begin = int(after[0]) if after else 0
    cut = pages.cut(
        call, found.seats[begin : begin + pages.wanted(call)], lambda seat: (seat.rank,)
    )
    players = {seat.standing.entry.member for seat in cut.rows}
    known = await services.reader.run(lambda connection: levels(connection, players))
    mine = found.of.get(member)
    return wire.TournamentReply(
        tournament=show(call, one, mine is not None if member else UNSET),
        leaderboard=[_ranked(call, one, seat, known) for seat in cut.rows],
        me=_me(one, mine) if mine else None,
        next_cursor=cut.next_cursor,
        as_of=printed(found.at),
    )


async def join_tournament(call: Call[None, wire.JoinTournament]) -> wire.JoinReply:
    """Pay the entry fee and get a bankroll of paper."""
    services, member = services_of(call), call.caller.member
    seen = await tournament_for(call, call.path["slug"])

    def rows(connection: Any) -> Move | None:
        one = tournaments.get(connection, seen.id)
        _check_join(connection, call, one)
        number = one.players + 1
        entry = Entry(
            tournament=one.id,
            member=member,
            number=number,
            cash=one.bankroll * CENT,
            joined_at=call.at,
        )
        entries.add(connection, entry)
        tournaments.change(connection, one, players=number)
        if not one.entry_fee:
            return None
        fee = one.entry_fee * CENT
        lines = ((ledger.cash(account_id(member)), -fee), (one.pot, fee))
        return Move(lines, f"{CAUSE}:{one.id}:join:{number}", "entry_fee")

    result = await attempt(call, None, rows)
    if isinstance(result, Reject):
        if result.code is Code.INSUFFICIENT_BALANCE:
            available = wallet(services, member).available
            raise poor(seen.entry_fee * CENT, available, "enter")
        raise refused(result)
    one = await tournament_for(call, seen.slug)
    place = (await board(services, one, call.at)).of.get(member)
    entry = await services.reader.run(lambda c: entries.find(c, one.id, member))
    assert entry is not None, "an acknowledged write is always readable"
    return wire.JoinReply(
        entry=wire.Entry(
            bankroll_cents=one.bankroll,
            joined_at=printed(entry.joined_at),
            rank=place.rank if place else one.players,
        ),
        tournament=show(call, one, joined=True),
    )


def _check_join(connection: Any, call: AnyCall, one: Tournament) -> None:
    if entries.find(connection, one.id, call.caller.member) is not None:
        raise refuse("already_joined", "You have joined already.")
    if one.private:
        digest = digest_of(call.body.access_code or "")
        if not hmac.compare_digest(digest, one.access_code):
            raise refuse("forbidden", "This tournament is private; it needs its access code.")
    if one.phase(call.at) not in ("UPCOMING", "ACTIVE") or call.at >= one.join_closes_at:
        raise refuse("conflict", "This tournament takes no more players.")
    if one.max_players and one.players >= one.max_players:
        raise refuse("limit_reached", "This tournament is full.")


async def tournament_for(call: AnyCall, name: str) -> Tournament:
    """The tournament with this slug or id. Raises: not_found."""
    id = ids.row_id("trn", name)

    def read(connection: Any) -> Tournament | None:
        found = tournaments.find(connection, id) if id is not None else None
        return found or tournaments.by_slug(connection, name.lower())

    found = await services_of(call).reader.run(read)
    if found is None:
        raise not_found()
    return found


def digest_of(code: str) -> str:
    """What is kept of an access code."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def show(call: AnyCall, one: Tournament, joined: bool | UnsetType = UNSET) -> wire.Tournament:
    """A tournament as it is printed."""
    return wire.Tournament(
        id=ids.shown("trn", one.id),
        slug=one.slug,
        title=one.title,
        description=one.description,
        image_url=one.image_url or None,
        status=one.phase(call.at),  # type: ignore[arg-type]  # one of the five
        start_at=printed(one.start_at),
        end_at=printed(one.end_at),
        join_closes_at=printed(one.join_closes_at),
        settle_grace_hours=one.grace_hours,
        bankroll_cents=one.bankroll,
        entry_fee_cents=one.entry_fee,
        prize_pool=wire.PrizePool(
            fixed_cents=one.fixed, from_fees=one.from_fees, total_cents=one.pool
        ),
        prizes=[
            wire.Prize(
                rank=prize.rank,
                share_bps=prize.share_bps or UNSET,
                amount_cents=prize.amount_cents or UNSET,
            )
            for prize in one.prizes
        ],
        max_players=one.max_players or None,
        player_count=one.players,
        min_trades=one.min_trades,
        event_filter=wire.EventFilter(categories=list(one.categories), slugs=list(one.slugs)),
        private=one.private,
        sponsor=one.sponsor or None,
        joined=joined,
    )


def _return_bps(one: Tournament, seat: Seat) -> int:
    bankroll = one.bankroll * CENT
    return (seat.standing.equity - bankroll) * _WHOLE // bankroll


def _prize(one: Tournament, seat: Seat) -> int | UnsetType:
    return seat.standing.entry.prize if one.status == FINISHED else UNSET


def _ranked(call: AnyCall, one: Tournament, seat: Seat, known: Levels) -> wire.Ranked:
    standing = seat.standing
    return wire.Ranked(
        rank=seat.rank,
        user=author(site_of(call), standing.entry.member, known),
        equity_cents=owned_cents(standing.equity),
        return_bps=_return_bps(one, seat),
        trades=standing.entry.trades,
        qualified=standing.qualified,
        prize_cents=_prize(one, seat),
    )


def _me(one: Tournament, seat: Seat) -> wire.Me:
    standing = seat.standing
    return wire.Me(
        rank=seat.rank,
        equity_cents=owned_cents(standing.equity),
        return_bps=_return_bps(one, seat),
        trades=standing.entry.trades,
        qualified=standing.qualified,
        cash_cents=owned_cents(standing.cash),
        joined_at=printed(standing.entry.joined_at),
        prize_cents=_prize(one, seat),
    )
