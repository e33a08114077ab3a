"""The operators' lines about tournaments."""

from __future__ import annotations

from typing import Final

from presage.api.admin import tournaments
from presage.api.admin.lines import get, write
from presage.wire.admin import tournaments as t
from presage.wire.admin.people import Act

TOURNAMENTS: Final = (
    get(
        "ListAdminTournaments",
        "/tournaments",
        tournaments.list_admin_tournaments,
        t.Tournaments,
        t.ListTournaments,
    ),
    write(
        "POST",
        "CreateTournament",
        "/tournaments",
        tournaments.create_tournament,
        t.CreateTournament,
        t.TournamentDone,
        201,
    ),
    write(
        "PATCH",
        "EditTournament",
        "/tournaments/{slug}",
        tournaments.edit_tournament,
        t.EditTournament,
        t.TournamentDone,
    ),
    write(
        "POST",
        "CancelTournament",
        "/tournaments/{slug}/cancel",
        tournaments.cancel_tournament,
        Act,
        t.TournamentDone,
    ),
    write(
        "POST",
        "SettleTournament",
        "/tournaments/{slug}/settle",
        tournaments.settle_tournament,
        Act,
        t.TournamentDone,
    ),
)
