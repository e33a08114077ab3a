"""Keys and sessions of the site."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.matrix import Case, owned
from tests.api.ownership.parties import Party
from tests.api.site.world import World


def api_key(world: World, party: Party) -> str:
    for old in party.site.click("GET", "/api/me/api-keys").json["apiKeys"]:
        if old["name"] == "of the matrix":
            party.site.click("DELETE", f"/api/me/api-keys?id={old['id']}")
    made = party.site.click("POST", "/api/me/api-keys", {"name": "of the matrix"})
    return str(made.json["apiKey"]["id"])


def session(world: World, party: Party) -> str:
    world.login(party.site.email)
    listed = party.site.click("GET", "/api/me/sessions").json["sessions"]
    return next(str(one["id"]) for one in listed if not one["current"])


CASES: Final[dict[str, Case]] = {
    "RevokeApiKey": owned(api_key, where="body"),
    "RevokeSessions": owned(session, where="query"),
}
