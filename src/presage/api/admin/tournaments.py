"""Tournaments by those who run the site: made, changed, cancelled, ended before all results are in.

What the house puts into the pool moves with the row. Refunds and prizes are the worker's: cancel
and settle write down what was wanted and have it done at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, Written, services_of, write
from presage.api.registry import Call
from presage.api.site import pages
from presage.api.site.errors import Refusal, invalid, refuse
from presage.api.site.strings import clean, moment
from presage.api.site.tournaments import digest_of, show, tournament_for
from presage.domain.accounts import BONUS
from presage.domain.commands import Move
from presage.domain.contests import WHOLE_BPS, Prize
from presage.identity.uuids import uuid7
from presage.site import slugs, tournaments
from presage.site.tournaments import CANCELLED, CAUSE, OPEN, SETTLING, Tournament
from presage.units import CENT, Micros
from presage.wire.admin import tournaments as wire
from presage.wire.admin.people import Act

_WINNER_TAKES_ALL: Final = (Prize(1, WHOLE_BPS),)
_JOB: Final = "tournaments"
_TEXTS: Final = frozenset({"title", "description", "image_url", "sponsor", "settle_grace_hours"})
"""What may be changed while it is being played."""


async def list_admin_tournaments(call: Call[wire.ListTournaments, None]) -> wire.Tournaments:
    """List all tournaments."""
    after = pages.after(call, int, str)
    before = None if after is None else (int(after[0]), str(after[1]))
    rows = await services_of(call).reader.run(
        lambda connection: tournaments.page(connection, "", call.at, before, pages.wanted(call))
    )
    cut = pages.cut(call, rows, lambda one: (one.start_at, one.id))
    shown = [wire.Shown(tournament=show(call, one), version=one.version) for one in cut.rows]
    return wire.Tournaments(tournaments=shown, next_cursor=cut.next_cursor)


async def create_tournament(call: Call[None, wire.CreateTournament]) -> wire.TournamentDone:
    """Announce a tournament."""
    body, one = call.body, _new(call)
    _check(one)
    if body.private is not None and body.private != one.private:
        raise invalid("accessCode", "a private tournament has one, a public one has none")

    def then(connection: Any, audit: int) -> Move | None:
        def is_taken(slug: str) -> bool:
            return tournaments.by_slug(connection, slug) is not None

        if body.slug is not None and is_taken(body.slug):
            raise refuse("conflict", "Another tournament is called so.", "slug")
        tournaments.add(
            connection, msgspec.structs.replace(one, slug=slugs.free(one.slug, is_taken))
        )
        return _funding(one, one.fixed, audit)

    return await _done(call, one.id, await write(call, "tournament.create", one.id, then))


async def edit_tournament(call: Call[None, wire.EditTournament]) -> wire.TournamentDone:
    """Change what is named."""
    seen = await tournament_for(call, call.path["slug"])

    def then(connection: Any, audit: int) -> Move | None:
        one = tournaments.get(connection, seen.id)
        check_version(call, one.version)
        if one.phase(call.at) not in ("UPCOMING", "ACTIVE"):
            raise refuse("conflict", "It is over.")
        values = _changes(call)
        fixed_by = {name for name in _named(call) if name not in _TEXTS}
        if fixed_by and (one.players or one.phase(call.at) != "UPCOMING"):
            field = _CAMEL[min(fixed_by)]
            raise refuse("conflict", f"{field} is fixed: somebody has joined, or it runs.", field)
        changed = msgspec.structs.replace(one, **values)
        _check(changed)
        tournaments.change(connection, changed, version=one.version + 1)
        return _funding(changed, changed.fixed - one.fixed, audit)

    return await _done(call, seen.id, await write(call, "tournament.edit", seen.id, then))


async def cancel_tournament(call: Call[None, Act]) -> wire.TournamentDone:
    """Call a tournament off; whoever paid a fee gets it back."""
    seen = await tournament_for(call, call.path["slug"])

    def then(connection: Any, _: int) -> None:
        one = tournaments.get(connection, seen.id)
        if one.status not in (OPEN, SETTLING):
            raise refuse("conflict", f"It is {one.status.lower()} already.")
        tournaments.change(connection, one, status=CANCELLED, version=one.version + 1)

    written = await write(call, "tournament.cancel", seen.id, then)
    await _do_now(call)
    return await _done(call, seen.id, written)


async def settle_tournament(call: Call[None, Act]) -> wire.TournamentDone:
    """End a tournament whose time is over without waiting for open results."""
    seen = await tournament_for(call, call.path["slug"])

    def then(connection: Any, _: int) -> None:
        one = tournaments.get(connection, seen.id)
        if one.phase(call.at) != SETTLING:
            raise refuse("conflict", "Only what is over and not paid yet can be settled.")
        tournaments.change(connection, one, settle_now=True, version=one.version + 1)

    written = await write(call, "tournament.settle", seen.id, then)
    await _do_now(call)
    return await _done(call, seen.id, written)


async def _do_now(call: AnyCall) -> None:
    """The worker does what was written down, before the answer is given."""
    await services_of(call).site.jobs[_JOB].catch_up()


async def _done(call: AnyCall, id: str, written: Written) -> wire.TournamentDone:
    one = await services_of(call).reader.run(lambda c: tournaments.get(c, id))
    return wire.TournamentDone(
        tournament=show(call, one), version=one.version, audit_id=written.audit_id
    )


def _new(call: Call[None, wire.CreateTournament]) -> Tournament:
    body = call.body
    title = clean(body.title, "title", low=1, high=200)
    if body.slug is not None and not slugs.is_slug(body.slug):
        raise invalid("slug", "must be lower case words with hyphens, 3 to 80 characters")
    chosen = body.event_filter or wire.FilterSet()
    end_at = moment(body.end_at, "endAt")
    return Tournament(
        id=uuid7(call.at),
        slug=body.slug or slugs.slug_of(title, "tournament"),
        title=title,
        description=clean(body.description, "description", high=10_000, lines=True),
        image_url=_address(body.image_url),
        sponsor=clean(body.sponsor or "", "sponsor", high=200),
        start_at=moment(body.start_at, "startAt"),
        end_at=end_at,
        join_closes_at=_moment_or(body.join_closes_at, end_at),
        grace_hours=body.settle_grace_hours,
        bankroll=body.bankroll_cents,
        entry_fee=body.entry_fee_cents,
        fixed=body.fixed_cents,
        prizes=_prizes(body.prizes) or _WINNER_TAKES_ALL,
        max_players=body.max_players or 0,
        min_trades=body.min_trades,
        categories=tuple(chosen.categories),
        slugs=tuple(chosen.slugs),
        private=body.access_code is not None,
        access_code=digest_of(body.access_code) if body.access_code else "",
        created_at=call.at,
    )


def _named(call: Call[None, wire.EditTournament]) -> set[str]:
    """The fields that a body changes."""
    names = (field.name for field in msgspec.structs.fields(call.body))
    return {
        name
        for name in names
        if name not in ("reason", "version") and getattr(call.body, name) is not UNSET
    }


def _changes(call: Call[None, wire.EditTournament]) -> dict[str, Any]:
    """What a body changes, by the row's columns."""
    found: dict[str, Any] = {}
    for name in _named(call):
        value = getattr(call.body, name)
        match name:
            case _ if name in _MOMENTS:
                found[name] = moment(value, _CAMEL[name])
            case "title":
                found[name] = clean(value, name, low=1, high=200)
            case "description":
                found[name] = clean(value, name, high=10_000, lines=True)
            case "sponsor":
                found[name] = clean(value or "", name, high=200)
            case "image_url":
                found[name] = _address(value)
            case "prizes":
                found[name] = _prizes(value) or _WINNER_TAKES_ALL
            case "event_filter":
                found |= {"categories": tuple(value.categories), "slugs": tuple(value.slugs)}
            case "access_code":
                found |= {"private": bool(value), "access_code": digest_of(value) if value else ""}
            case _:
                found[_COLUMNS[name]] = value or 0
    return found


