"""Who may come in at the site's door, in the order of checks that the contract names.

Limit of the address, credential, limit of the member, scope, state of the account, feature flag;
then, for a call with an Idempotency-Key, whether it was answered before. It knows nothing of what
an operation does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final

import structlog

from presage.api.auth import ANONYMOUS, Caller, require_operator
from presage.api.faults import Fault, HeaderPairs
from presage.api.http import Answer, Request
from presage.api.limits import network
from presage.api.registry import Operation
from presage.api.site import cookies
from presage.api.site.auth import SAFE, SiteAuth, require_admin
from presage.api.site.caps import CAPS
from presage.api.site.errors import refuse, try_again
from presage.api.site.idempotency import Idempotency
from presage.api.site.services import Site

_MINUTE: Final = 60
_WINDOWED: Final = ("REQUESTS_PER_MINUTE", "SESSION_REQUESTS_PER_MINUTE")

_log = structlog.get_logger(__name__)


class Visit:
    """One request on its way: who it is, what its answer has to carry, what it has used up."""

    __slots__ = (
        "request",
        "operation",
        "caller",
        "headers",
        "cap",
        "once",
        "fingerprint",
    )

    def __init__(self, request: Request, operation: Operation) -> None:
        self.request = request
        self.operation = operation
        self.caller = ANONYMOUS
        self.headers: HeaderPairs = ()
        self.cap: tuple[str, object] | None = None
        self.once: tuple[str, str] | None = None
        """Scope and key of the call's Idempotency-Key while it is being worked on."""
        self.fingerprint = b""

    @property
    def spends(self) -> tuple[str, str] | None:
        """What the writer uses up for ever: with the key what was asked, because after a day the
        key is free again for something else."""
        if self.once is None:
            return None
        scope, key = self.once
        return scope, f"{key} {self.fingerprint.hex()}"


