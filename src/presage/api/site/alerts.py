"""What members are always told about the way into their account: nobody should learn it too late.

A login from a network that the member has not been seen in, another password, a new key.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.limits import network
from presage.domain.ids import MemberId
from presage.identity import security_log
from presage.identity.security_log import Incident
from presage.site import notifications
from presage.units import Micros

_TYPE: Final = "SECURITY"
_PAGE: Final = "/settings/security"
_CAME: Final = frozenset({"register", "login"})
_LOOKED_AT: Final = 200
"""Incidents of the past that say where the member has come from."""


def key_made(connection: Any, at: Micros, member: MemberId, name: str) -> None:
    """There is a new key."""
    title = "A new API key was made for your account"
    notifications.tell(connection, at, member, _TYPE, title, name, _PAGE)


def password_changed(connection: Any, at: Micros, member: MemberId) -> None:
    """There is another password."""
    body = "If that was not you, ask for a mail to set another one, and revoke your keys."
    title = "Your password was changed"
    notifications.tell(connection, at, member, _TYPE, title, body, _PAGE)


def came_in(connection: Any, incident: Incident) -> None:
    """Somebody logged in; to be called before that is noted."""
    past = security_log.of_member(connection, incident.member, _LOOKED_AT)
    known = {network(one.host) for one in past if one.action in _CAME}
    if not known or network(incident.host) in known:
        return
    title = "Your account was entered from a new place"
    body = f"{incident.host}, {incident.agent}" if incident.agent else incident.host
    notifications.tell(connection, incident.at, incident.member, _TYPE, title, body, _PAGE)
