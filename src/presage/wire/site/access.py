"""Sessions, passwords, second factors and the end of an account as the site API spells them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from presage.wire.site.accounts import Digits, Email, Password
from presage.wire.site.common import Shape

Token = Annotated[str, Meta(max_length=200)]


class Session(Shape):
    """`current`: the one that asks."""

    id: str
    kind: str
    created_at: str
    last_used_at: str
    expires_at: str
    ip: str
    agent: str
    current: bool


class Sessions(Shape):
    """Live sessions, oldest first."""

    sessions: list[Session]


class RevokeSessions(Shape):
    """One session by `id`, or all but the one that asks."""

    id: Annotated[str, Meta(max_length=80)] | None = None
    all: bool = False


class Revoked(Shape):
    """How many ended."""

    revoked: int


class ChangePassword(Shape):
    """All other sessions end; keys only when asked for."""

    old_password: Password
    new_password: Password
    revoke_keys: bool = False


class Forgot(Shape):
    """Whose password was forgotten."""

    email: Email


class Reset(Shape):
    """`token` is from the mail. All sessions end; keys only when asked for."""

    token: Token
    new_password: Password
    revoke_keys: bool = False


class VerifyEmail(Shape):
    """`token` is from the mail."""

    token: Token


class SetTotp(Shape):
    """First with the `password`, which makes a secret; then with the first `code` made from it."""

    password: Password | None = None
    code: Digits | None = None


class Totp(Shape, omit_defaults=True):
    """`secret` and `otpauthUrl` stand only in the answer that made them."""

    enabled: bool
    secret: str | None = None
    otpauth_url: str | None = None


class Confirm(Shape):
    """The caller's password, again."""

    password: Password


class Closed(Shape):
    """The account is closed."""

    closed: bool
