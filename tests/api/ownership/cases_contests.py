"""A challenge is its creator's to take back; whoever has its code may accept, anybody may play."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.cases_trading import option
from tests.api.ownership.matrix import Case, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.playing import Contest
from tests.api.site.world import Member, World

_BET: Final = {"side": "YES", "stakeCents": 100}


def _by(world: World, who: Member, ticker: str) -> str:
    world.set("CHALLENGES_PER_DAY", 0)
    made = who.call("POST", "/api/challenges", _BET | {"optionId": ticker})
    assert made.status == 201, made.body
    return str(made.json["challenge"]["code"])


def challenge(world: World, party: Party) -> str:
    return _by(world, party.site, option(world, party))


def of_somebody(world: World, party: Party) -> str:
    """A challenge that none of the parties has made."""
    return _by(world, world.join(), option(world, party))


def betting(world: World, party: Party) -> str:
    world.set("CHALLENGES_PER_DAY", 0)
    return option(world, party)


def tournament(world: World, party: Party) -> str:
    return Contest(world).slug


CASES: Final[dict[str, Case]] = {
    "CreateChallenge": public(betting, where="body", name="optionId", body=_BET),
    "AcceptChallenge": public(of_somebody),
    "CancelChallenge": owned(challenge),
    "GetTournament": public(tournament),
    "JoinTournament": public(tournament),
}