_MOMENTS: Final = frozenset({"start_at", "end_at", "join_closes_at"})
_CAMEL: Final = {
    field.name: field.encode_name for field in msgspec.structs.fields(wire.EditTournament)
}
_COLUMNS: Final = {
    "settle_grace_hours": "grace_hours",
    "bankroll_cents": "bankroll",
    "entry_fee_cents": "entry_fee",
    "fixed_cents": "fixed",
    "max_players": "max_players",
    "min_trades": "min_trades",
}


def _check(one: Tournament) -> None:
    """Do the rules fit together? Raises: Refusal."""
    if not 0 < one.start_at < one.end_at < 1 << 62:
        raise invalid("endAt", "must be after startAt")
    if not 0 < one.join_closes_at <= one.end_at:
        raise invalid("joinClosesAt", "must not be after endAt")
    ranks = [prize.rank for prize in one.prizes]
    if len(set(ranks)) != len(ranks):
        raise _wrong_prizes("name each rank once")
    if sum(prize.amount_cents for prize in one.prizes) > one.fixed:
        raise _wrong_prizes("promise more than fixedCents")
    if sum(prize.share_bps for prize in one.prizes) > WHOLE_BPS:
        raise _wrong_prizes("share out more than the whole pool")


def _prizes(wanted: Sequence[wire.PrizeSet]) -> tuple[Prize, ...]:
    found = []
    for one in wanted:
        if (one.share_bps is None) == (one.amount_cents is None):
            raise _wrong_prizes("have shareBps or amountCents, one of both")
        found.append(Prize(one.rank, one.share_bps or 0, one.amount_cents or 0))
    return tuple(sorted(found))


def _wrong_prizes(sentence: str) -> Refusal:
    return invalid("prizes", sentence)


def _address(text: str | None) -> str:
    if not text:
        return ""
    cleaned = clean(text, "imageUrl", high=500)
    if not cleaned.startswith(("https://", "/")):
        raise invalid("imageUrl", "must begin with https:// or /")
    return cleaned


def _moment_or(text: str | None, otherwise: Micros) -> Micros:
    return otherwise if text is None else moment(text, "joinClosesAt")


def _funding(one: Tournament, cents: int, audit: int) -> Move | None:
    """What the house puts into the pool, or takes back."""
    if not cents:
        return None
    lines = ((BONUS, -cents * CENT), (one.pot, cents * CENT))
    return Move(lines, f"{CAUSE}:{one.id}:funded:{audit}", CAUSE, audit=audit)
