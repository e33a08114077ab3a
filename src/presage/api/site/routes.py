"""The site API as one table. Each topic has its lines in its own tuple.

`OPERATIONS` is all of them; `docs/site.md` says how to add a line.
"""

from __future__ import annotations

from typing import Final

from presage.api.openapi import documented
from presage.api.registry import Api, Conditions
from presage.api.site import (
    api_keys,
    closing,
    flags,
    login,
    me,
    passwords,
    personal,
    register,
    second_factor,
    sessions,
)
from presage.api.site.errors import ERRORS
from presage.api.site.lines import line
from presage.api.site.routes_contests import CONTESTS
from presage.api.site.routes_copies import COPIES
from presage.api.site.routes_market import MARKET
from presage.api.site.routes_outside import OUTSIDE
from presage.api.site.routes_payments import PAYMENTS
from presage.api.site.routes_resolution import RESOLUTION
from presage.api.site.routes_rewards import REWARDS
from presage.api.site.routes_social import SOCIAL
from presage.api.site.routes_trading import TRADING
from presage.api.site.routes_webhooks import WEBHOOKS
from presage.wire.site import access as x
from presage.wire.site import accounts as a

PREFIX: Final = "/api"
_ALWAYS: Final = Conditions(while_suspended=True)

ACCOUNTS: Final = (
    line(
        "POST /auth/register",
        register.register,
        a.LoggedIn,
        body=a.Register,
        status=201,
        auth="public",
        conditions=Conditions(feature="registrationOpen", cap="register"),
    ),
    line("POST /auth/login", login.login, a.LoggedIn, body=a.Login, auth="public"),
    line("POST /auth/logout", login.logout, a.Done, auth="session", conditions=_ALWAYS),
    line("GET /auth/me", me.get_me, a.MeReply),
    line("GET /me/api-keys", api_keys.list_api_keys, a.ApiKeys, auth="session"),
    line(
        "POST /me/api-keys",
        api_keys.create_api_key,
        a.CreatedApiKey,
        body=a.CreateApiKey,
        status=201,
        auth="session",
        conditions=Conditions(feature="apiKeys"),
    ),
    line(
        "DELETE /me/api-keys",
        api_keys.revoke_api_key,
        a.Deleted,
        query=a.Which,
        body=a.Which,
        body_optional=True,
        auth="session",
        conditions=_ALWAYS,
    ),
)

ACCESS: Final = (
    line("GET /me/sessions", sessions.list_sessions, x.Sessions, auth="session"),
    line(
        "DELETE /me/sessions",
        sessions.revoke_sessions,
        x.Revoked,
        query=x.RevokeSessions,
        body=x.RevokeSessions,
        body_optional=True,
        auth="session",
        conditions=_ALWAYS,
    ),
    line(
        "POST /auth/password",
        passwords.change_password,
        a.Done,
        body=x.ChangePassword,
        auth="session",
        conditions=_ALWAYS,
    ),
    line(
        "POST /auth/forgot",
        passwords.forgot_password,
        a.Done,
        body=x.Forgot,
        status=202,
        auth="public",
        conditions=Conditions(cap="mail"),
    ),
    line("POST /auth/reset", passwords.reset_password, a.Done, body=x.Reset, auth="public"),
    line(
        "POST /auth/verify-email", passwords.verify_email, a.Done, body=x.VerifyEmail, auth="public"
    ),
    line(
        "POST /me/totp",
        second_factor.set_totp,
        x.Totp,
        body=x.SetTotp,
        auth="session",
        conditions=_ALWAYS,
    ),
    line(
        "DELETE /me/totp",
        second_factor.drop_totp,
        x.Totp,
        body=x.Confirm,
        auth="session",
        conditions=_ALWAYS,
    ),
    line(
        "GET /me/export",
        personal.export_data,
        produces="application/zip",
        conditions=Conditions(cap="export"),
    ),
    line("DELETE /me", closing.close_account, x.Closed, body=x.Confirm, auth="session"),
)

META: Final = (line("GET /flags", flags.get_flags, a.Flags, auth="public"),)

OPERATIONS: Final = (
    *ACCOUNTS,
    *ACCESS,
    *META,
    *MARKET,
    *OUTSIDE,
    *REWARDS,
    *TRADING,
    *RESOLUTION,
    *SOCIAL,
    *WEBHOOKS,
    *CONTESTS,
    *COPIES,
    *PAYMENTS,
)

SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
}

SITE: Final = documented(
    Api(
        title="Presage, site API",
        version="1",
        prefix=PREFIX,
        operations=OPERATIONS,
        errors=ERRORS,
        security=SECURITY,
        any_security=True,
        strict_bodies=None,
        lenient_words=True,
        etags=True,
    )
)
