"""Who is calling the site: a Bearer key, a session's token, or a browser's cookie becomes a Caller.

It decides whether a credential is one of ours and still counts, and whether a browser's request
comes from our own pages. What the caller may do is the guard's business.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

import msgspec

from presage.api import faults
from presage.api.auth import Caller
from presage.api.http import Request
from presage.api.site import cookies
from presage.api.site.errors import Refusal, refuse
from presage.api.site.services import Site
from presage.identity.bearer_keys import BearerKey
from presage.identity.people import Person
from presage.identity.secrets import KEY_PREFIX, is_api_key
from presage.identity.sessions import DAY, LONGEST, TOUCH, Session
from presage.units import Micros

SESSION_PREFIX: Final = "sess_"
SESSION_SCOPES: Final = frozenset({"read", "trade", "social", "account", "admin"})
SAFE: Final = frozenset({"GET", "HEAD"})
_MAX_TOKEN: Final = 256


class SiteAuth:
    """`clock` is the exchange's time, by which sessions and keys end."""

    def __init__(self, site: Site, clock: Callable[[], Micros]) -> None:
        self._site = site
        self._clock = clock

    def now(self) -> Micros:
        """The exchange's time."""
        return self._clock()

    def has_credential(self, request: Request) -> bool:
        """Does the request say who sends it?"""
        site = self._site
        return b"authorization" in request.headers or bool(
            cookies.session_token(request, site.secure)
        )

    def identify(self, request: Request, *, checks_csrf: bool = True) -> Caller:
        """The caller; with both credentials the Bearer counts. Raises: Refusal (401, 403)."""
        sent = request.header(b"authorization")
        if sent:
            scheme, _, token = sent.partition(" ")
            token = token.strip()
            if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN:
                raise refuse(
                    "unauthenticated", "The Authorization header must be Bearer and a key."
                )
            if token.startswith(SESSION_PREFIX):
                return self._by_session(self._session(token, "token"))
            return self._by_key(self._key(token), request)
        token = cookies.session_token(request, self._site.secure)
        if not token:
            raise refuse("unauthenticated", "This needs a Bearer key or a login.")
        session = self._session(token, "cookie")
        if checks_csrf and request.method not in SAFE:
            self._check_csrf(request, session)
        return self._by_session(session)

    def enter(self, request: Request) -> Caller:
        """The caller of a WebSocket upgrade: a Bearer key, or a browser on our own pages.

        Raises: Refusal (401, 403).
        """
        caller = self.identify(request)
        if not request.header(b"authorization") and not cookies.is_own(
            request, self._site.public_url
        ):
            raise refuse("csrf", "A browser may only come from this site's own pages.")
        return caller

    def is_live(self, id: str) -> bool:
        """Does the key or session of this id still count?"""
        now = self._clock()
        found = self._site.keys.by_id(id) or self._site.sessions.by_id(id)
        if found is None or found.revoked_at or 0 < found.expires_at <= now:
            return False
        person = self._site.people.find(found.member)
        return person is not None and person.status != "closed" and not person.banned

    def person_of(self, caller: Caller) -> Person:
        """The member behind a caller."""
        person = self._site.people.find(caller.member)
        assert person is not None, "every member has a profile"
        return person

    def _key(self, token: str) -> BearerKey:
        key = None
        if token.startswith(KEY_PREFIX) and is_api_key(token):
            key = self._site.keys.find(self._site.sealer.digest(token))
        if key is None:
            raise refuse("unauthenticated", "This key is not known.")
        if key.revoked_at:
            raise refuse("key_revoked", "This key was revoked.")
        if 0 < key.expires_at <= self._clock():
            raise refuse("key_revoked", "This key has expired.")
        return key

    def _session(self, token: str, kind: str) -> Session:
        found = self._site.sessions.find(self._site.sealer.digest(token), self._clock())
        if found is None or found.kind != kind:
            raise refuse("unauthenticated", "This session has ended: log in again.")
        return self._touched(found)

    def _touched(self, session: Session) -> Session:
        """A browser's session lives on while it is used; the row follows later."""
        now = self._clock()
        if session.kind != "cookie" or now - session.used_at < TOUCH:
            return session
        days = self._site.settings.number("SESSION_DAYS")
        end = session_end(session.created_at, now, days)
        used = msgspec.structs.replace(session, used_at=now, expires_at=end)
        self._site.sessions.put(used)
        self._site.touched[used.id] = used
        return used

    def _by_key(self, key: BearerKey, request: Request) -> Caller:
        person = self._alive(key.member)
        self._site.uses[key.id] = (self._clock(), request.host)
        return Caller(
            person.number, person.id, key.id, frozenset(key.scopes), None, person.role, "API_KEY"
        )

    def _by_session(self, session: Session) -> Caller:
        person = self._alive(session.member)
        return Caller(
            person.number, person.id, session.id, SESSION_SCOPES, None, person.role, "SESSION",
            session.created_at,
        )  # fmt: skip

    def _alive(self, member: int) -> Person:
        person = self._site.people.find(member)
        if person is None or person.status == "closed":
            raise refuse("unauthenticated", "This account is not known.")
        if person.banned:
            raise banned()
        return person

    def _check_csrf(self, request: Request, session: Session) -> None:
        if not cookies.is_own(request, self._site.public_url):
            raise refuse("csrf", "A browser's change must come from this site's own pages.")
        wanted = self._site.sealer.csrf(session.id)
        if not hmac.compare_digest(wanted.encode(), request.headers.get(b"x-csrf-token", b"")):
            raise refuse("csrf", "The X-CSRF-Token does not belong to this session.")


def banned() -> Refusal:
    """What a banned member gets at every door."""
    return refuse("suspended", "This account is banned.")


def session_end(created_at: Micros, now: Micros, days: int) -> Micros:
    """Until when a session lives that is used now."""
    return min(now + days * DAY, created_at + LONGEST)


def require_admin(caller: Caller, now: Micros, hours: int, roles: tuple[str, ...]) -> None:
    """May a Bearer key or a browser session do an operator's work? Raises: Fault (403)."""
    if caller.role not in roles:
        raise faults.missing_role()
    if "admin" not in caller.scopes:
        raise refuse("scope_missing", "This key lacks the scope admin.")
    if caller.kind == "SESSION" and now - caller.since > hours * 3_600_000_000:
        raise refuse("forbidden", "An administrator's login has to be fresh: log in again.")