class Guard:
    """`signed` authenticates requests with Kalshi's signature, for the operators' routes. `arrived`
    is told of everybody who comes in a session."""

    def __init__(
        self,
        site: Site,
        auth: SiteAuth,
        idempotency: Idempotency,
        signed: Callable[[Request], Awaitable[Caller]],
        *,
        etags: bool = True,
        arrived: Callable[[Caller], Awaitable[None]] | None = None,
    ) -> None:
        self._site = site
        self._auth = auth
        self._idempotency = idempotency
        self._signed = signed
        self._etags = etags
        self._arrived = arrived

    def visit(self, request: Request, operation: Operation) -> Visit:
        """A request comes in."""
        host = request.host
        if host in self._site.proxies:
            # The last name in the list is the one that our own proxy has put there.
            request.host = request.header(b"x-forwarded-for").rpartition(",")[2].strip() or host
        return Visit(request, operation)

    async def admit(self, visit: Visit) -> None:
        """Let it in, or refuse. Raises: Fault."""
        request, operation = visit.request, visit.operation
        if operation.auth == "operator" and b"kalshi-access-key" in request.headers:
            # Operators' programs are never held up: what they do may be what ends a flood.
            visit.caller = await self._signed(request)
            require_operator(visit.caller)
            return
        most = self._site.settings.number("ADDRESS_REQUESTS_PER_MINUTE")
        if most and not self._site.windows.take(("all", network(request.host)), most, 60).allowed:
            raise try_again("rate_limited", "Too many requests from this address.", _MINUTE)
        self._authenticate(visit)
        self._check_rights(visit)
        if self._arrived is not None and visit.caller.kind == "SESSION":
            await self._arrived(visit.caller)

    def _authenticate(self, visit: Visit) -> None:
        request, auth = visit.request, visit.operation.auth
        caller = ANONYMOUS
        wrong: Fault | None = None
        if self._auth.has_credential(request):
            try:
                caller = self._auth.identify(request, checks_csrf=auth != "public")
            except Fault as fault:
                wrong = fault
        elif auth not in ("public", "optional"):
            wrong = refuse("unauthenticated", "This needs a Bearer key or a login.")
        self._count(visit, caller)
        if auth == "public":
            if request.method not in SAFE and cookies.is_foreign(request, self._site.public_url):
                raise refuse("csrf", "This must come from this site's own pages.")
            return
        if wrong is not None:
            raise wrong
        visit.caller = caller

    def _count(self, visit: Visit, caller: Caller) -> None:
        """One request more for the member, or for an address that nobody stands behind."""
        session = caller.kind == "SESSION"
        limit = self._site.settings.number(_WINDOWED[session])
        if not limit:
            return
        whose = caller.member or network(visit.request.host)
        standing = self._site.windows.take((session, whose), limit, _MINUTE)
        resets = self._site.wall() // 1_000_000 + standing.wait
        visit.headers = (
            (b"x-ratelimit-limit", str(limit).encode()),
            (b"x-ratelimit-remaining", str(standing.remaining).encode()),
            (b"x-ratelimit-reset", str(resets).encode()),
        )
        if not standing.allowed:
            sentence = f"More than {limit} requests within a minute."
            raise try_again("rate_limited", sentence, standing.wait)

    def _check_rights(self, visit: Visit) -> None:
        caller, operation, site = visit.caller, visit.operation, self._site
        now = self._auth.now()
        if operation.auth == "operator":
            hours = site.settings.number("ADMIN_LOGIN_HOURS")
            require_admin(caller, now, hours, operation.roles)
        elif operation.auth == "session" and caller.kind != "SESSION":
            raise refuse("forbidden", "This needs a login; no API key may do it.")
        elif operation.auth == "member" and operation.scope not in caller.scopes:
            raise refuse("scope_missing", f"This key lacks the scope {operation.scope}.")
        asked = operation.conditions
        if caller.member and operation.auth != "public":
            self._check_state(caller, operation, now)
        flags = site.settings.flag
        if flags("maintenance") and operation.method not in ("GET",) and not _may_maintain(caller):
            raise try_again("exchange_paused", "The site is being looked after.", _MINUTE)
        if asked.feature and not flags(asked.feature):
            raise refuse(
                "feature_disabled",
                f"This is not available: {asked.feature}.",
                feature=asked.feature,
            )
        if asked.cap:
            self._take_cap(visit, asked.cap)

    def _check_state(self, caller: Caller, operation: Operation, now: int) -> None:
        person, asked = self._auth.person_of(caller), operation.conditions
        state = person.state(now)
        if operation.method == "GET":
            return
        if state == "SUSPENDED" and not asked.while_suspended:
            raise refuse("suspended", "Your account is suspended.")
        if state == "MUTED" and asked.speaks:
            raise refuse("muted", "You are muted.")
        needs = operation.scope == "trade" or asked.verified
        asks = self._site.settings.flag("requireVerifiedEmail")
        if needs and asks and not person.verified:
            raise refuse("email_unverified", "Confirm your email address first.")

    def _take_cap(self, visit: Visit, name: str) -> None:
        cap = CAPS[name]
        limit = self._site.settings.number(cap.setting)
        if not limit:
            return
        whose = network(visit.request.host) if cap.by_address else visit.caller.member
        key = (name, whose)
        standing = self._site.windows.take(key, limit, cap.seconds)
        if not standing.allowed:
            sentence = f"More than {limit} of these within {cap.seconds} seconds."
            raise try_again("rate_limited", sentence, standing.wait)
        visit.cap = key

    async def recall(self, visit: Visit, data: bytes) -> Answer | None:
        """What the same call was answered with before, if it names an Idempotency-Key."""
        if not visit.operation.conditions.idempotent:
            return None
        return await self._idempotency.recall(visit, data)

    def leave(self, visit: Visit) -> None:
        """The client hung up: nothing more comes of it."""
        self._idempotency.release(visit)

    async def finish(self, visit: Visit, answer: Answer) -> Answer:
        """The answer as it is sent; what was used up for nothing is given back."""
        status, body, headers = answer
        if visit.cap is not None and status == 400:
            self._site.windows.give_back(visit.cap)
        if visit.once is not None:
            try:
                await self._idempotency.remember(visit, answer)
            except Exception as error:  # the effect is there; its answer can be made again
                _log.warning("a reply was not kept", operation=visit.operation.id, exc_info=error)
            finally:
                self._idempotency.release(visit)
        if self._etags and status == 200 and visit.operation.method == "GET":
            return self._tagged(visit, answer)
        return status, body, headers + visit.headers

    def _tagged(self, visit: Visit, answer: Answer) -> Answer:
        status, body, headers = answer
        if visit.operation.auth in ("public", "optional") and isinstance(body, bytes):
            tag = b'"%b"' % blake2b(body, digest_size=12).hexdigest().encode()
            headers += ((b"etag", tag),)
            asked = visit.request.headers.get(b"if-none-match", b"")
            if tag in [one.strip().removeprefix(b"W/") for one in asked.split(b",")]:
                kept = tuple(pair for pair in headers if pair[0] != b"content-type")
                return 304, b"", kept + visit.headers
        return status, body, headers + visit.headers


def _may_maintain(caller: Caller) -> bool:
    return caller.role in ("admin", "operator") or not caller.member
