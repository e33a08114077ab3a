"""Members as people, invitations, settings and flags, as those who run the site see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Reason
from presage.wire.site.common import Page, Shape

UserRole = Literal["USER", "MODERATOR", "RESOLVER", "ADMIN", "AUDITOR"]
UserStatus = Literal["ACTIVE", "MUTED", "SUSPENDED", "BANNED", "CLOSED"]
Text = Annotated[str, Meta(max_length=200)]


class Write(
    msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Every write says why."""

    reason: Annotated[Reason, Meta(min_length=3)]


class Act(Write):
    """Nothing but the reason."""


class ListUsers(Page):
    """`q` begins a username or an email."""

    q: Text | None = None
    role: UserRole | None = None
    status: UserStatus | None = None


class User(Shape):
    """`version` counts the changes; `number` is the engine's."""

    id: str
    number: int
    username: str
    display_name: str
    email: str | None
    email_verified: bool
    role: str
    status: str
    muted_until: str | None
    notes: str
    balance_cents: int
    available_cents: int
    version: int
    created_at: str


class Users(Shape):
    users: list[User]
    next_cursor: str | None


class Incident(Shape):
    """A line of the security log."""

    at: str
    action: str
    ip: str
    agent: str


class UserReply(Shape):
    """`security` are the last incidents, newest first."""

    user: User
    security: list[Incident]


class EditUser(Write):
    """Only what is named changes. `mutedHours` says how long (MUTED); `version` is the one that was
    read, so that nobody overwrites what another did."""

    role: UserRole | None = None
    status: Literal["ACTIVE", "MUTED", "SUSPENDED", "BANNED"] | None = None
    muted_hours: Annotated[int, Meta(ge=1, le=87_600)] = 24
    notes: Annotated[str, Meta(max_length=5_000)] | None = None
    version: int | None = None


class UserDone(Shape):
    """`auditId` is the row of the audit log."""

    user: User
    audit_id: int


class EndedDone(Shape):
    """How many sessions ended."""

    revoked: int
    audit_id: int


class MailDone(Shape):
    """Whether a mail is on its way."""

    mailed: bool
    audit_id: int


class CreateInvite(Write):
    """A code that lets `uses` people register."""

    uses: Annotated[int, Meta(ge=1, le=100_000)] = 1
    expires_at: Annotated[str, Meta(max_length=40)] | None = None
    note: Text = ""


class DeleteInvite(Write):
    """The code lets nobody in any more; `id` in the path or here."""

    id: Annotated[str, Meta(max_length=80)] | None = None


class Invite(Shape):
    id: str
    code: str
    note: str
    uses: int
    used: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class Invites(Shape):
    invite_codes: list[Invite]
    next_cursor: str | None


class InviteDone(Shape):
    invite_code: Invite
    audit_id: int


class Setting(Shape):
    """`low` and `high` bound a number, `high` the length of a text."""

    name: str
    value: int | bool | str
    default: int | bool | str
    help: str
    low: int | None
    high: int | None


class SettingsReply(Shape):
    settings: list[Setting]


class FlagsReply(Shape):
    flags: list[Setting]


class SetSettings(Write):
    """Names and their new values."""

    settings: Annotated[dict[str, int | bool | str], Meta(min_length=1, max_length=100)]


class SetFlags(Write):
    """Names and their new values."""

    flags: Annotated[dict[str, bool], Meta(min_length=1, max_length=100)]


class SettingsDone(SettingsReply):
    audit_id: int


class FlagsDone(FlagsReply):
    audit_id: int
