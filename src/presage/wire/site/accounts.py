"""Registration, login and the caller's own account as the site API spells them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from presage.wire.site.common import Shape

Email = Annotated[str, Meta(max_length=254)]
Password = Annotated[str, Meta(max_length=512)]
Name = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=40)]
Digits = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class Register(Shape):
    """`password` has 8 to 128 characters."""

    email: Email
    password: Password
    first_name: Name | None = None
    last_name: Name | None = None
    referral_code: Code | None = None
    invite_code: Code | None = None


class Login(Shape):
    """`totp` is needed when the account has a second factor; `returnToken` asks for a Bearer token
    of a day for scripts."""

    email: Email
    password: Password
    totp: Digits | None = None
    return_token: bool = False


class Credential(Shape, omit_defaults=True):
    """What this very call was made with."""

    kind: str
    scopes: list[str]
    key_id: str | None = None
    session_id: str | None = None


class Me(Shape):
    """The caller's own account. Cents that one owns are rounded down; micros are exact."""

    id: str
    email: str | None
    email_verified: bool
    username: str
    display_name: str
    first_name: str
    last_name: str
    avatar_url: str | None
    role: str
    status: str
    balance_cents: int
    balance_micros: int
    available_cents: int
    reserved_cents: int
    level: int
    xp: int
    referral_code: str
    totp_enabled: bool
    created_at: str
    auth: Credential


class StreakAward(Shape):
    """What today's first login earned; nothing on later ones."""

    awarded: bool
    amount_cents: int
    current: int
    longest: int
    used_freeze: bool
    next_bonus_cents: int
    next_eligible_at: str


class LoggedIn(Shape, omit_defaults=True):
    """`token` only where it was asked for."""

    user: Me
    streak: StreakAward
    csrf_token: str
    expires_at: str
    token: str | None = None


class MeReply(Shape, omit_defaults=True):
    """`csrfToken` only in a browser's session."""

    user: Me
    csrf_token: str | None = None


class Done(Shape):
    """It is done."""

    ok: bool = True


class ApiKey(Shape):
    """A Bearer key without its secret."""

    id: str
    name: str
    start: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    last_used_ip: str | None


class ApiKeys(Shape):
    """Live keys, oldest first."""

    api_keys: list[ApiKey]


class CreateApiKey(Shape):
    """`scopes` are read, trade and social unless named; `expiresInDays` unless for ever."""

    name: Name = "API key"
    scopes: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=5)] | None = None
    expires_in_days: Annotated[int, Meta(ge=1, le=3_650)] | None = None


class CreatedApiKey(Shape):
    """`key` stands only in this answer."""

    api_key: ApiKey
    key: str


class Which(Shape):
    """Names one thing, in the query or in the body."""

    id: Annotated[str, Meta(max_length=80)] | None = None


class Deleted(Shape):
    """Whether there was something to delete."""

    deleted: bool


class Flags(Shape):
    """Booleans only."""

    flags: dict[str, bool]
