"""How challenges end: rows, money and who is told of it, together.

Whether one is over its caller knows. What is told names nobody: members change their names.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from presage.domain.commands import Move
from presage.domain.contests import split_pot
from presage.domain.ids import MemberId
from presage.site import challenges, notifications, outbox
from presage.site.challenges import EXPIRED, Challenge
from presage.units import Micros, Price

CREATED: Final = "challenge.created"
ACCEPTED: Final = "challenge.accepted"
GONE: Final = "challenge.expired"
DECIDED: Final = "challenge.settled"
VOIDED: Final = "challenge.voided"


def expire(connection: Connection, one: Challenge, at: Micros) -> Move:
    """Nobody took it: the stake goes back."""
    note(connection, at, GONE, one)
    body = f"{_dollars(one.stake)} are available again."
    title = "Your challenge found no opponent"
    _tell(connection, at, one.creator, "CHALLENGE_EXPIRED", title, body, one)
    return challenges.end_open(connection, one, EXPIRED, at)


def decide(connection: Connection, one: Challenge, value: Price, at: Micros) -> Move:
    """The option is worth `value`: the pot is paid out."""
    split = split_pot(one.pot, value)
    mine, theirs = split if one.outcome == "yes" else (split.no, split.yes)
    winner = one.creator if mine > one.stake else one.opponent if theirs > one.opponent_stake else 0
    note(connection, at, DECIDED, one, winner=winner, payoutCents=max(mine, theirs))
    for member, got in ((one.creator, mine), (one.opponent, theirs)):
        title = "You won a challenge" if member == winner else "A challenge is decided"
        body = f"You get {_dollars(got)} of {_dollars(one.pot)}."
        _tell(connection, at, member, "CHALLENGE_SETTLED", title, body, one)
    return challenges.settle(connection, one, mine, winner, at)


def void(connection: Connection, one: Challenge, why: str, at: Micros) -> Move:
    """It decides nothing: both stakes go back."""
    note(connection, at, VOIDED, one)
    for member, stake in ((one.creator, one.stake), (one.opponent, one.opponent_stake)):
        title, body = "A challenge is void", f"You get your {_dollars(stake)} back."
        _tell(connection, at, member, "CHALLENGE_SETTLED", title, body, one)
    return challenges.void(connection, one, why, at)


def note(
    connection: Connection,
    at: Micros,
    topic: str,
    one: Challenge,
    opponent: MemberId = 0,
    **more: int,
) -> None:
    """Tell the outbox."""
    data = {
        "challenge": one.id,
        "code": one.code,
        "market": one.market,
        "creator": one.creator,
        "opponent": opponent or one.opponent,
    }
    outbox.add(connection, at, topic, one.creator, data | more)


def _tell(
    connection: Connection,
    at: Micros,
    member: MemberId,
    kind: str,
    title: str,
    body: str,
    one: Challenge,
) -> None:
    url = f"/challenges/{one.code}"
    notifications.tell(connection, at, member, kind, title, body, url, code=one.code)


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
