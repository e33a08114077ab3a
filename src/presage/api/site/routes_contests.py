"""The site's lines about contests: challenges between two members, and tournaments."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import challenges, tournaments
from presage.api.site.lines import line
from presage.wire.site import challenges as c
from presage.wire.site import tournaments as t

_CHALLENGES: Final = "challenges"
_TOURNAMENTS: Final = "tournaments"

CONTESTS: Final = (
    line("GET /challenges", challenges.list_challenges, c.ChallengesReply, query=c.ListChallenges),
    line(
        "POST /challenges",
        challenges.create_challenge,
        c.ChallengeReply,
        body=c.CreateChallenge,
        status=201,
        scope="trade",
        conditions=Conditions(feature=_CHALLENGES, cap=_CHALLENGES, idempotent=True),
    ),
    line(
        "POST /challenges/{code}/accept",
        challenges.accept_challenge,
        c.ChallengeReply,
        body=c.AcceptChallenge,
        body_optional=True,
        scope="trade",
        conditions=Conditions(feature=_CHALLENGES, idempotent=True),
    ),
    line(
        "DELETE /challenges/{code}",
        challenges.cancel_challenge,
        c.ChallengeReply,
        scope="trade",
        conditions=Conditions(while_suspended=True),
    ),
    line(
        "GET /tournaments",
        tournaments.list_tournaments,
        t.TournamentsReply,
        query=t.ListTournaments,
        auth="optional",
    ),
    line(
        "GET /tournaments/{slug}",
        tournaments.get_tournament,
        t.TournamentReply,
        query=t.ShowTournament,
        auth="optional",
        conditions=Conditions(feature=_TOURNAMENTS),
    ),
    line(
        "POST /tournaments/{slug}/join",
        tournaments.join_tournament,
        t.JoinReply,
        body=t.JoinTournament,
        body_optional=True,
        status=201,
        scope="trade",
        conditions=Conditions(feature=_TOURNAMENTS, idempotent=True),
    ),
)
